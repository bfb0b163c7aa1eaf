import math
import re

import numpy as np
import pytest
from scipy.stats import norm

from ohmloom_analog.effects import cell_windows, with_effects
from ohmloom_analog.errors import SpecError
from ohmloom_analog.programming import program_tile
from ohmloom_analog.spec import ChipSpec, EffectsSpec
from ohmloom_analog.state import CellFlag

CELL = {"g_min": 2e-6, "g_max": 50e-6, "levels": 16}
LARGE = {"rows": 256, "columns": 256}
SEED = 11


def _spec(effects, *, cell=None, rows=16, columns=8, **parts):
    tile = {"rows": rows, "columns": columns, "cell": {**CELL, **(cell or {})}, "effects": effects}
    return ChipSpec.parse({"tile": [tile], "weight_bits": 2, **parts})


def _held(spec, level=None, seed=SEED):
    rng = np.random.default_rng(3)
    shape = (spec.rows, spec.lines)
    top = spec.tile[0].cell.levels
    levels = rng.integers(0, top, shape) if level is None else np.full(shape, level)
    ideal = program_tile(spec, 0, levels, np.random.default_rng(0))
    return with_effects(spec, 0, ideal, seed), ideal


def _refused(message, effects, **parts):
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        _spec(effects, **parts)


def _assert_spread(values, sigma):
    """Hold mean 0 and the standard deviation within 3 standard errors of normal draws."""
    count = values.size
    assert abs(values.mean()) < 3 * sigma / math.sqrt(count)
    assert abs(values.std() - sigma) < 3 * sigma / math.sqrt(2 * count)


def test_without_effects_cells_are_as_programmed():
    held, ideal = _held(_spec({}))
    assert np.array_equal(held.conductance, ideal)
    assert held.touched == {}
    assert not held.flags.any()


@pytest.mark.parametrize(("level", "median", "sigma"), [(15, 50e-6, 0.1), (0, 2e-6, 0.3)])
@pytest.mark.parametrize("name", ["device_spread", "cycle_spread"])
def test_spread_is_lognormal_about_the_median(name, level, median, sigma):
    spec = _spec({name: {"lrs": 0.1, "hrs": 0.3}}, **LARGE)
    held, _ = _held(spec, level)
    cells = held.conductance[:, :-1]
    assert cells.size > 1e5
    _assert_spread(np.log(cells / median), sigma)
    assert held.touched[name] == pytest.approx(held.conductance.size, rel=1e-3)


def test_plain_number_spreads_both_ends():
    spec = _spec({"cycle_spread": 0.2})
    assert (spec.tile[0].effects.cycle_spread.lrs, spec.tile[0].effects.cycle_spread.hrs) == (
        0.2,
        0.2,
    )


def test_both_spreads_add_in_variance():
    spec = _spec({"device_spread": 0.3, "cycle_spread": 0.4}, **LARGE)
    _assert_spread(np.log(_held(spec, 15)[0].conductance[:, :-1] / 50e-6), 0.5)


def test_phase_change_cells_end_as_joshi_measured():
    spec = _spec(
        {"programming_error": 1.0},
        cell={"g_min": 0.0, "g_max": 25e-6, "levels": 2, "programming": "pcm"},
        **LARGE,
    )
    top = _held(spec, 1)[0].conductance[:, :-1]
    _assert_spread(top - 25e-6, 1.05538e-6)
    # At a target of 0 the negative half is cut: mean sigma/sqrt(2 pi).
    bottom = _held(spec, 0)[0].conductance
    mean, spread = 0.26348e-6 / math.sqrt(2 * math.pi), 0.154e-6
    assert abs(bottom.mean() - mean) < 3 * spread / math.sqrt(bottom.size)


def test_amount_scales_the_model_of_the_programming_error():
    cell = {"g_min": 0.0, "g_max": 40e-6, "levels": 2, "programming": "neurram-1s"}
    spec = _spec({"programming_error": 0.5}, cell=cell, **LARGE)
    _assert_spread(_held(spec, 1)[0].conductance[:, :-1] - 40e-6, 0.5 * 1.103e-6)


@pytest.mark.parametrize(("name", "sigma"), [("relative", 0.05 * 2e-6), ("uniform", 0.05 * 50e-6)])
def test_plain_errors_are_fractions_of_target_or_window(name, sigma):
    spec = _spec({"programming_error": 0.05}, cell={"programming": name}, **LARGE)
    found = _held(spec, 0)[0].conductance
    # The wider one is cut at 0, so that its mean moves; half of it lies above the target as ever.
    share = (found > 2e-6).mean()
    assert abs(share - 0.5) < 3 * 0.5 / math.sqrt(found.size)
    beyond = norm.sf(1)
    assert abs((found > 2e-6 + sigma).mean() - beyond) < 3 * math.sqrt(
        beyond * (1 - beyond) / found.size
    )


