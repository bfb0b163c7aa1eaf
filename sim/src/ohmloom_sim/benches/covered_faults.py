"""Bench over the bus of a chip: faults at its ports and in its memories, and what comes of them."""

from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.exact_reads import inexact_reads
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_sim.benches.covered import CoveredBus, Stage, covered
from ohmloom_sim.benches.covered_registers import check_event
from ohmloom_sim.benches.drawn_networks import DrawnNetwork, draw_network, ideal_arrays
from ohmloom_sim.column_checks import CheckTables, held_weights
from ohmloom_sim.coverage.fault_points import Fate, Fault
from ohmloom_sim.faulty_memory import read_ecc_counters
from ohmloom_sim.faulty_port import FaultyPort

IntArray = NDArray[np.int64]

# It counts what was done, not what was met.
_NOT_MET = "READS"


async def _prepared(stage: Stage) -> tuple[CoveredBus, DrawnNetwork]:
    """Load a network of one layer into a chip, with the tables of its checks."""
    spec = stage.spec
    drawn = draw_network(spec, [spec.data_rows, spec.data_columns], stage.rng, samples=8)
    bus = await stage.bus()
    await bus.load(drawn.mapping.table)
    if spec.defence.checksums:
        # The tables of the other tiles would take most of the time, and none of them is read.
        tables = CheckTables.of(spec, drawn.mapping, average=spec.defence.average)
        for name, words in (("CHECK_WEIGHT", tables.entries[0]), ("CHECK_LIMIT", tables.limits[0])):
            plain = [int(word) & 0xFFFF_FFFF for word in words.ravel()]
            await bus.write(bus.table.window(name).base, plain)
    elif spec.defence.residue:
        await EccDriver(bus, spec).load_residues(held_weights(spec, drawn.mapping).tolist())
    return bus, drawn


async def _fate(bus: CoveredBus, drawn: DrawnNetwork, sample: int) -> Fate:
    """Run a sample whose inputs are loaded, and tell what came of what is wrong."""
    try:
        await bus.run()
    except HardwareError:
        if await bus.read_register("ERROR"):
            return Fate.ENDED
        raise
    results = np.array(await bus.results(0, drawn.mapping.table.outputs))
    off = np.abs(results - drawn.expected.layers[-1][sample])
    right = bool((off <= _tolerance(bus.spec, drawn)).all())
    counted = await read_ecc_counters(bus, bus.spec)
    noticed = any(times for name, times in counted.items() if name != _NOT_MET)
    assert noticed or not right, "a fault must do something"
    if noticed:
        return Fate.CORRECTED if right else Fate.FLAGGED
    return Fate.UNNOTICED


def _tolerance(spec: ChipSpec, drawn: DrawnNetwork) -> int:
    """Return how far a result may be off that was corrected by what others add up to."""
    if not spec.defence.checksums:
        return 0
    bounds = CheckTables.of(spec, drawn.mapping, average=spec.defence.average).bounds
    return int(bounds[0, : spec.defence.block].sum())


def _other_code(spec: ChipSpec, code: int) -> int:
    """Return what a spike makes of a code: one step more where reads are exact, else far off."""
    top = spec.code_maximum
    if inexact_reads(spec) is None and spec.defence.judges and not spec.defence.checksums:
        return code + 1 if code < top else code - 1
    return top if code <= top // 2 else 0


