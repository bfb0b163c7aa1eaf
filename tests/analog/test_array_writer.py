"""Whole programming jobs, without a chip around the array."""

import re

import numpy as np
import pytest
from tests.oracle.writable import writable

from ohmloom_analog.array_writer import write_array
from ohmloom_analog.cell_streams import CellStreams
from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.engines import make_engine
from ohmloom_analog.engines.spice_pulses import SpicePulses
from ohmloom_analog.errors import MappingError
from ohmloom_analog.fresh_cells import fresh_cells
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.tile_writer import TileWriter
from ohmloom_analog.write_verify import Limits, WriteStatus

NOISY = {"cycle_spread": 0.1}


def one_tile(preset, rows=None, columns=None, **write):
    data = load_spec(preset).model_dump(mode="json", exclude_none=True)
    tile = data["tile"][0] | {"count": 1}
    tile |= {} if rows is None else {"rows": rows, "columns": columns}
    tile["write"] |= write
    return ChipSpec.parse(data | {"tile": [tile]})


def written(spec, seed=1, *, levels=None, **options):
    """Write random levels into a fresh tile; return the chip, its outcome and the levels."""
    rng = np.random.default_rng(seed)
    if levels is None:
        levels = rng.integers(0, spec.tile[0].cell.levels, (spec.rows, spec.lines + 1))
    chip = AnalogChip.build(
        spec, [levels[:, : spec.lines]], engine="nodal", seed=seed, program="fresh"
    )
    return chip, write_array(spec, 0, chip.tiles[0], levels, **options), levels


def reached(spec, tile, levels):
    """Return by how many levels each cell is off, its wires included."""
    cell = spec.tile[0].cell
    if spec.tile[0].write.scheme == "1t1r":
        shape = tile.writer.cells.conductance.shape
        whole = np.array([tile.writer.cells.read(*place) for place in np.ndindex(*shape)])
    else:
        whole = tile.writer.cells.conductance.ravel()
    return (whole.reshape(levels.shape) - cell.g_min) / cell.g_step - levels


@pytest.mark.guarantee("G8", "convergence")
@pytest.mark.parametrize("access", ["1t1r", "1r"])
def test_all_cells_come_to_their_levels(access):
    spec = writable(access, write=NOISY)
    chip, outcome, levels = written(spec)
    assert outcome.written.all()
    assert outcome.failures == ()
    # A tolerance of 0.35 levels, and half a code.
    assert np.abs(reached(spec, chip.tiles[0], levels)).max() < 0.36
    np.testing.assert_array_equal(outcome.pulses, chip.tiles[0].writer.cells.pulses)


@pytest.mark.parametrize("level", [0, 3])
@pytest.mark.parametrize("access", ["1t1r", "1r"])
def test_targets_at_both_ends_of_the_window_are_reached(access, level):
    spec = writable(access, write=NOISY)
    chip, outcome, levels = written(spec, levels=np.full((3, 3), level))
    assert outcome.written.all()
    assert np.abs(reached(spec, chip.tiles[0], levels)).max() < 0.36


def test_written_cells_are_written_again():
    spec = writable(write=NOISY)
    chip, _, levels = written(spec)
    other = (levels + 2) % 4
    assert write_array(spec, 0, chip.tiles[0], other).written.all()
    assert np.abs(reached(spec, chip.tiles[0], other)).max() < 0.36


def test_trims_move_the_targets():
    spec = writable(write=NOISY)
    _, plain, levels = written(spec)
    trims = np.full(levels.shape, 30)
    trims[levels == 3] = -30
    chip, outcome, _ = written(spec, trims=trims)
    np.testing.assert_array_equal(outcome.target, plain.target + trims)
    # A level is 13 uS, which is 266 codes of 48.9 nS.
    off = reached(spec, chip.tiles[0], levels) - trims / 266
    assert np.abs(off).max() < 0.36


def test_order_does_not_matter_behind_transistors():
    spec = writable(write=NOISY, parts={"adc": {"bits": 10, "noise": 0.5}})
    rows, lines = (written(spec, by_line=by_line) for by_line in (False, True))
    np.testing.assert_array_equal(rows[1].pulses, lines[1].pulses)
    ends = [found[0].tiles[0].writer.cells.conductance for found in (rows, lines)]
    np.testing.assert_array_equal(*ends)


