"""The registers of write-verify, its windows, and what their words are made of.

A cell's number is row x (lines + 1) + line, the reference line being the last line.
"""

import enum
from collections.abc import Sequence

from ohmloom_analog.errors import SpecError
from ohmloom_analog.level_program import write_spec_of, write_timing
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.register_model import Field, Register, Window, counters, power_of_two, value_fields

__all__ = [
    "FAILURE_WORD",
    "FORM_KEY",
    "KEPT_FAILURES",
    "LEVEL_WORDS",
    "PLAN_WORDS",
    "TARGET_HALF",
    "WEAR_WORD",
    "WORDS_PER_LEVEL",
    "WRITE_ERROR_MEANINGS",
    "WRITE_KEY",
    "WRITTEN_WORD",
    "WriteError",
    "cells_per_tile",
    "form_entry",
    "program_registers",
    "program_windows",
    "write_events",
]

WRITE_KEY = 0x57524954
"""Content of WRITE_KEY that arms writing: "WRIT"."""
FORM_KEY = 0x464F524D
"""Content of WRITE_KEY that arms forming, and writing too: "FORM"."""

WORDS_PER_LEVEL = 16
"""Words of the window LEVELS for each level."""
KEPT_FAILURES = 32
"""Cells that the window FAILURES names."""

_MOST_CELLS = 0x10000
_CODE = 12


class WriteError(enum.IntEnum):
    """Why a job ended before its last cell; content of WRITE_ERROR."""

    NONE = 0
    ABORTED = 1
    HOST_LOST = 2
    INTERLOCK = 3
    READ_TIMEOUT = 4
    PROTOCOL = 5
    BAD_RANGE = 6
    NOT_INJECTIVE = 7
    RUN_BUSY = 8
    BAD_LEVEL = 9
    NOT_BUILT = 10


WRITE_ERROR_MEANINGS = {
    WriteError.NONE: "no error",
    WriteError.ABORTED: "WRITE_CTRL.abort or CTRL.abort was written",
    WriteError.HOST_LOST: "the host accessed nothing for HOST_TIMEOUT clock cycles",
    WriteError.INTERLOCK: "the pin write_enable is low, or WRITE_KEY doesn't hold the job's key",
    WriteError.READ_TIMEOUT: "a conversion of a verify read took longer than TIMEOUT",
    WriteError.PROTOCOL: "an array answered without being asked",
    WriteError.BAD_RANGE: "WRITE_TILE, WRITE_FIRST and WRITE_LAST name cells that aren't there",
    WriteError.NOT_INJECTIVE: "two columns or rows of a map share a place",
    WriteError.RUN_BUSY: "the step table is being run",
    WriteError.BAD_LEVEL: "a target names a level beyond the last",
    WriteError.NOT_BUILT: "the chip isn't built for this kind of job",
}
"""What each error code says, for the manual."""


def _plan_words(name: str) -> tuple[tuple[Field, ...], ...]:
    def code(low: int, what: str) -> Field:
        name_of = what.replace(" ", "_")
        return Field(name=name_of, low=low, width=_CODE, doc=f"{name}: {what}, a code")

    def cycles(low: int, what: str) -> Field:
        name_of = what.replace(" ", "_")
        return Field(name=name_of, low=low, width=16, doc=f"{name}: {what}, in clock cycles")

    return (
        (code(0, "drive start"), code(16, "drive stop")),
        (code(0, "drive step"), code(16, "gate start")),
        (code(0, "gate stop"), code(16, "gate step")),
        (cycles(0, "width start"), cycles(16, "width stop")),
        (
            cycles(0, "width step"),
            Field(
                name="order",
                low=16,
                width=3,
                doc=f"{name}: what grows first to last: 0 dgw, 1 dwg, 2 gdw, 3 gwd, 4 wdg, 5 wgd",
            ),
            Field(
                name="restart",
                low=19,
                width=1,
                doc=f"{name}: what grew before starts anew when the next grows",
            ),
        ),
    )


PLAN_WORDS = _plan_words("pulses")
"""The words of the pulses of one direction."""

LEVEL_WORDS: tuple[tuple[Field, ...], ...] = (
    (Field(name="target", low=0, width=_CODE, doc="verify code that is wanted"),),
    (
        Field(name="below", low=0, width=_CODE, doc="how far a code may be below it"),
        Field(name="above", low=16, width=_CODE, doc="how far a code may be above it"),
    ),
    *_plan_words("SET"),
    *_plan_words("RESET"),
)
"""The words of a level in the window LEVELS; the others have no meaning."""