def test_stuck_cells_are_as_many_as_stated_and_stand_at_their_ends():
    spec = _spec({"p_stuck_hrs": 0.0904, "p_stuck_lrs": 0.0175}, **LARGE)
    held, ideal = _held(spec)
    for flag, name, share, at in (
        (CellFlag.STUCK_HRS, "p_stuck_hrs", 0.0904, 2e-6),
        (CellFlag.STUCK_LRS, "p_stuck_lrs", 0.0175, 50e-6),
    ):
        stuck = held.flags == flag
        error = math.sqrt(share * (1 - share) / stuck.size)
        assert abs(stuck.mean() - share) < 3 * error
        assert held.touched[name] == stuck.sum()
        np.testing.assert_allclose(held.conductance[stuck], at, rtol=1e-12)
    assert np.array_equal(held.conductance[held.flags == 0], ideal[held.flags == 0])


def test_stuck_cells_stand_at_the_ends_of_their_own_windows():
    spec = _spec({"p_stuck_hrs": 0.5, "p_stuck_lrs": 0.5, "device_spread": 0.1})
    held, _ = _held(spec)
    lowest, highest, lost = cell_windows(spec, 0, SEED)
    assert not lost.any()
    in_hrs = held.flags == CellFlag.STUCK_HRS
    assert np.array_equal(held.conductance, np.where(in_hrs, lowest, highest))


def test_worn_cells_are_stuck_and_follow_weibull():
    spec = _spec({"endurance": {"cycles": 5e5, "scale": 1e6, "shape": 2.0}}, **LARGE)
    held, _ = _held(spec)
    share = 1 - math.exp(-0.25)
    worn = held.flags == CellFlag.STUCK_LRS
    assert abs(worn.mean() - share) < 3 * math.sqrt(share * (1 - share) / worn.size)
    assert held.touched == {"endurance": worn.sum()}
    np.testing.assert_allclose(held.conductance[worn], 50e-6, rtol=1e-12)


def test_cells_without_a_window_are_flagged_and_counted_and_no_nan_comes_of_them():
    spec = _spec(
        {"device_spread": {"lrs": 0.2, "hrs": 0.3}},
        cell={"g_min": 10e-6, "g_max": 15e-6, "levels": 256},
        **LARGE,
    )
    held, _ = _held(spec)
    assert np.isfinite(held.conductance).all()
    assert (held.conductance > 0).all()
    lost = held.flags == CellFlag.NO_WINDOW
    # G_hi < G_lo, but for half a step of 1/255 of the window.
    share = norm.sf(math.log(1.5) / math.hypot(0.2, 0.3))
    error = 3 * math.sqrt(share * (1 - share) / lost.size) + 1e-3
    assert abs(lost.mean() - share) < error


def test_cell_without_a_window_conducts_the_same_at_every_level():
    spec = _spec({"device_spread": 1.0}, cell={"g_min": 10e-6, "g_max": 11e-6})
    bottom, top = (_held(spec, level)[0] for level in (0, 15))
    lost = bottom.flags == CellFlag.NO_WINDOW
    assert 10 < lost.sum() < lost.size
    lost[:, -1] = False
    assert np.array_equal(bottom.conductance[lost], top.conductance[lost])


def test_infinite_ratio_works_with_every_effect():
    effects = {
        "device_spread": 0.3,
        "cycle_spread": 0.3,
        "programming_error": 0.05,
        "p_stuck_hrs": 0.1,
        "disturb": {"pulses": 3, "fraction": 1e-4},
    }
    held, _ = _held(_spec(effects, cell={"g_min": 0.0}))
    assert np.isfinite(held.conductance).all()
    np.testing.assert_array_equal(held.conductance[held.flags == CellFlag.STUCK_HRS], 0.0)


@pytest.mark.parametrize(("access", "later"), [("1r", 4 + 2), ("1t1r", 4)])
def test_half_selected_pulses_add_up(access, later):
    cell = {"access": access}
    effects = {"disturb": {"pulses": 5, "fraction": 1e-3}}
    spec = _spec(effects, cell=cell, rows=3, columns=2)
    held, _ = _held(spec, 0)
    # The first cell is half selected by the 4 later ones of its row and the 2 below it.
    wanted = 50e-6 - 48e-6 * 0.999 ** (5 * later)
    assert held.conductance[0, 0] == pytest.approx(wanted, rel=1e-12)
    # The last cell to be written is disturbed by none.
    assert held.conductance[-1, -1] == pytest.approx(2e-6, rel=1e-12)


