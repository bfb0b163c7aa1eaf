import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.error_causes import error_causes
from ohmloom_sim.functional_chip import FunctionalChip
from ohmloom_sim.intervals import wilson_interval
from ohmloom_sim.tasks import digits_task, prepare

WIRES = {"r_word": 1.0, "r_bit": 1.0, "r_source": 50.0, "r_sense": 10.0}
IMAGES = 100


def chip_of(scale, wires):
    cell = {"g_min": 1e-6 * scale, "g_max": 40e-6 * scale, "levels": 16, "spread": 0.01}
    return ChipSpec.parse(
        {
            "tile": [{"count": 6, "rows": 32, "columns": 16, "cell": cell, "wires": wires}],
            "adc": {"offset": 4.0, "noise": 0.3},
        }
    )


@pytest.fixture(scope="module")
def task():
    return digits_task(0)


def ran(task, scale, wires):
    spec = chip_of(scale, wires)
    ready = prepare(spec, task, IMAGES)
    chip = AnalogChip.build(spec, ready.mapping.levels, engine="nodal", seed=0)
    run = FunctionalChip.of(chip, ready.mapping).run(ready.inputs)
    accuracy = (run.winners == ready.task.labels).mean()
    return run.results, accuracy, error_causes(chip, range(5))


def test_conductances_200_times_as_high_change_nothing_without_wires(task):
    results, accuracy, causes = ran(task, 1, {})
    scaled, again, _ = ran(task, 200, {})
    assert accuracy == again > 0.9
    assert np.array_equal(results, scaled)
    assert causes.largest == "cells off their levels"


def test_with_wires_they_cost_accuracy_and_the_lines_are_named(task):
    _, accuracy, causes = ran(task, 1, WIRES)
    _, scaled, named = ran(task, 200, WIRES)
    assert wilson_interval(scaled, IMAGES).high < wilson_interval(accuracy, IMAGES).low
    assert named.largest == "line resistance"
    assert named.sentence.startswith("mostly line resistance: in tile ")
    # What is off most needn't be the same tile, but lines are alike in all.
    assert named.line_resistance == causes.line_resistance
    assert named.cell_resistance < causes.cell_resistance / 100
    assert named.lines > 0.5
    assert causes.lines < 0.1


def test_causes_by_hand():
    cell = {"g_min": 0.0, "g_max": 30e-6, "levels": 4}
    wires = {"r_word": 2.0, "r_bit": 3.0, "r_source": 50.0, "r_sense": 10.0}
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": 1, "cell": cell, "wires": wires}],
            "weight_bits": 3,
            "dac": {"v_read": 0.3},
            "adc": {"bits": 8},
        }
    )
    levels = np.full((2, 2), 3)
    chip = AnalogChip.build(spec, [levels], engine="nodal", seed=0)
    found = error_causes(chip)
    # Two lines of 30 uS and a reference line of 0 uS.
    mean = 20e-6
    lines = 3 * (50 + 2 * 4 / 2) + 2 * (10 + 3 * 3 / 2)
    assert found.cell_resistance == pytest.approx(1 / mean)
    assert found.line_resistance == pytest.approx(lines)
    assert found.lines == pytest.approx(mean * lines / (1 + mean * lines))
    assert found.cells == pytest.approx(0, abs=1e-12)
    # Two rows, a slice of four bits and three steps of conductance: 90 units of current, of which
    # a converter of eight bits tells every one.
    unit = 0.3 / 15 * 10e-6
    assert found.converter == pytest.approx(unit / np.sqrt(12) / (mean * 2 * 0.3))
    assert found.to_json()["largest"] == found.largest


def test_an_ideal_engine_has_no_lines_to_speak_of(task):
    spec = chip_of(200, WIRES)
    ready = prepare(spec, task, 1)
    chip = AnalogChip.build(spec, ready.mapping.levels, engine="ideal", seed=0)
    found, with_wires = error_causes(chip, wires=False), error_causes(chip)
    assert with_wires.largest == "line resistance"
    assert found.largest == "cells off their levels"
    assert (found.line_resistance, found.lines) == (0, 0)
    assert "of lines" in with_wires.sentence
    assert "line" not in found.sentence
    assert f"{found.cell_resistance:,.4g} ohm on average; cells off" in found.sentence


def test_no_cause_without_conductance():
    cell = {"g_min": 0.0, "g_max": 30e-6, "levels": 4}
    tile = {"rows": 2, "columns": 1, "cell": cell}
    spec = ChipSpec.parse({"tile": [tile], "weight_bits": 3})
    chip = AnalogChip.build(spec, [np.zeros((2, 2), dtype=int)], engine="nodal", seed=0)
    assert error_causes(chip) is None
