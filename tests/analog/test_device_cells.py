import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ohmloom_analog.device_cells import after_pulse, device_state, within_device
from ohmloom_analog.devices import device
from ohmloom_analog.spec import ChipSpec


def _spec(**cell):
    return ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": 2, "cell": cell}],
            "weight_bits": 2,
            "dac": {"v_read": 0.2},
        }
    )


def test_ohmic_cells_have_neither_state_nor_bounds():
    cells = np.array([0.0, 1.0])
    assert device_state(_spec(), 0, cells) == {}
    assert within_device(_spec(), 0, cells) is cells


def test_conductance_is_held_within_the_window_of_the_device():
    # SkyWater at 0.2 V: 3.26 megohm to 9.72 kilohm.
    found = within_device(_spec(device="skywater"), 0, np.array([0.0, 1e-5, 1.0]))
    np.testing.assert_allclose(found, [1 / 3.262e6, 1e-5, 1 / 9.719e3], rtol=1e-3)


def test_state_of_a_device_conducts_what_it_is_of():
    cells = np.array([1e-6, 20e-6, 90e-6])
    state = device_state(_spec(device="skywater"), 0, cells)
    np.testing.assert_allclose(device("skywater").current(0.2, state), 0.2 * cells, rtol=1e-9)


def test_junction_is_in_the_nearer_state():
    spec = _spec(device="mtj", levels=2, g_min=10e-6, g_max=30e-6)
    state = device_state(spec, 0, np.array([5e-6, 19e-6, 21e-6, 33e-6]))
    assert state["parallel"].tolist() == [0, 0, 1, 1]


def _filament_after(filament, volts, seconds):
    """Integrate the published equations of SkyWater's cell, written down anew; lengths in nm."""
    boltzmann, oxide = 8.617333262e-5, 5.0

    def growth(_, thickness):
        gap = oxide - thickness
        current = 61.4e-6 * np.exp(-gap / (oxide - 4.7249)) * np.sinh(volts / 0.43)
        kelvin = 300.0 + 0.23e-9 / 3.1825e-16 * abs(volts * current)
        field = (16.5 - 1.25 * gap**3) * 0.25 / oxide * volts
        forth, back = np.exp(np.array([-1.501 + field, -1.5 - field]) / (boltzmann * kelvin))
        return 150e9 * (forth - back)

    found = solve_ivp(growth, (0.0, seconds), [filament], method="LSODA", rtol=1e-10, atol=1e-12)
    return found.y[0, -1]


@pytest.mark.parametrize(
    ("volts", "seconds"), [(1.2, 2.1e-6), (1.2, 0.7e-6), (0.9, 2e-3), (-1.2, 2.1e-6)]
)
def test_half_select_pulse_moves_skywater_cells_as_its_physics_says(volts, seconds):
    spec = _spec(device="skywater")
    begun = 4.5
    state = {"filament": np.array([begun * 1e-9])}
    before = device("skywater").current(0.2, state) / 0.2
    after = after_pulse(spec, 0, before, volts, seconds, rng=np.random.default_rng(0))
    # At one voltage the current goes with exp(f / (T_ox - f_ref)).
    moved = _filament_after(begun, volts, seconds) - begun
    assert abs(moved) > 1e-4
    assert np.log(after / before)[0] == pytest.approx(moved / 0.2751, rel=0.01)


def test_junction_flips_by_chance_and_keeps_its_deviation():
    spec = _spec(device="mtj", levels=2, g_min=10e-6, g_max=30e-6)
    cells = np.full(100_000, 11e-6)
    seconds = 3.15e8
    after = after_pulse(
        spec, 0, cells, 0.0, seconds, rng=np.random.default_rng(0), temperature=423.0
    )
    flipped = ~np.isclose(after, 11e-6)
    np.testing.assert_allclose(after[flipped], 33e-6, rtol=1e-12)
    # An attempt each nanosecond, against a barrier of 60 kT at 300 K that falls with the
    # magnetisation, (1 - T / 1420 K)^0.4.
    barrier = 60 * 300 / 423 * ((1420 - 423) / (1420 - 300)) ** 0.4
    chance = -np.expm1(-seconds / 1e-9 * np.exp(-barrier))
    assert 0.3 < chance < 0.7
    assert abs(flipped.mean() - chance) <= 3 * np.sqrt(chance * (1 - chance) / cells.size)
