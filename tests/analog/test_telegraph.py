import re

import numpy as np
import pytest

from ohmloom_analog.telegraph import (
    telegraph_amplitude,
    telegraph_conductance,
    telegraph_dwell,
    telegraph_median,
    telegraph_start,
    telegraph_step,
)

CELLS = 100_000


def test_long_run_is_occupied_for_its_share_of_the_time():
    rng = np.random.default_rng(1)
    empty, full = 3e-3, 1e-3
    share = telegraph_start(np.full(CELLS, empty), full, rng).mean()
    assert abs(share - 0.25) < 3 * np.sqrt(0.25 * 0.75 / CELLS)
    late = telegraph_step(np.zeros(CELLS, dtype=bool), np.inf, empty, full, rng).mean()
    assert abs(late - 0.25) < 3 * np.sqrt(0.25 * 0.75 / CELLS)


def test_occupation_relaxes_with_both_rates_together():
    """From empty, P(full) = 1/4 (1 - exp(-t (1/tau_0 + 1/tau_1))), in one step as in ten."""
    empty, full, duration = 3e-3, 1e-3, 0.5e-3
    expected = 0.25 * (1 - np.exp(-duration * (1 / empty + 1 / full)))
    error = 3 * np.sqrt(expected * (1 - expected) / CELLS)
    for steps in (1, 10):
        rng = np.random.default_rng(7)
        trap = np.zeros(CELLS, dtype=bool)
        for _ in range(steps):
            trap = telegraph_step(trap, duration / steps, empty, full, rng)
        assert abs(trap.mean() - expected) < error


def test_dwells_are_those_asked_for():
    """One trap watched in fine steps: the mean lengths of its runs."""
    rng = np.random.default_rng(8)
    empty, full, step = 2e-3, 0.5e-3, 2e-5
    trap = np.zeros(400, dtype=bool)
    seen = []
    for _ in range(2000):
        trap = telegraph_step(trap, step, empty, full, rng)
        seen.append(trap)
    history = np.array(seen)
    filled = (history[1:] & ~history[:-1]).sum()
    emptied = (~history[1:] & history[:-1]).sum()
    for dwell, time, switches in (
        (empty, (~history).sum() * step, filled),
        (full, history.sum() * step, emptied),
    ):
        # Switches there and back within a step go unseen: at most one step in a dwell of the other.
        assert time / switches == pytest.approx(dwell, rel=3 / np.sqrt(switches) + step / full)


def test_no_time_changes_nothing():
    trap = np.array([True, False] * 50)
    after = telegraph_step(trap, 0.0, 1e-9, 1e-9, np.random.default_rng(0))
    assert after.tolist() == trap.tolist()


def test_full_trap_takes_its_share_of_the_conductance():
    found = telegraph_conductance([10e-6, 10e-6], [0.2, 0.2], np.array([True, False]))
    np.testing.assert_allclose(found, [8e-6, 10e-6], rtol=1e-12)


def test_median_amplitude_grows_with_resistance_and_saturates():
    found = telegraph_median([100e-6, 10e-6, 1e-9, 0.0], 100e-6, 0.01)
    np.testing.assert_allclose(found, [0.00990, 0.0909, 0.999, 1.0], rtol=1e-3)
    assert telegraph_median([0.0, 1e-6], 100e-6, 0.0).tolist() == [0.0, 0.0]


def test_amplitudes_are_lognormal_below_one():
    drawn = telegraph_amplitude(np.full(CELLS, 0.01), np.random.default_rng(9), sigma=0.7)
    logs = np.log(drawn / 0.01)
    assert abs(logs.mean()) < 3 * 0.7 / np.sqrt(CELLS)
    assert abs(logs.std() - 0.7) < 3 * 0.7 / np.sqrt(2 * CELLS)
    assert telegraph_amplitude(np.ones(1000), np.random.default_rng(9)).max() < 1


def test_dwells_are_drawn_evenly_over_the_decades():
    logs = np.log10(telegraph_dwell((CELLS,), np.random.default_rng(10)))
    assert logs.min() >= -6
    assert logs.max() <= 0
    assert abs(logs.mean() + 3) < 3 * 6 / np.sqrt(12 * CELLS)
    assert abs((logs < -4).mean() - 1 / 3) < 3 * np.sqrt(2 / 9 / CELLS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda rng: telegraph_step(np.array([True]), -1.0, 1.0, 1.0, rng),
            "duration of a telegraph step must be at least 0 s, not -1.0",
        ),
        (
            lambda rng: telegraph_step(np.array([True]), np.nan, 1.0, 1.0, rng),
            "duration of a telegraph step must be at least 0 s, not nan",
        ),
        (
            lambda rng: telegraph_dwell((2,), rng, shortest=1.0, longest=0.5),
            "shortest and longest dwell must rise from above 0 s, not 1.0, 0.5",
        ),
        (
            lambda rng: telegraph_amplitude([1.5], rng),
            "median amplitude of a trap must be from 0 to 1, not 1.5",
        ),
        (
            lambda _: telegraph_median([1e-6], 0.0),
            "g_reference must be finite and above 0 S, not 0.0",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(np.random.default_rng(0))


def test_dwell_of_no_time_is_refused():
    with pytest.raises(ValueError, match=r"^mean dwell of an empty trap must be .* s, not 0\.0$"):
        telegraph_start([0.0], [1.0], np.random.default_rng(0))