def test_tiled_layer_ends_with_the_conductances_of_an_untiled_one():
    """Streams belong to places of the matrix, wherever tiles are cut."""
    whole = writable(rows=6, columns=4, write=NOISY)
    part = writable(rows=3, columns=2, write=NOISY)
    levels = np.random.default_rng(3).integers(0, 4, (6, 4))

    def write(spec, wanted, row=0, line=0):
        held = fresh_cells(spec, 0, wanted, 7)
        writer = TileWriter(spec, 0, held, CellStreams(seed=7, row=row, line=line))
        tile = AnalogTile(
            spec, 0, held.conductance, make_engine("ideal"), np.random.default_rng(0), writer=writer
        )
        write_array(spec, 0, tile, wanted)
        return writer.cells.conductance[:, :-1]

    untiled = write(whole, levels)
    tiled = np.block(
        [
            [write(part, levels[row : row + 3, line : line + 2], row, line) for line in (0, 2)]
            for row in (0, 3)
        ]
    )
    np.testing.assert_array_equal(tiled, untiled)


def test_stuck_cells_are_listed_by_place_and_distance():
    spec = writable(rows=8, columns=4, write=NOISY, effects={"p_stuck_hrs": 0.1})
    chip, outcome, _levels = written(spec, levels=np.full((8, 5), 3))
    stuck = chip.tiles[0].writer.cells.fixed
    assert 1 <= stuck.sum() <= 12
    np.testing.assert_array_equal(~outcome.written, stuck)
    places = [tuple(place) for place in np.argwhere(stuck).tolist()]
    assert [failure[:2] for failure in outcome.failures] == places
    assert {failure[2] for failure in outcome.failures} == {WriteStatus.TOO_MANY_PULSES}
    # 0.3 uS in the place of 40 uS, in codes of 48.9 nS.
    assert {failure[3] for failure in outcome.failures} <= set(range(-815, -808))
    assert set(outcome.pulses[stuck].tolist()) == {64}


def test_limits_may_be_others_than_the_chips():
    tight = Limits(pulses=1, flips=0, confirm=1, relax=False)
    _, outcome, _ = written(writable(write=NOISY), limits=tight)
    assert outcome.pulses.max() == 1
    assert set(np.unique(outcome.status)) == {WriteStatus.WRITTEN, WriteStatus.TOO_MANY_PULSES}


def test_array_without_transistors_converges_or_tells_what_failed():
    """SkyWater's cells creep at half the voltage, so that some are lost again after their turn."""
    cell = {"device": "skywater", "g_min": 1e-6, "g_max": 40e-6}
    pulse = {"width": {"start": 84e-9, "stop": 84e-9}}
    write = NOISY | {
        "scheme": "v/2",
        "half_select": 1.3,
        "half_select_reset": None,
        "set": pulse | {"drive": {"start": 1.9, "stop": 2.5, "step": 0.02}},
        "set_top": None,
        "reset": pulse | {"drive": {"start": 1.3, "stop": 2.3, "step": 0.02}},
    }
    spec = writable("1r", cell=cell, write=write)
    chip, outcome, levels = written(
        spec, limits=Limits(pulses=24, flips=30, confirm=3, relax=False)
    )
    assert len(outcome.failures) == (~outcome.written).sum()
    for row, line, status, off in outcome.failures:
        assert status.failed
        assert off == outcome.code[row, line] - outcome.target[row, line] != 0
    # Whatever the engine says, the array is what it is.
    off = reached(spec, chip.tiles[0], levels)
    assert np.isfinite(off).all()


