"""Cells that pulses move, against what is said of them, cell after cell."""

import re

import numpy as np
import pytest

from ohmloom_hw.learning.rules import Pulse
from ohmloom_sim.learning.pair_cells import PairCells, PairModel


def _cells(model, *, inputs=6, outputs=4, seed=0):
    return PairCells(inputs, outputs, model, np.random.default_rng(seed))


def test_a_pulse_up_sets_the_first_cell_and_resets_the_second():
    cells = _cells(PairModel(bits=7))
    before = cells.levels
    cells.apply([Pulse(2, 1, True, 3), Pulse(5, 0, False, 1)])
    moved = np.zeros_like(before)
    moved[0, 2, 1], moved[1, 2, 1], moved[0, 5, 0], moved[1, 5, 0] = 3, -3, -1, 1
    assert (cells.levels - before == moved).all()
    assert (cells.wear == np.abs(moved)).all()


def test_sums_are_those_of_the_levels():
    cells = _cells(PairModel())
    inputs = np.random.default_rng(5).integers(-15, 16, (7, 6))
    expected = [
        [
            sum(int(x[i]) * int(cells.levels[0, i, j] - cells.levels[1, i, j]) for i in range(6))
            for j in range(4)
        ]
        for x in inputs
    ]
    assert cells.sums(inputs).tolist() == expected


def test_first_levels_are_in_the_middle_half():
    levels = _cells(PairModel(bits=7), inputs=100, outputs=50).levels
    assert levels.min() == 31
    assert levels.max() == 95


def test_cells_end_at_the_ends_of_their_range():
    cells = _cells(PairModel(bits=3))
    cells.apply([Pulse(0, 0, True, 31)])
    assert (cells.levels[0, 0, 0], cells.levels[1, 0, 0]) == (7, 0)
    assert cells.wear[0, 0, 0] == 31


def test_half_a_step_needs_two_pulses_for_a_level():
    cells = _cells(PairModel(step=0.5))
    before = cells.levels[0, 0, 0]
    cells.apply([Pulse(0, 0, True, 2)])
    assert cells.levels[0, 0, 0] == before + 1


def test_asymmetry_makes_steps_smaller_towards_the_end():
    cells = _cells(PairModel(bits=7, step=4.0, asymmetry=0.8))
    found = [cells.levels[0, 0, 0]]
    for _ in range(12):
        cells.apply([Pulse(0, 0, True, 1)])
        found.append(cells.levels[0, 0, 0])
    # What is left of a step falls geometrically; rounded steps and hidden fractions add up.
    start = (found[0] + 0.5) / 128
    left = (1 - 0.8 * start) * (1 - 0.8 * 4 / 128) ** np.arange(13)
    assert np.abs(np.array(found) - 128 * (1 - left) / 0.8).max() < 1.5


def test_noise_spreads_steps_by_its_share():
    model = PairModel(bits=12, step=100.0, noise=0.2)
    cells = _cells(model, inputs=100, outputs=100)
    before = cells.levels[0]
    cells.apply([Pulse(i, j, True, 1) for i in range(100) for j in range(100)])
    steps = cells.levels[0] - before
    assert steps.mean() == pytest.approx(100, rel=0.01)
    assert steps.std() == pytest.approx(20, rel=0.03)


def test_stuck_cells_stand_at_an_end_and_stay_there_but_wear():
    cells = _cells(PairModel(bits=7, stuck=0.3), inputs=100, outputs=100)
    assert cells.stuck.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 20_000))
    ends = cells.levels[cells.stuck]
    assert set(np.unique(ends)) == {0, 127}
    assert (ends == 0).mean() == pytest.approx(0.5, abs=0.04)
    cells.apply([Pulse(i, j, True, 2) for i in range(100) for j in range(100)])
    assert (cells.levels[cells.stuck] == ends).all()
    assert (cells.wear == 2).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bits": 13}, "bits must be in [1, 12], not 13"),
        ({"step": 0.01}, "step must be in [0.0625, 4096], not 0.01"),
        ({"asymmetry": 1.5}, "asymmetry must be in [0, 1], not 1.5"),
        ({"noise": -1.0}, "noise must be in [0, 10], not -1.0"),
        ({"stuck": 2.0}, "stuck must be in [0, 1], not 2.0"),
    ],
)
def test_models_out_of_range_are_refused(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        PairModel(**given)
