"""Counters, scrubbing and injection of the corrected memories of a core."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from ohmloom_hw.corrected_memory import FLIP_BITS, CorrectedMemory, mark_needed
from ohmloom_hw.counting import count_several
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.secded_registers import MEMORY_NAMES
from ohmloom_hw.stations import Stations

__all__ = ["attach_secded", "corrected_memories"]

# Only the host takes what is in them; it is told by a counter and the interrupt.
_NOT_TAKEN = ("RESULT", "COLUMN_CLIPPED")


def corrected_memories(
    stations: Stations, tables: Mapping[str, Any]
) -> Mapping[str, CorrectedMemory]:
    """Return the corrected memories of a core by their names.

    Parameters
    ----------
    tables
        Memories of what else is built, by their names.
    """
    found: dict[str, Any] = {
        "INPUT": stations.inputs.memory,
        "STEP": stations.steps.memory,
        "SUMS": stations.shift_add.sums,
        "OFFSET": stations.calibration.offsets,
        "GAIN": stations.calibration.gains,
        "TOTALS": stations.columns.totals,
        "BIAS": stations.biases.memory,
        "RESULT": stations.results.memory,
    }
    if stations.maps is not None:
        found["COLUMN_MAP"] = stations.maps.columns_memory.memory
        found["ROW_MAP"] = stations.maps.rows_memory.memory
    found |= tables
    return {name: memory for name, memory in found.items() if isinstance(memory, CorrectedMemory)}


def attach_secded(
    m: Module,
    registers: RegisterFile,
    stations: Stations,
    memories: Mapping[str, CorrectedMemory],
) -> Value:
    """Build it.

    Parameters
    ----------
    memories
        See `corrected_memories`.

    Returns
    -------
    Value
        One cycle: a memory met a word with two wrong bits.
    """
    armed = _inject(m, registers, memories)
    pace, scrub = Signal(24), Signal(name="scrub_now")
    period = registers.w_ecc_scrub
    m.d.comb += scrub.eq((period != 0) & (pace >= period - 1))
    m.d.sync += pace.eq(pace + 1)
    with m.If(scrub | (period == 0)):
        m.d.sync += pace.eq(0)
    fixed = Cat(memory.fixed for memory in memories.values())
    failed = Cat(memory.failed for memory in memories.values())
    wrong = Cat(memory.wrong for name, memory in memories.items() if name not in _NOT_TAKEN)
    for name, memory in memories.items():
        m.d.comb += [
            memory.scrub.eq(scrub),
            memory.armed.eq(armed[name]),
        ]
    # Before the sums are cleared, what they hold is of the last step.
    mark_needed(m, stations.shift_add.sums, Cat(stations.sequencer.at_sums).any())
    m.d.comb += stations.sequencer.broken.eq(wrong.any())
    clear = registers.w_ctrl.clear
    count_several(m, registers.r_ecc_fixed, fixed, clear)
    count_several(m, registers.r_ecc_failed, failed, clear)
    count_several(m, registers.r_ecc_injected, Cat(x.injected for x in memories.values()), clear)
    last = Signal.like(registers.r_ecc_last, name="last_wrong")
    m.d.comb += registers.r_ecc_last.eq(last)
    with m.If(clear):
        m.d.sync += last.eq(0)
    for name, memory in memories.items():
        with m.If(memory.fixed | memory.failed):
            m.d.sync += [
                last.seen.eq(1),
                last.failed.eq(memory.failed),
                last.memory.eq(MEMORY_NAMES.index(name)),
                last.place.eq(memory.place),
            ]
    return failed.any()


def _inject(
    m: Module, registers: RegisterFile, memories: Mapping[str, CorrectedMemory]
) -> Mapping[str, Signal]:
    """Keep what is to be injected until its memory is written; return who is armed."""
    flips = Signal(FLIP_BITS)
    asked = registers.w_ecc_inject
    with m.If(asked.arm):
        m.d.sync += flips.eq((1 << asked.first)[:FLIP_BITS] | (1 << asked.second)[:FLIP_BITS])
    armed = {}
    for name, memory in memories.items():
        armed[name] = waiting = Signal(name=f"armed_{name.lower()}")
        m.d.comb += memory.flips.eq(flips)
        with m.If(asked.arm):
            m.d.sync += waiting.eq(asked.memory == MEMORY_NAMES.index(name))
        with m.Elif(memory.injected):
            m.d.sync += waiting.eq(0)
    return armed
