"""Tiki-Taka beside a loop over plain numbers, and what it is for."""

import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom_hw.learning.rules import LearningRule, Pulse
from ohmloom_sim.cli import app
from ohmloom_sim.learning.campaign import run_learning
from ohmloom_sim.learning.pair_cells import PairCells, PairModel
from ohmloom_sim.learning.tiki_taka import TikiTakaArrays, TikiTakaSettings


class PlainArray:
    """Weights that a pulse moves by one; it notes what it gets."""

    def __init__(self, rng, inputs, outputs):
        self.weights = rng.integers(-9, 10, (inputs, outputs))
        self.wear = np.zeros((2, inputs, outputs), dtype=np.int64)
        self.pulses = []

    def sums(self, inputs):
        return inputs @ self.weights

    def apply(self, pulses):
        for pulse in pulses:
            self.weights[pulse.row, pulse.column] += pulse.number if pulse.up else -pulse.number
            self.wear[:, pulse.row, pulse.column] += pulse.number
            self.pulses.append(tuple(pulse))


@pytest.mark.parametrize(("every", "threshold", "bits"), [(1, 7, 16), (3, 20, 16), (2, 5, 5)])
def test_what_is_handed_over_is_what_a_plain_loop_hands_over(every, threshold, bits):
    rng, (rows, columns) = np.random.default_rng(every), (4, 3)
    fast, slow = PlainArray(rng, rows, columns), PlainArray(rng, rows, columns)
    start, weights = fast.weights.tolist(), slow.weights.tolist()
    plain, moved = [[0] * columns for _ in range(rows)], [[0] * columns for _ in range(rows)]
    settings = TikiTakaSettings(every=every, threshold=threshold, bits=bits)
    arrays, expected = TikiTakaArrays(fast, slow, settings), []
    top = 2 ** (bits - 1) - 1
    for sample in range(1, 400):
        pulses = [
            Pulse(int(row), int(column), bool(rng.random() < 0.6), int(rng.integers(1, 3)))
            for row, column in np.argwhere(rng.random((rows, columns)) < 0.3)
        ]
        arrays.apply(pulses)
        for row, column, up, number in pulses:
            moved[row][column] += number if up else -number
        if sample % every:
            continue
        row = (sample // every - 1) % rows
        for column in range(columns):
            held = max(-top - 1, min(top, plain[row][column] + moved[row][column]))
            number = abs(held) // threshold
            way = 1 if held > 0 else -1
            plain[row][column] = held - way * number * threshold
            weights[row][column] += way * number
            if number:
                expected.append((row, column, held > 0, number))
    assert slow.pulses == expected
    assert len(expected) > 20
    assert arrays.handed == sum(number for *_, number in expected)
    assert arrays.buffer.tolist() == plain
    assert slow.weights.tolist() == weights
    assert (fast.weights - start).tolist() == moved
    assert np.array_equal(arrays.sums(np.eye(rows, dtype=int)), slow.weights)
    assert arrays.wear.shape == (2, 2 * rows, columns)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"every": 0}, "every must be at least 1, not 0"),
        ({"settling": -1}, "settling must be at least 0, not -1"),
        ({"bits": 33}, r"bits must be in \[2, 32\], not 33"),
        ({"threshold": 0}, r"threshold must be in \[1, 32767\] for 16 bits, not 0"),
        ({"threshold": 16, "bits": 5}, r"threshold must be in \[1, 15\] for 5 bits, not 16"),
    ],
)
def test_numbers_out_of_range_are_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        TikiTakaSettings(**numbers)


def test_settling_brings_asymmetric_cells_to_where_both_directions_weigh_the_same():
    model, rng = PairModel(asymmetry=0.7), np.random.default_rng(2)
    fast, slow = (PairCells(5, 3, model, one) for one in rng.spawn(2))
    rows = np.eye(5, dtype=np.int64)
    before = np.abs(fast.sums(rows)).max()
    TikiTakaArrays(fast, slow, TikiTakaSettings(settling=256))
    settled = fast.sums(rows)
    # By the law of the cells both stand in the middle then, give or take a step.
    assert before > 20
    assert np.abs(settled).max() <= 3
    assert (fast.wear == 512).all()
    assert not slow.wear.any()
    for up in (True, False):
        fast.apply([Pulse(i, j, up, 1) for i in range(5) for j in range(3)])
    assert np.abs(fast.sums(rows) - settled).max() <= 1


def test_letters_are_learnt_by_two_arrays_of_asymmetric_cells():
    model = PairModel(bits=6, asymmetry=0.7)
    settings = TikiTakaSettings(every=1, threshold=8)
    campaign = run_learning(
        "letters", LearningRule.STOCHASTIC, model, epochs=60, runs=3, tiki_taka=settings
    )
    for run in campaign.runs:
        assert run.before < 0.9
        assert run.epochs[-1].errors == 0


def test_the_command_learns_digits_by_two_arrays():
    result = CliRunner().invoke(app, ["learn", "digits", "--rule", "tiki-taka", "--epochs", "1"])
    assert result.exit_code == 0, result.output
    assert "digits, rule tiki-taka, stochastic" in result.output
