import numpy as np
import pytest

from ohmloom_analog.array_cells import made_cells, restored_cells
from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.state import CellFlag, load_state, save_state

DAY = 86400.0
EVERYTHING = {
    "device_spread": 0.1,
    "cycle_spread": 0.05,
    "programming_error": 0.02,
    "p_stuck_hrs": 0.02,
    "p_stuck_lrs": 0.02,
    "endurance": {"cycles": 1e4},
    "disturb": {"pulses": 5, "fraction": 1e-5},
    "drift": {"model": "power"},
    "retention": {"model": "arrhenius"},
    "temperature": {"lrs": 1e-3, "hrs": 0.1, "wire": 4.5e-3},
    "broken_word": 0.1,
    "broken_bit": 0.1,
    "read_noise": 0.02,
    "flicker": {"q": 0.01},
    "telegraph": {"fraction": 0.1},
}
QUIET = {k: v for k, v in EVERYTHING.items() if k not in ("read_noise", "flicker", "telegraph")}


def _spec(effects, *, wires=None, cell=None, rows=16, columns=6):
    tile = {"rows": rows, "columns": columns, "effects": effects, "cell": cell or {}}
    return ChipSpec.parse({"tile": [{**tile, "wires": wires or {}}], "input": {"slice_bits": 4}})


def _levels(spec):
    rng = np.random.default_rng(0)
    top = spec.tile[0].cell.levels
    return [rng.integers(0, top, (spec.rows, spec.lines)) for _ in range(spec.tiles)]


def _build(spec, engine="nodal", seed=3, **conditions):
    return AnalogChip.build(spec, _levels(spec), engine=engine, seed=seed, **conditions)


def _currents(chip, code=9):
    chip.tiles[0].apply(np.full(chip.spec.rows, code))
    return chip.tiles[0].currents


@pytest.mark.parametrize("engine", ["ideal", "nodal", "ngspice", "transient"])
@pytest.mark.parametrize("cell", [{}, {"g_min": 0.0}, {"access": "1t1r", "r_access": 5e3}])
def test_zero_input_gives_exactly_zero(engine, cell):
    spec = _spec(EVERYTHING, wires={"r_word": 1.0, "r_bit": 1.0}, cell=cell)
    chip = _build(spec, engine, age=DAY, temperature=330.0)
    assert not _currents(chip, 0).any()


def test_device_cells_without_a_voltage_carry_exactly_nothing_in_ngspice():
    cell = {"device": "skywater", "access": "1t1r", "r_access": 5e3}
    spec = _spec({"nonlinear": True, "read_noise": 0.1}, wires={"r_word": 1.0}, cell=cell)
    assert not _currents(_build(spec, "ngspice"), 0).any()


@pytest.mark.parametrize("engine", ["ideal", "nodal", "ngspice"])
def test_infinite_ratio_reads_with_every_effect(engine):
    spec = _spec(EVERYTHING, wires={"r_word": 1.0, "r_bit": 1.0}, cell={"g_min": 0.0})
    chip = _build(spec, engine, age=DAY, temperature=330.0)
    assert (chip.cells[0].conductance == 0).any()
    currents = _currents(chip)
    assert np.isfinite(currents).all()
    assert (currents > 0).any()


@pytest.mark.parametrize("engine", ["ideal", "nodal", "ngspice"])
def test_cells_without_a_window_are_counted_and_read(engine):
    cell = {"g_min": 10e-6, "g_max": 11e-6}
    spec = _spec({"device_spread": 0.5}, wires={"r_word": 1.0, "r_bit": 1.0}, cell=cell)
    chip = _build(spec, engine)
    lost = chip.cells[0].state.flagged(CellFlag.NO_WINDOW)
    # G_hi < G_lo in 45 % of the cells, that is Phi(-ln(1.1) / (0.5 sqrt 2)).
    assert 0.3 < lost.mean() < 0.6
    assert chip.flagged == lost.sum()
    assert np.isfinite(_currents(chip)).all()


