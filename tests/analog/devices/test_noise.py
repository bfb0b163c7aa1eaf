"""What varies from pulse to pulse: a walk of hops on top of the mean."""

import dataclasses
import re

import numpy as np
import pytest

from ohmloom_analog.devices.stanford import PUBLISHED, Stanford
from ohmloom_analog.devices.vteam import SET_B, Vteam

HOP, CELLS = 1e-5, 100_000


class Hopping(Vteam):
    """An exact device, so that all that differs from the mean is the walk."""

    def __init__(self, hop=HOP):
        super().__init__(SET_B, name="hopping", source="none")
        self.hop = hop


@pytest.fixture
def subject():
    return Hopping()


def middle(subject, cells=CELLS):
    return subject.from_normalised(np.full(cells, 0.5))


def test_variance_is_hop_times_distance_however_the_pulse_is_cut(subject):
    """SET B moves by 8.9914e8 a second at -1 V, so by 0.17983 within 0.2 ns."""
    for pieces in (1, 4):
        rng, state = np.random.default_rng(pieces), middle(subject)
        for _ in range(pieces):
            state = subject.pulse(state, -1.0, 2e-10 / pieces, rng=rng)
        expected = HOP * 0.17983
        variance = state["x"].var()
        assert abs(state["x"].mean() - 0.67983) <= 4 * np.sqrt(expected / CELLS) + 1e-5
        # The standard error of a variance is sqrt(2/n) of it.
        assert abs(variance / expected - 1) <= 3 * np.sqrt(2 / CELLS) + 1e-4


def test_cell_that_does_not_move_does_not_walk(subject):
    state = subject.pulse(middle(subject, 10), 0.2, 1.0, rng=np.random.default_rng(1))
    assert (state["x"] == 0.5).all()


def test_no_generator_means_the_mean(subject):
    state = subject.pulse(middle(subject, 3), -1.0, 2e-10)
    assert np.ptp(state["x"]) == 0


def test_same_seed_repeats_and_another_differs(subject):
    runs = [
        subject.pulse(middle(subject, 5), -1.0, 2e-10, rng=np.random.default_rng(seed))["x"]
        for seed in (1, 1, 2)
    ]
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).all()


def test_walk_stays_within_the_stops_and_does_not_gather_there():
    subject = Hopping(1e-2)
    state = subject.pulse(middle(subject), -1.0, 1e-6, rng=np.random.default_rng(3))
    assert (state["x"] <= 1).all()
    assert (state["x"] >= 0).all()
    assert (state["x"] == 1).sum() <= CELLS * 1e-3


def test_published_spread_of_the_gap_comes_out_of_a_whole_reset():
    """Yu et al., IEDM 2012: 0.0224 nm; here over a whole RESET of 1.5 nm."""
    subject = Stanford(PUBLISHED, name="stanford", source="none", voltage=2.5)
    state = {"gap": np.full(4000, 0.2e-9)}
    after = subject.pulse(state, -2.5, 1e-6, rng=np.random.default_rng(4))["gap"]
    mean = subject.pulse({"gap": np.array([0.2e-9])}, -2.5, 1e-6)["gap"]
    assert mean[0] == pytest.approx(1.7e-9, rel=1e-6)
    # Reflected at the stop: the root mean square distance from it is that of the walk.
    spread = np.sqrt(np.mean((after - mean) ** 2))
    assert spread == pytest.approx(0.0224e-9, rel=0.04)


def test_hop_wider_than_the_range_is_refused():
    message = "hop must be at least 0 and below the range of the state, 1.5e-09, not 1.0"
    parameters = dataclasses.replace(PUBLISHED, hop=1.0)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Stanford(parameters, name="stanford", source="none", voltage=2.5)