TARGET_HALF = (
    Field(name="level", low=0, width=8, doc="level that is wanted"),
    Field(name="trim", low=8, width=7, doc="added to the level's verify code, signed"),
    Field(name="locked", low=15, width=1, doc="the cell gets no pulse"),
)
"""A cell in the window TARGET, of two in a word, the even one in the low bits."""

WRITTEN_WORD = (
    Field(name="code", low=0, width=_CODE, doc="the last read"),
    Field(name="pulses", low=12, width=8, doc="pulses given"),
    Field(name="flips", low=20, width=6, doc="changes of direction"),
    Field(name="relapsed", low=26, width=1, doc="it had moved after the relaxation time"),
    Field(
        name="status",
        low=29,
        width=3,
        doc=", ".join(f"{status.value} {status.name.lower()}" for status in WriteStatus),
    ),
)
"""A cell in the window WRITTEN."""

WEAR_WORD = (
    Field(name="set", low=0, width=16, doc="SET and forming pulses, at most 65535"),
    Field(name="reset", low=16, width=16, doc="RESET pulses, at most 65535"),
)
"""A cell in the window WEAR."""

FAILURE_WORD = (
    Field(name="row", low=0, width=12, doc="word line"),
    Field(name="line", low=12, width=12, doc="bit line"),
    Field(name="tile", low=24, width=8, doc="tile"),
)
"""A cell in the window FAILURES."""


def cells_per_tile(spec: ChipSpec) -> int:
    """Return the number of cells of a tile, those of the reference line too."""
    return spec.rows * (spec.lines + 1)


def form_entry(spec: ChipSpec) -> int:
    """Return the place of forming in the window LEVELS: that after the last level of any tile."""
    return max(tile.cell.levels for tile in spec.tile)


def write_events() -> tuple[Field, ...]:
    """Return the fields that IRQ_STATUS and IRQ_ENABLE have besides."""
    return (
        Field(name="written", low=3, width=1, doc="a job on cells came to its end"),
        Field(
            name="write_failed",
            low=4,
            width=1,
            doc="a job on cells ended with an error, or a cell was given up",
        ),
    )