def test_effects_are_derived_so_that_twice_is_once():
    effects = {
        "device_spread": 0.2,
        "cycle_spread": 0.1,
        "programming_error": 0.05,
        "p_stuck_lrs": 0.1,
        "disturb": {"pulses": 5, "fraction": 1e-4},
    }
    first, second = (_held(_spec(effects))[0] for _ in range(2))
    assert np.array_equal(first.conductance, second.conductance)
    assert np.array_equal(first.flags, second.flags)
    assert not np.array_equal(first.conductance, _held(_spec(effects), seed=12)[0].conductance)


@pytest.mark.parametrize("added", ["device_spread", "cycle_spread", "programming_error"])
def test_switching_one_effect_changes_no_draw_of_another(added):
    stuck = {"p_stuck_hrs": 0.1, "p_stuck_lrs": 0.1}
    alone, _ = _held(_spec(stuck))
    both, _ = _held(_spec({**stuck, added: 0.1}))
    faults = CellFlag.STUCK_HRS | CellFlag.STUCK_LRS
    assert np.array_equal(alone.flags & faults, both.flags & faults)
    assert not np.array_equal(alone.conductance, both.conductance)


def test_cycle_spread_is_the_same_factor_whatever_the_level_is():
    spec = _spec({"cycle_spread": 0.2})
    factors = [
        (_held(spec, level)[0].conductance / _held(spec, level)[1])[:, :-1] for level in (3, 9)
    ]
    np.testing.assert_allclose(factors[0], factors[1], rtol=1e-12)


@pytest.mark.parametrize(
    "path",
    [
        "p_stuck_hrs",
        "read_noise",
        "broken_word",
        "cycle_spread.lrs",
        "device_spread.hrs",
        "flicker.q",
        "telegraph.fraction",
        "telegraph.amplitude",
    ],
)
def test_percentage_in_place_of_a_fraction_is_refused(path):
    name, _, inner = path.partition(".")
    effects = {name: {inner: 5} if inner else 5}
    _refused(
        f"chip: tile[0].effects.{path} must be a fraction from 0 to 1, as 0.05 is 5 %, not 5",
        effects,
    )


def test_percentage_as_spread_of_the_cell_is_refused():
    message = "chip: tile[0].cell.spread must be a fraction from 0 to 1, as 0.05 is 5 %, not 5"
    _refused(message, {}, cell={"spread": 5})


def test_percentage_as_programming_error_is_refused():
    _refused(
        "chip: tile[0].effects.programming_error must be a fraction from 0 to 1 "
        "with the model 'relative', as 0.05 is 5 %, not 5",
        {"programming_error": 5},
    )


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_fraction_is_refused(value):
    _refused(
        "chip: tile[0].effects.read_noise must be a fraction from 0 to 1, as 0.05 is 5 %, "
        f"not {value!r}",
        {"read_noise": value},
    )


def test_more_stuck_cells_than_cells_are_refused():
    _refused(
        "chip: tile[0].effects.p_stuck_hrs and p_stuck_lrs must be at most 1 together, not 1.2",
        {"p_stuck_hrs": 0.6, "p_stuck_lrs": 0.6},
    )


def test_unknown_effect_is_refused_with_the_nearest_known():
    _refused(
        "chip: key 'tile[0].effects.read_nois' is unknown; the nearest known key is 'read_noise'",
        {"read_nois": 0.1},
    )


@pytest.mark.parametrize(
    ("effects", "what"),
    [
        ({"nonlinear": True}, "nonlinear"),
        ({"retention": {"model": "device"}}, "retention.model = 'device'"),
        ({"disturb": {"voltage": 1.0}}, "disturb.voltage"),
    ],
)
def test_effect_of_a_device_needs_one(effects, what):
    message = f"tile[0].effects.{what} must have a cell.device that says how, not 'ohmic'"
    _refused(f"chip: {message}", effects)


def test_every_effect_can_be_switched_off_by_its_name():
    every = EffectsSpec.model_validate(
        {
            "device_spread": 0.1,
            "cycle_spread": 0.1,
            "programming_error": 0.1,
            "endurance": {"cycles": 10},
            "p_stuck_hrs": 0.1,
            "p_stuck_lrs": 0.1,
            "disturb": {"pulses": 1},
            "drift": {"model": "power"},
            "retention": {"model": "arrhenius"},
            "temperature": {"wire": 4e-3},
            "broken_word": 0.1,
            "broken_bit": 0.1,
            "nonlinear": True,
            "read_noise": 0.1,
            "flicker": {"q": 0.1},
            "telegraph": {"fraction": 0.1},
            "johnson": True,
            "shot": True,
        }
    )
    assert set(every.active) == set(EffectsSpec.model_fields) - {"bandwidth"}
    left = every
    for name in every.active:
        assert name not in every.without(name).active
        left = left.without(name)
    assert left == EffectsSpec()