@pytest.mark.parametrize("access", ["1t1r", "1r"])
def test_same_job_with_pulses_of_ngspice_lands_within_tolerance(access):
    spec = writable(access, rows=2, write=NOISY, wires={"r_word": 5.0, "r_bit": 5.0})
    levels = np.array([[1, 3, 0], [2, 0, 2]])
    ends = []
    for engine in (None, SpicePulses(steps=150)):
        held = fresh_cells(spec, 0, levels[:, :2], 7)
        writer = TileWriter(spec, 0, held, CellStreams(seed=7), engine=engine)
        tile = AnalogTile(
            spec,
            0,
            held.conductance,
            make_engine("nodal"),
            np.random.default_rng(0),
            law=held.law,
            writer=writer,
        )
        outcome = write_array(spec, 0, tile, levels)
        assert outcome.written.all()
        ends.append(reached(spec, tile, levels))
    assert np.abs(ends).max() < 0.36


def test_skywater_array_of_sixteen_levels_meets_its_tolerance():
    """32 x 33 cells with 10 % spread from cycle to cycle, and 0.2 % stuck cells."""
    spec = one_tile("rram")
    assert (spec.rows, spec.lines, spec.tile[0].cell.levels) == (32, 32, 16)
    assert spec.tile[0].write.cycle_spread == 0.1
    assert spec.tile[0].write.pulses == 64
    chip, outcome, levels = written(spec, seed=2)
    free = ~chip.tiles[0].writer.cells.fixed
    assert outcome.written.mean() >= 0.99
    assert outcome.written[free].mean() >= 0.998
    # NeuRRAM takes 8.5 pulses, voltage ramps at a fixed gate 10 to 20.
    assert outcome.pulses.mean() < 8.5
    # Each read has 1 % noise, 0.15 levels at the top.
    assert np.abs(reached(spec, chip.tiles[0], levels)[free & outcome.written]).max() < 0.35 + 0.3


@pytest.mark.guarantee("G8", "convergence")
@pytest.mark.parametrize(
    ("preset", "rows", "columns", "share", "pulses"),
    [("default", 6, 8, 0.99, 6), ("pcm", 4, 16, 0.97, 16), ("crosspoint", 6, 4, 0.97, 20)],
)
def test_presets_are_written_with_their_own_schemes(preset, rows, columns, share, pulses, figure):
    spec = one_tile(preset, rows, columns)
    chip, outcome, _levels = written(spec, seed=3)
    free = ~chip.tiles[0].writer.cells.fixed
    assert outcome.written[free].mean() >= share
    assert outcome.pulses[free].mean() < pulses
    figure("presets", preset, merge="each")
    figure("least share of cells written", float(outcome.written[free].mean()), merge="least")
    figure("pulses a cell, mean", float(outcome.pulses[free].mean()), merge="range")


def test_voltage_ramps_at_a_fixed_gate_take_what_is_published():
    """ISPVA: one gate voltage a level, and SET drives from 0.5 to 2.6 V in steps of 0.1 V."""
    ramp = {"start": 0.5, "stop": 2.6, "step": 0.1}
    gates = {"set": 0.74, "set_top": 1.5}
    write = {
        name: {"drive": ramp, "gate": {"start": gate, "stop": gate}} for name, gate in gates.items()
    }
    spec = one_tile("rram", 2, 16, **write)
    levels = np.random.default_rng(4).integers(1, 16, (2, 33))
    _, outcome, _ = written(spec, levels=levels)
    assert 10 <= outcome.pulses.mean() <= 25


@pytest.mark.parametrize(
    ("levels", "options", "message"),
    [
        (
            np.zeros((3, 4), dtype=int),
            {},
            "levels must be integers of the shape (3, 3), not int64 of (3, 4)",
        ),
        (
            np.zeros((3, 3)),
            {},
            "levels must be integers of the shape (3, 3), not float64 of (3, 3)",
        ),
        (np.full((3, 2), 4), {}, "levels must be from 0 to 3, not 4"),
        (np.full((3, 2), -1), {}, "levels must be from 0 to 3, not -1"),
        (
            np.zeros((3, 2), dtype=int),
            {"trims": np.zeros((2, 2), dtype=int)},
            "trims must be integers of the shape (3, 3), not int64 of (2, 2)",
        ),
    ],
)
def test_levels_that_do_not_fit_are_refused(levels, options, message):
    spec = writable()
    chip = AnalogChip.build(
        spec, [np.zeros((3, 2), dtype=int)], engine="ideal", seed=1, program="fresh"
    )
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        write_array(spec, 0, chip.tiles[0], levels, **options)