@pytest.mark.parametrize("preset", ["rram", "pcm", "mram", "hybrid"])
def test_zero_input_of_a_preset_gives_exactly_zero(preset):
    spec = load_spec(preset).without("johnson")
    chip = AnalogChip.build(
        spec, [np.ones((spec.rows, spec.lines), dtype=int)] * spec.tiles, engine="nodal", seed=0
    )
    for tile in chip.tiles:
        tile.apply(np.zeros(spec.rows, dtype=int))
        assert not tile.currents.any()


def test_every_effect_reports_the_cells_that_it_touched():
    chip = _build(_spec(EVERYTHING), age=DAY, temperature=330.0)
    assert set(chip.touched) == set(EVERYTHING)
    count = chip.cells[0].conductance.size
    assert all(0 <= touched <= count for touched in chip.touched.values())
    flags = chip.cells[0].state.flags
    assert chip.flagged == np.count_nonzero(flags)
    broken = (flags & np.uint8(CellFlag.BROKEN)) != 0
    assert max(chip.touched["broken_word"], chip.touched["broken_bit"]) <= broken.sum()
    assert broken.sum() <= chip.touched["broken_word"] + chip.touched["broken_bit"]


@pytest.mark.parametrize("age", [None, 0.0, 10 * DAY])
def test_restored_cells_tell_what_had_touched_them(age, tmp_path):
    spec = _spec(EVERYTHING)
    chip = _build(spec, age=DAY, temperature=330.0)
    save_state(chip.state(), tmp_path / "state.npz")
    saved = load_state(tmp_path / "state.npz", spec)
    restored = AnalogChip.from_state(spec, saved, engine="ideal", age=age)
    wanted = _build(spec, age=DAY if age is None else age, temperature=330.0)
    assert restored.touched == wanted.touched
    assert restored.flagged == wanted.flagged


def test_ageing_twice_is_ageing_once():
    spec = _spec(QUIET)
    fresh = _build(spec)
    aged = AnalogChip.from_state(spec, fresh.state(), engine="ideal", age=DAY)
    again = AnalogChip.from_state(spec, aged.state(), engine="ideal", age=DAY)
    at_once = _build(spec, age=DAY)
    for chip in (aged, again):
        np.testing.assert_array_equal(chip.cells[0].conductance, at_once.cells[0].conductance)
    back = AnalogChip.from_state(spec, again.state(), engine="ideal", age=0.0)
    np.testing.assert_array_equal(back.cells[0].conductance, fresh.cells[0].conductance)


@pytest.mark.parametrize("preset", ["rram", "mram"])
def test_saved_state_gives_the_same_codes(preset, tmp_path):
    spec = load_spec(preset)
    levels = [np.ones((spec.rows, spec.lines), dtype=int)] * spec.tiles
    chip = AnalogChip.build(spec, levels, engine="ideal", seed=5, age=DAY)
    save_state(chip.state(), tmp_path / "state.npz")
    restored = AnalogChip.from_state(spec, load_state(tmp_path / "state.npz", spec), engine="ideal")
    codes = []
    for one in (chip, restored):
        one.tiles[1].apply(np.arange(spec.rows) % 16)
        codes.append(one.tiles[1].convert(range(spec.lines))[0])
    np.testing.assert_array_equal(*codes)


def test_state_carries_age_temperature_and_flags():
    spec = _spec(EVERYTHING)
    state = _build(spec, age=DAY, temperature=330.0).state()
    assert (state.tiles[0].age, state.tiles[0].temperature) == (DAY, 330.0)
    assert state.tiles[0].flags.any()
    assert np.array_equal(state.tiles[0].levels[:, :-1], _levels(spec)[0])
    assert not state.tiles[0].levels[:, -1].any()