class _OneSpike:
    """An array the first of whose reads goes wrong in one line."""

    def __init__(self, model: Any, spec: ChipSpec, line: int) -> None:
        self._model, self._spec, self._line, self.left = model, spec, line, 1

    def apply(self, codes: IntArray) -> None:
        self._model.apply(codes)

    def convert(self, lines: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        codes, clipped = self._model.convert(lines)
        if self.left and self._line in lines:
            self.left -= 1
            place = int(np.flatnonzero(lines == self._line)[0])
            codes = codes.copy()
            codes[place] = _other_code(self._spec, int(codes[place]))
        return codes, clipped


def _weightiest_line(spec: ChipSpec) -> int:
    """Return the line of the last column in use whose codes count most and add up."""
    pairs = 2 if spec.encoding == "diff_pair" else 1
    return spec.data_columns * spec.lines_per_column - pairs


async def _with_array(stage: Stage, fault: Fault) -> None:
    """Put a fault at a line of tile 0, run a sample, and note what came of it."""
    spec = stage.spec
    line = _weightiest_line(spec)
    bus, drawn = await _prepared(stage)
    tiles: list[Any] = list(ideal_arrays(spec, drawn.mapping).tiles)
    if fault is Fault.SPIKE:
        tiles[0] = _OneSpike(tiles[0], spec, line)
    else:
        tiles[0] = FaultyPort(
            tiles[0], spec=spec, stuck={line: spec.code_maximum}, spikes=0.0, rng=stage.rng
        )
    stage.attach(tiles)
    await bus.clear_counters()
    # A residue may be right by chance, so that a lasting fault is looked at in some samples.
    fate = Fate.UNNOTICED
    for sample in reversed(range(2, len(drawn.inputs)) if spec.defence.judges else (2,)):
        await bus.write_inputs(0, drawn.inputs[sample].tolist())
        fate = await _fate(bus, drawn, sample)
        if fate is not Fate.UNNOTICED:
            break
    stage.note_fault(fault, fate)
    if spec.defence.checksums and fault is Fault.STUCK_LINE:
        counts = await EccDriver(bus, spec).check_counts()
        assert (counts.tile, counts.column) == (0, spec.data_columns - 1)


@cocotb.test()
async def stuck_line_is_met_as_the_defences_say(dut: Any) -> None:
    """A line that always gives its highest code is corrected, flagged, or changes the results."""
    async with covered(dut, "stuck_line_is_met_as_the_defences_say") as stage:
        await _with_array(stage, Fault.STUCK_LINE)


@cocotb.test()
async def spike_is_met_as_the_defences_say(dut: Any) -> None:
    """One wrong read is outvoted, or found and made good, or changes the results."""
    async with covered(dut, "spike_is_met_as_the_defences_say") as stage:
        await _with_array(stage, Fault.SPIKE)


@cocotb.test()
async def sums_that_stay_in_doubt_are_told(dut: Any) -> None:
    """What the checks can't correct raises the event of doubt."""
    async with covered(dut, "sums_that_stay_in_doubt_are_told") as stage:
        spec = stage.spec
        if not spec.defence.judges:
            return
        bus, drawn = await _prepared(stage)
        tiles: list[Any] = list(ideal_arrays(spec, drawn.mapping).tiles)
        if not spec.defence.checksums:
            tiles[0] = FaultyPort(tiles[0], spec=spec, stuck={}, spikes=1.0, rng=stage.rng)
        else:
            limits = CheckTables.of(spec, drawn.mapping, average=spec.defence.average).limits
            # Too much for a good column, too little for one that is told from the others.
            between = int(limits[0, 0, 0] + limits[0, 0, -1]) // 2
            offsets = np.zeros((spec.tiles, spec.columns), dtype=np.int64)
            offsets[0, 0] = -between
            await bus.load_calibration(offsets.tolist(), np.ones(offsets.shape).tolist())
        stage.attach(tiles)
        await bus.write_inputs(0, drawn.inputs[-1].tolist())
        await bus.clear_counters()
        assert await _fate(bus, drawn, -1) is Fate.FLAGGED
        assert await bus.read_register("CHECK_DOUBTFUL") == 1
        await check_event(bus, "doubtful")


@cocotb.test()
async def wrong_bits_of_memories_are_corrected_or_end_the_run(dut: Any) -> None:
    """One wrong bit in a word of the inputs changes nothing; two end the run."""
    async with covered(dut, "wrong_bits_of_memories_are_corrected_or_end_the_run") as stage:
        spec = stage.spec
        if not spec.defence.secded:
            return
        bus, drawn = await _prepared(stage)
        stage.attach(ideal_arrays(spec, drawn.mapping).tiles)
        ecc = EccDriver(bus, spec)
        # The search for wrong bits would meet them before the run does.
        await bus.write_register("ECC_SCRUB", 0)
        sample = drawn.inputs[-1].tolist()
        for fault, bits in ((Fault.WRONG_BIT, (1,)), (Fault.TWO_WRONG_BITS, (1, 2))):
            await bus.write_inputs(0, sample)
            await bus.clear_counters()
            await ecc.inject("INPUT", *bits)
            await bus.write_inputs(0, sample[:4])
            stage.note_fault(fault, await _fate(bus, drawn, -1))
            counts = await ecc.memory_counts()
            assert (counts.injected, counts.memory) == (1, "INPUT")
            assert await bus.read_register("ECC_LAST") >> 30 & 1 == len(bits) - 1
        await bus.read_register("ERROR")
        # A word that stays wrong is met again and again.
        await bus.write_inputs(0, sample)
        await check_event(bus, "memory")
