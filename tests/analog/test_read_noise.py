import math

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec

READS = 4000


def _tile(effects, *, rows=8, g_max=25e-6, v_read=0.2, age=0.0, seed=1, temperature=300.0, **parts):
    cell = {"g_min": 0.0, "g_max": g_max, "levels": 2, **parts.pop("cell", {})}
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": rows, "columns": 2, "cell": cell, "effects": effects}],
            "weight_bits": 2,
            "input": {"bits": 1, "slice_bits": 1},
            "dac": {"v_read": v_read},
            **parts,
        }
    )
    levels = [np.ones((rows, spec.lines), dtype=int)]
    chip = AnalogChip.build(
        spec, levels, engine="ideal", seed=seed, age=age, temperature=temperature
    )
    return chip.tiles[0]


def _reads(tile, codes, count=READS):
    found = []
    for _ in range(count):
        tile.apply(codes)
        found.append(tile.currents.copy())
    return np.array(found)


def _assert_normal(values, mean, sigma):
    assert abs(values.mean() - mean) < 3 * sigma / math.sqrt(values.size)
    assert abs(values.std() - sigma) < 3 * sigma / math.sqrt(2 * values.size)


def test_read_noise_of_the_cells_adds_up_in_their_line():
    codes = [1, 1, 0, 0, 1, 0, 0, 1]
    found = _reads(_tile({"read_noise": 0.03}), codes)
    # Four driven cells of 25 uS at 0.2 V; the reference line has none that conducts.
    _assert_normal(found, 4 * 5e-6, math.sqrt(4) * 0.03 * 5e-6)
    assert abs(np.corrcoef(found[:, 0], found[:, 1])[0, 1]) < 3 / math.sqrt(READS)


@pytest.mark.parametrize(
    ("age", "left", "sigma"),
    [(0.0, 25.0, 0.920), (3600.0, 19.38, 0.8125), (86400.0, 16.59, 0.7425)],
)
def test_flicker_of_phase_change_cells_is_as_published(age, left, sigma):
    # 25 uS with the mean exponent of drift, 0.049; both in uS.
    flicker = {"q": 0.0088, "power": 0.65, "most": 0.2}
    drift = {"model": "power", "exponent": 0.049}
    found = _reads(_tile({"flicker": flicker, "drift": drift}, rows=1, age=age), [1]) / 0.2e-6
    _assert_normal(found, left, sigma)


def test_trap_takes_its_amplitude_half_of_the_time():
    traps = {"fraction": 1.0, "amplitude": 0.1, "spread": 0.0, "fastest": 1e-9, "slowest": 1e-9}
    found = _reads(_tile({"telegraph": traps}, rows=1), [1])
    low = np.isclose(found, 0.9 * 5e-6, rtol=1e-9)
    assert (low | np.isclose(found, 5e-6, rtol=1e-9)).all()
    assert abs(low.mean() - 0.5) < 3 * 0.5 / math.sqrt(found.size)


def test_slow_trap_holds_from_read_to_read():
    traps = {"fraction": 1.0, "amplitude": 0.1, "fastest": 1e3, "slowest": 1e3}
    found = _reads(_tile({"telegraph": traps}, rows=1), [1], 200)
    assert (found == found[0]).all()


def test_share_of_cells_has_traps():
    tile_effects = {"telegraph": {"fraction": 0.3}}
    spec = ChipSpec.parse(
        {"tile": [{"rows": 256, "columns": 64, "effects": tile_effects}], "weight_bits": 2}
    )
    levels = [np.ones((256, spec.lines), dtype=int)]
    chip = AnalogChip.build(spec, levels, engine="ideal", seed=1)
    count = chip.cells[0].conductance.size
    assert abs(chip.touched["telegraph"] - 0.3 * count) < 3 * math.sqrt(0.21 * count)


@pytest.mark.parametrize(("effect", "sigma"), [("johnson", 1.287e-9), ("shot", 2.532e-9)])
def test_thermal_and_shot_noise_are_drawn_at_each_conversion(effect, sigma):
    # 100 uS at 0.2 V is 20 uA; 8 bits of input and 8 of the cell make steps of 0.31 nA of it.
    cell = {"g_min": 0.0, "g_max": 100e-6, "levels": 256}
    spec = ChipSpec.parse(
        {
            "tile": [
                {
                    "rows": 1,
                    "columns": 2,
                    "cell": cell,
                    "effects": {effect: True, "bandwidth": 1e6},
                }
            ],
            "weight_bits": 2,
            "input": {"bits": 8, "slice_bits": 8},
            "adc": {"bits": 16},
        }
    )
    (tile,) = AnalogChip.build(spec, [np.full((1, 4), 255)], engine="ideal", seed=1).tiles
    tile.apply([255])
    codes = np.array([tile.convert([0])[0][0] for _ in range(READS)])
    step = tile.lsb_current
    assert step == pytest.approx(0.3076e-9, rel=1e-3)
    # Sheppard's correction for the steps.
    found = math.sqrt((codes * step).var() - step**2 / 12)
    assert found == pytest.approx(sigma, rel=3 / math.sqrt(2 * READS))


def test_bandwidth_follows_from_the_conversion_time():
    given = _tile({"johnson": True, "bandwidth": 0.5e6}, rows=1)
    implied = _tile({"johnson": True}, rows=1, adc={"conversion_time": 1e-6})
    settled = np.array([1e-6] * 5)
    lines = np.arange(2)
    assert np.array_equal(
        given._noise.sampled(settled, lines), implied._noise.sampled(settled, lines)
    )


@pytest.mark.parametrize("other", ["flicker", "telegraph"])
def test_switching_one_noise_changes_no_draw_of_another(other):
    amounts = {"flicker": {"q": 0.05}, "telegraph": {"fraction": 1.0, "spread": 0.0}}
    codes = [1] * 8
    alone, with_other, other_alone, none = (
        _reads(_tile(effects), codes, 20)
        for effects in (
            {"read_noise": 0.03},
            {"read_noise": 0.03, other: amounts[other]},
            {other: amounts[other]},
            {},
        )
    )
    np.testing.assert_allclose(alone + other_alone - none, with_other, rtol=1e-12)


def test_noise_is_made_again_from_the_seed():
    effects = {"read_noise": 0.03, "telegraph": {"fraction": 0.5}}
    first, again, other = (_reads(_tile(effects, seed=s), [1] * 8, 20) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_without_voltage_is_none():
    effects = {"read_noise": 0.03, "flicker": {"q": 0.05}, "telegraph": {"fraction": 1.0}}
    assert not _reads(_tile(effects), [0] * 8, 20).any()


def test_noise_is_that_of_the_memory_behind_its_transistor():
    # 1 / (1/g + r): a deviation of g counts by (G/g)^2 = (1 - G r)^2 of it, 0.5 of the share.
    cell = {"access": "1t1r", "r_access": 2e4}
    found = _reads(_tile({"read_noise": 0.03}, rows=1, cell=cell), [1])
    _assert_normal(found, 5e-6, 0.03 * 0.5 * 5e-6)