def test_conductances_of_a_state_from_elsewhere_are_taken_as_they_are():
    spec = _spec({"drift": {"model": "power", "exponent": 0.05}})
    made = made_cells(spec, 0, _levels(spec)[0], 1, age=0.0, temperature=300.0)
    other = made.state
    halved = type(other)(levels=other.levels, conductance=other.conductance / 2)
    np.testing.assert_array_equal(
        restored_cells(spec, 0, halved, 1).conductance, other.conductance / 2
    )
    aged = restored_cells(spec, 0, halved, 1, age=DAY)
    np.testing.assert_allclose(
        aged.conductance, other.conductance / 2 * (1 + DAY / 20) ** -0.05, rtol=1e-12
    )


def test_broken_lines_lose_their_cells_without_wires():
    spec = _spec({"broken_word": 0.3})
    whole, broken = _build(_spec({}), "ideal"), _build(spec, "ideal")
    driver, _ = broken.cells[0].broken.lost(whole.cells[0].conductance.shape)
    assert driver.any()
    volts = np.full(spec.rows, 0.2 * 9 / 15)
    every = volts @ np.where(driver, 0.0, whole.cells[0].conductance)
    np.testing.assert_allclose(_currents(broken), every[:-1] - every[-1], atol=1e-18)


def test_wires_resist_more_when_hot():
    wires = {"r_word": 2.0, "r_bit": 3.0, "r_source": 50.0}
    chip = _build(_spec({"temperature": {"wire": 4e-3}}, wires=wires), temperature=350.0)
    crossbar = chip.tiles[0].crossbar
    assert crossbar.r_word == pytest.approx(2.4, rel=1e-12)
    assert crossbar.r_bit == pytest.approx(3.6, rel=1e-12)
    assert crossbar.r_source == 50.0


@pytest.mark.parametrize(
    "access",
    [
        {"access": "1t1r", "r_access": 1e4},
        {"access": "1s1r", "selector_current": 1e-9, "selector_voltage": 0.01},
        {"access": "1t1r", "r_access": 2e3, "device": "skywater"},
    ],
)
def test_whole_cells_read_as_their_levels_say(access):
    spec = _spec({}, cell={**access, "g_min": 1e-6, "g_max": 31e-6})
    chip = _build(spec, "ideal")
    held = chip.cells[0]
    wanted = 1e-6 + 2e-6 * held.state.levels
    np.testing.assert_allclose(held.at_read(0.2), wanted, rtol=1e-9)
    assert (held.conductance > wanted).all()
    every = 0.2 * wanted.sum(axis=0)
    np.testing.assert_allclose(_currents(chip, 15), every[:-1] - every[-1], rtol=1e-6)


def test_hot_cells_carry_more_or_less_in_the_same_state():
    effects = {"temperature": {"lrs": 1e-3}, "nonlinear": True}
    spec = _spec(effects, cell={"device": "skywater", "g_min": 1e-6, "g_max": 31e-6})
    cold, hot = (_build(spec, "ideal", temperature=kelvin) for kelvin in (300.0, 400.0))
    state = [chip.cells[0].state.device["filament"] for chip in (cold, hot)]
    np.testing.assert_array_equal(*state)
    np.testing.assert_allclose(
        hot.cells[0].at_read(0.2)[:, :-1].max(),
        cold.cells[0].at_read(0.2)[:, :-1].max() / 1.1,
        rtol=1e-9,
    )


def test_tiles_of_a_hybrid_are_of_their_own_technology():
    spec = load_spec("hybrid")
    levels = [np.full((spec.rows, spec.lines), 15)] * spec.tiles
    chip = AnalogChip.build(spec, levels, engine="ideal", seed=0)
    assert "filament" in chip.cells[0].state.device
    assert not chip.cells[-1].state.device
    read = [held.at_read(0.2)[:, :-1].mean() for held in (chip.cells[0], chip.cells[-1])]
    np.testing.assert_allclose(read, [40e-6, 22.2e-6], rtol=0.03)
    # Each tile has its own amplifier range, so that the same codes mean the same integers.
    ratio = chip.tiles[0].lsb_current / chip.tiles[-1].lsb_current
    assert ratio == pytest.approx(39 / 22.222222, rel=1e-6)