def program_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address.

    Raises
    ------
    SpecError
        Where tile 0 isn't described to be written, or a time is longer than its register.
    """
    return (*_job(), *_place(spec), *_timing(spec), *_counters())


def program_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address.

    Raises
    ------
    SpecError
        Where a tile has more cells than they span.
    """
    cells = cells_per_tile(spec)
    if cells > _MOST_CELLS:
        msg = f"a tile must have at most {_MOST_CELLS} cells to be written, not {cells}"
        raise SpecError(msg)
    return (
        Window(
            name="LEVELS",
            base=0x0E0000,
            words=power_of_two(WORDS_PER_LEVEL * (form_entry(spec) + 1)),
            access="rw",
            doc=f"pulses of each level, {WORDS_PER_LEVEL} words each; entry {form_entry(spec)} is "
            "that of forming, of which target, below and the SET pulses count",
        ),
        Window(
            name="FAILURES",
            base=0x0F0000,
            words=KEPT_FAILURES,
            access="ro",
            doc=f"the first {KEPT_FAILURES} cells that the last job gave up: "
            f"{_parts(FAILURE_WORD)}",
        ),
        Window(
            name="TARGET",
            base=0x100000,
            words=power_of_two(-(-cells // 2)),
            access="rw",
            doc="what the cells of a tile are to become, two cells a word, the even one in the "
            f"low bits: {_parts(TARGET_HALF)}",
        ),
        Window(
            name="WRITTEN",
            base=0x140000,
            words=power_of_two(cells),
            access="rw",
            doc=f"what became of the cells of a tile, one a word: {_parts(WRITTEN_WORD)}; one that "
            "was given up gets no pulse until its word is cleared",
        ),
        Window(
            name="WEAR",
            base=0x180000,
            words=power_of_two(cells),
            access="ro",
            doc="pulses that the cells of tile WRITE_TILE have got since power-up, one a word: "
            f"{_parts(WEAR_WORD)}",
        ),
    )


def _parts(fields: Sequence[Field]) -> str:
    return ", ".join(f"{field.name} {field.low}-{field.high} ({field.doc})" for field in fields)


def _job() -> tuple[Register, ...]:
    strobes = (
        Field(name="start", low=0, width=1, doc="write and verify the cells; ignored while busy"),
        Field(name="form", low=1, width=1, doc="form the cells; ignored while busy"),
        Field(name="march", low=2, width=1, doc="test the cells; ignored while busy"),
        Field(name="abort", low=3, width=1, doc="end the job, with all voltages off"),
        Field(name="screen", low=4, width=1, doc="look for bad columns; ignored while busy"),
    )
    status = (
        Field(name="busy", low=0, width=1, doc="a job is under way"),
        Field(name="done", low=1, width=1, doc="the last job came to its end"),
        Field(name="error", low=2, width=1, doc="the last job ended with an error"),
        Field(name="armed", low=3, width=1, doc="WRITE_KEY holds a key"),
        Field(name="enabled", low=4, width=1, doc="the pin write_enable is high"),
        Field(name="forming", low=5, width=1, doc="WRITE_KEY holds the key of forming"),
    )
    error = (Field(name="code", low=0, width=8, doc="the error code, 0 for none"),)
    keys = f"{WRITE_KEY:#010x} arms writing, {FORM_KEY:#010x} forming too, all else disarms"
    return (
        Register(
            name="WRITE_CTRL",
            offset=0x100,
            access="strobe",
            fields=strobes,
            doc="jobs on the cells from WRITE_FIRST to WRITE_LAST of WRITE_TILE",
        ),
        Register(
            name="WRITE_STATUS", offset=0x104, access="ro", fields=status, doc="state of the job"
        ),
        Register(
            name="WRITE_ERROR", offset=0x108, access="ro", fields=error, doc="error of the job"
        ),
        Register(name="WRITE_KEY", offset=0x10C, access="rw", fields=value_fields(), doc=keys),
    )


def _cell(row: int = 0, line: int = 0) -> tuple[Field, ...]:
    return (
        Field(name="row", low=0, width=16, reset=row, doc="word line"),
        Field(name="line", low=16, width=16, reset=line, doc="bit line, the reference line last"),
    )


def _place(spec: ChipSpec) -> tuple[Register, ...]:
    last = _cell(spec.rows - 1, spec.lines)
    return (
        Register(
            name="WRITE_TILE",
            offset=0x110,
            access="rw",
            fields=value_fields(width=8),
            doc="tile of the job, and of WEAR",
        ),
        Register(
            name="WRITE_FIRST", offset=0x114, access="rw", fields=_cell(), doc="one corner of it"
        ),
        Register(
            name="WRITE_LAST",
            offset=0x118,
            access="rw",
            fields=last,
            doc="the opposite corner, inclusive",
        ),
        Register(
            name="WRITE_PLACE", offset=0x12C, access="ro", fields=_cell(), doc="the cell at work"
        ),
    )


def _timing(spec: ChipSpec) -> tuple[Register, ...]:
    write, timing = write_spec_of(spec, 0), write_timing(spec, 0)
    for name, cycles, bits in (
        ("rail_time", timing.rail, 16),
        ("discharge_time", timing.discharge, 16),
        ("relax_time", timing.relax, 32),
    ):
        if cycles >= 1 << bits:
            msg = f"write.{name} must be below 2^{bits} clock cycles, not {cycles}"
            raise SpecError(msg)
    average = write.average.bit_length() - 1
    relax = int(timing.relax > 0)
    limits = (
        Field(name="pulses", low=0, width=8, reset=write.pulses, doc="pulses of a cell at most"),
        Field(name="flips", low=8, width=6, reset=write.flips, doc="changes of direction at most"),
        Field(
            name="confirm",
            low=16,
            width=5,
            reset=write.confirm,
            doc="reads in a row that must be good",
        ),
        Field(name="average", low=24, width=3, reset=average, doc="2^n conversions make a read"),
        Field(name="by_line", low=28, width=1, doc="cells line by line, not row by row"),
        Field(name="relax", low=29, width=1, reset=relax, doc="good cells are read again later"),
    )
    return (
        Register(
            name="WRITE_LIMITS",
            offset=0x11C,
            access="rw",
            fields=limits,
            doc="when a cell is good, and when it is given up",
        ),
        Register(
            name="WRITE_RAIL",
            offset=0x120,
            access="rw",
            fields=value_fields(width=16, reset=timing.rail),
            doc="clock cycles from the switching of the lines to a pulse or a read, at least 1",
        ),
        Register(
            name="WRITE_DISCHARGE",
            offset=0x124,
            access="rw",
            fields=value_fields(width=16, reset=timing.discharge),
            doc="clock cycles from the end of a pulse to the next switching, at least 1",
        ),
        Register(
            name="WRITE_RELAX",
            offset=0x128,
            access="rw",
            fields=value_fields(reset=timing.relax),
            doc="clock cycles from the last read of a good cell to its check",
        ),
    )


def _counters() -> tuple[Register, ...]:
    meanings = (
        ("WRITE_PULSES", "pulses of the last job"),
        ("WRITE_READS", "verify reads of the last job"),
        ("WRITE_CELLS", "cells that the last job has done with, also those it left alone"),
        ("WRITE_FAILURES", "cells that the last job gave up"),
    )
    return counters(0x130, meanings)
