import re

import pytest

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.repair_figures import repair_figures, with_spares
from ohmloom_sim.tasks import digits_task, prepare

IMAGES = 360


@pytest.fixture(scope="module")
def task():
    return digits_task(1)


def test_with_spares_five_percent_of_stuck_cells_are_repaired_to_within_a_point(task):
    spec = with_spares(load_spec("default"), columns=2, rows=2)
    figures = repair_figures(spec, prepare(spec, task, IMAGES), stuck=0.05, draws=3, seed=1)
    assert figures.fault_free > 0.95
    assert max(figures.before) < figures.fault_free - 0.05
    assert figures.wrong_after == (0, 0, 0)
    assert min(figures.wrong_before) > 100
    assert min(figures.after) >= figures.fault_free - 0.01
    assert figures.to_json()["spare_columns"] == 2
    assert figures.measures["spare columns"] > 0


def test_without_spares_and_maps_absorption_alone_helps(task):
    spec = load_spec("default")
    figures = repair_figures(spec, prepare(spec, task, IMAGES), stuck=0.05, draws=2, seed=1)
    assert set(figures.measures) == {"absorption", "columns", "spare columns", "rows"}
    assert [figures.measures[name] for name in ("columns", "spare columns", "rows")] == [0, 0, 0]
    for before, after in zip(figures.before, figures.after, strict=True):
        assert before < after < figures.fault_free
    for before, after in zip(figures.wrong_before, figures.wrong_after, strict=True):
        assert before > 2 * after > 0


def test_without_stuck_cells_there_is_nothing_to_repair(task):
    spec = with_spares(load_spec("default"), columns=1, rows=1)
    prepared = prepare(spec, task, 40)
    figures = repair_figures(spec, prepared, stuck=0.0, draws=1, seed=1)
    right = prepared.integer.layers[-1].argmax(axis=1) == prepared.task.labels
    assert figures.fault_free == right.mean()
    assert figures.before == figures.after == (figures.fault_free,)
    assert figures.wrong_before == figures.wrong_after == (0,)
    assert not any(figures.measures.values())


def test_draws_are_counted_from_one(task):
    spec = load_spec("default")
    message = "draws must be at least 1, not 0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        repair_figures(spec, prepare(spec, task, 1), stuck=0.1, draws=0, seed=1)


def test_spares_are_added_to_what_is_there():
    spec = with_spares(load_spec("default"), columns=2, rows=3)
    assert (spec.columns, spec.data_columns) == (18, 16)
    assert (spec.rows, spec.data_rows) == (35, 32)
    plain = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3}], "spare_columns": 1})
    more = with_spares(plain, columns=1, rows=0)
    assert (more.columns, more.data_columns, more.data_rows) == (4, 2, 4)
