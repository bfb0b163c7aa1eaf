import numpy as np
import pytest

from ohmloom_analog.cycle_spread import cycle_factor, varied
from ohmloom_analog.devices import device


def test_factors_have_the_median_1_and_the_spread_and_never_turn():
    rng = np.random.default_rng(0)
    factors = np.array([cycle_factor(0.3, rng) for _ in range(20_000)])
    assert (factors > 0).all()
    assert np.median(factors) == pytest.approx(1.0, abs=0.01)
    assert factors.std() / factors.mean() == pytest.approx(0.3, abs=0.01)


def test_without_a_spread_nothing_is_drawn():
    rng = np.random.default_rng(0)
    assert cycle_factor(0.0, rng) == 1.0
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("name", ["skywater", "vteam-b", "pcm"])
@pytest.mark.parametrize("ends", [(5e-6, 15e-6), (20e-6, 8e-6)])
@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_change_of_the_conductance_is_scaled(name, ends, factor):
    made = device(name)
    before, after = (made.state_for(np.array([g]), 0.2) for g in ends)
    found = varied(made, before, after, factor, 0.2)
    reached = float(made.conductance(found, 0.2)[0])
    wanted = ends[0] + factor * (ends[1] - ends[0])
    assert reached - ends[0] == pytest.approx(wanted - ends[0], rel=5e-3)


@pytest.mark.parametrize(("ends", "stop"), [((1e-6, 100e-6), 1), ((90e-6, 0.4e-6), 0)])
def test_window_is_not_left(ends, stop):
    made = device("skywater")
    before, after = (made.state_for(np.array([g]), 0.2) for g in ends)
    found = varied(made, before, after, 3.0, 0.2)
    assert float(made.conductance(found, 0.2)[0]) == pytest.approx(made.window(0.2)[stop])


def test_cell_that_a_pulse_leaves_stays():
    made = device("skywater")
    state = made.state_for(np.array([5e-6]), 0.2)
    found = varied(made, state, state, 1.7, 0.2)
    np.testing.assert_allclose(found["filament"], state["filament"], rtol=1e-9)
