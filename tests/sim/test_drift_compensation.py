"""Drift and its corrections, against the figures of the design sheet and closed formulas."""

import json

import pytest
from typer.testing import CliRunner

from ohmloom_sim.cli import app
from ohmloom_sim.drift_compensation import CORRECTIONS, drift_errors

DAY = 86400.0
# Of an independent model of 32 x 32 pairs, with aihwkit's drift, after a day.
SHEET = {"none": 0.341, "global": 0.084, "column": 0.082, "line": 0.081}


def _at(found, age):
    return {point.correction: point.mean for point in found if point.age == age}


def test_after_a_day_errors_are_those_of_an_independent_model():
    alone = _at(drift_errors([DAY], read_noise=False), DAY)
    noisy = _at(drift_errors([DAY]), DAY)
    assert noisy["none"] == pytest.approx(SHEET["none"], rel=0.03)
    assert alone["none"] == pytest.approx(SHEET["none"], rel=0.03)
    # It isn't said how much noise that model's reads have; it is less than ours, and not none.
    for name in ("global", "column", "line"):
        assert alone[name] < SHEET[name] < noisy[name] < 1.15 * SHEET[name]


def test_one_factor_gives_back_most_and_more_of_them_hardly_more():
    for age in (DAY, 30 * DAY):
        found = _at(drift_errors([age], arrays=10), age)
        assert found["global"] < 0.3 * found["none"]
        assert 0.9 * found["global"] < found["column"] < found["global"]


def test_errors_grow_with_age():
    found = drift_errors([3600.0, DAY, 30 * DAY], arrays=5)
    for name in CORRECTIONS:
        errors = [point.mean for point in found if point.correction == name]
        assert errors == sorted(errors)


def test_young_arrays_without_noise_are_right():
    for point in drift_errors([0.0], arrays=2, read_noise=False):
        assert max(point.errors) < 1e-12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ages": []}, r"ages must be at least one, none negative, not \[\]"),
        ({"ages": [-1.0]}, r"ages must be at least one, none negative, not \[-1.0\]"),
        ({"ages": [1.0], "size": 1}, "size and arrays must be at least 2, not 1 and 20"),
        ({"ages": [1.0], "arrays": 1}, "size and arrays must be at least 2, not 32 and 1"),
    ],
)
def test_what_makes_no_sense_is_refused(given, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        drift_errors(**given)


def test_command_shows_and_writes_the_same_figures_and_a_picture(tmp_path):
    figures, picture = tmp_path / "drift.json", tmp_path / "drift.svg"
    arguments = ["drift", "--age", "1d", "--arrays", "3", "--size", "8", "--seed", "4"]
    result = CliRunner().invoke(app, [*arguments, "--json", str(figures), "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    points = json.loads(figures.read_text())["points"]
    assert [point["correction"] for point in points] == list(CORRECTIONS)
    expected = drift_errors([DAY], size=8, arrays=3, seed=4)
    assert [point["errors"] for point in points] == [list(e.errors) for e in expected]
    assert f"{100 * expected[0].mean:.1f}" in result.output
    assert "relative error" in picture.read_text()


def test_a_picture_of_another_kind_is_refused():
    result = CliRunner().invoke(app, ["drift", "--plot", "drift.png"])
    assert result.exit_code == 2
    assert "plot must be a file ending in .svg, not 'drift.png'" in result.output
