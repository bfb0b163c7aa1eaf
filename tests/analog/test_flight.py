import re

import numpy as np
import pytest

from ohmloom_analog.errors import EngineError
from ohmloom_analog.flight import fly

UNIT = (0.0, 1.0)


@pytest.mark.parametrize("width", [1e-9, 1e-3, 0.1, 0.69, 3.0])
def test_exponential_growth_is_followed(width):
    # dx/dt = x from 0.01.
    flown = fly(lambda x: x, 0.01, UNIT, width)
    wanted = min(0.01 * np.exp(width), 1.0)
    assert flown.end - 0.01 == pytest.approx(wanted - 0.01, rel=2e-3)


@pytest.mark.parametrize(("width", "wanted"), [(0.2, 0.8), (2.0, 0.3), (50.0, 0.3)])
def test_equilibrium_is_approached_and_never_passed(width, wanted):
    # dx/dt = -(x - 0.3)/tau above it: tau is such that 0.2 s lead from 1 to 0.8.
    tau = 0.2 / np.log(0.7 / 0.5)
    flown = fly(lambda x: -(x - 0.3) / tau, 1.0, UNIT, width)
    exact = 0.3 + 0.7 * np.exp(-width / tau)
    assert flown.end == pytest.approx(exact, abs=2e-3)
    assert flown.end >= 0.3 - 1e-9
    assert exact == pytest.approx(wanted, abs=4e-2)


def test_rate_over_thirty_decades_is_followed():
    # dx/dt = exp(-70 x): x = ln(1 + 70 t)/70.
    flown = fly(lambda x: np.exp(-70 * x), 0.0, UNIT, 1e12)
    assert flown.end == pytest.approx(np.log(70e12) / 70, rel=1e-3)
    runaway = fly(lambda x: 1e-9 * np.exp(60 * x), 0.2, UNIT, 90.0)
    left = np.exp(-60 * 0.2) - 60 * 1e-9 * 90
    assert runaway.end == pytest.approx(-np.log(left) / 60, rel=1e-2)


def test_stop_is_the_end():
    flown = fly(lambda x: -np.ones(x.shape), 0.4, UNIT, 2.0)
    assert flown.end == 0.0
    assert flown.times[-1] == 2.0
    assert flown.times[-2] == pytest.approx(0.4)
    assert fly(lambda x: np.ones(x.shape), 1.0, UNIT, 2.0).end == 1.0


def test_state_at_rest_stays():
    flown = fly(np.zeros_like, 0.4, UNIT, 1.0)
    assert flown.end == 0.4
    assert flown.times.tolist() == [0.0, 1.0]


def test_rate_that_ends_within_the_way_holds_the_state_there():
    # A threshold: nothing moves beyond 0.5.
    flown = fly(lambda x: np.where(x < 0.5, 1.0, 0.0), 0.2, UNIT, 10.0)
    assert flown.end == pytest.approx(0.5, abs=1e-5)


def test_times_and_places_go_one_way():
    flown = fly(lambda x: np.exp(-9 * x), 0.1, UNIT, 5.0)
    assert (np.diff(flown.places) >= 0).all()
    assert (np.diff(flown.times) >= 0).all()
    assert (flown.places[0], flown.times[0], flown.times[-1]) == (0.1, 0.0, 5.0)


def test_rate_that_is_no_number_is_refused():
    message = "rate of a state must be a finite number, not nan"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        fly(lambda x: x * np.nan, 0.5, UNIT, 1.0)
