"""The registers of the march test and of the screen, their windows, and what words are made of."""

from ohmloom_analog.level_program import PulsePlan, level_programs, verify_bits, write_spec_of
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.program_registers import cells_per_tile
from ohmloom_hw.register_model import Field, Register, Window

__all__ = [
    "CELLS_PER_WORD",
    "FAULT_BITS",
    "GROUP_ROWS",
    "SUSPECT_WORD",
    "march_registers",
    "march_windows",
    "screen_groups",
    "unpack_faults",
]

FAULT_BITS = 4
"""Bits of a cell in the window FAULTS, those of `CellFault`."""
CELLS_PER_WORD = 32 // FAULT_BITS
"""Cells in a word of the window FAULTS, the first in the low bits."""
GROUP_ROWS = 8
"""Rows that the screen drives at once."""

SUSPECT_WORD = (
    Field(name="code", low=0, width=16, doc="code that was read"),
    Field(name="suspect", low=31, width=1, doc="it is further from that in SIGNATURE than allowed"),
)
"""A line and group of rows in the window SCREEN."""

_CODE = 12
_LOW, _HIGH = 0.25, 0.75
_MOST_PULSES = 16


def screen_groups(spec: ChipSpec) -> int:
    """Return how many groups of rows the screen drives, one after the other."""
    return -(-spec.rows // GROUP_ROWS)


def unpack_faults(spec: ChipSpec, words: list[int]) -> list[list[int]]:
    """Return the bits of `CellFault` of each cell of a tile, (R, lines + 1), the reference last.

    Parameters
    ----------
    words
        The window FAULTS, from its first word.
    """
    mask = (1 << FAULT_BITS) - 1
    cells = [
        (words[number // CELLS_PER_WORD] >> (FAULT_BITS * (number % CELLS_PER_WORD))) & mask
        for number in range(cells_per_tile(spec))
    ]
    share = spec.lines + 1
    return [cells[row * share : (row + 1) * share] for row in range(spec.rows)]


def march_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address.

    Raises
    ------
    SpecError
        Where tile 0 isn't described to be written.
    """
    cell, write = spec.tile_specs[0].cell, write_spec_of(spec, 0)
    programs = level_programs(spec, 0)
    strong_set, strong_reset = programs[-1].set, programs[0].reset
    full = write.headroom * cell.g_max / ((1 << verify_bits(spec)) - 1)
    low, high = (
        round((cell.g_min + share * (cell.g_max - cell.g_min)) / full) for share in (_LOW, _HIGH)
    )
    limits = (
        Field(name="low", low=0, width=_CODE, reset=low, doc="highest code that reads as 0"),
        Field(name="high", low=16, width=_CODE, reset=high, doc="lowest code that reads as 1"),
    )
    pulses = min(write.pulses, _MOST_PULSES)
    widths = (
        Field(name="set", low=0, width=16, reset=strong_set.width.stop, doc="of w1, in cycles"),
        Field(name="reset", low=16, width=16, reset=strong_reset.width.stop, doc="of w0"),
    )
    return (
        Register(
            name="MARCH_LIMITS",
            offset=0x140,
            access="rw",
            fields=limits,
            doc="verify codes that the march test tells 0 and 1 by; low must be below high",
        ),
        Register(
            name="MARCH_PULSES",
            offset=0x144,
            access="rw",
            fields=(Field(name="value", width=8, reset=pulses, doc="the value"),),
            doc="pulses of each write of the march test, at least 1",
        ),
        _drive("MARCH_SET", 0x148, strong_set, "w1, SET pulses"),
        _drive("MARCH_RESET", 0x14C, strong_reset, "w0, RESET pulses"),
        Register(
            name="MARCH_WIDTH",
            offset=0x150,
            access="rw",
            fields=widths,
            doc="length of the pulses of the march test in clock cycles",
        ),
        Register(
            name="SCREEN_LIMIT",
            offset=0x154,
            access="rw",
            fields=(Field(name="value", width=16, reset=1, doc="the value"),),
            doc="by how many codes a column may be off its signature",
        ),
    )


def _drive(name: str, offset: int, pulses: PulsePlan, what: str) -> Register:
    return Register(
        name=name,
        offset=offset,
        access="rw",
        fields=(
            Field(
                name="drive", low=0, width=_CODE, reset=pulses.drive.stop, doc="code of the drivers"
            ),
            Field(name="gate", low=16, width=_CODE, reset=pulses.gate.stop, doc="of the gate"),
        ),
        doc=f"{what} of the march test; at first the strongest that tile 0 is written with",
    )


def march_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    codes = _power_of_two(screen_groups(spec) * spec.lines)
    order = f"one word a line, for each group of {GROUP_ROWS} rows"
    return (
        Window(
            name="FAULTS",
            base=0x1C0000,
            words=_power_of_two(-(-cells_per_tile(spec) // CELLS_PER_WORD)),
            access="ro",
            doc=(
                f"what the last march test found, {CELLS_PER_WORD} cells a word from the low bits: "
                "stuck HRS 0, stuck LRS 1, up transition 2, down transition 3; valid once the test "
                "has come to its end"
            ),
        ),
        Window(
            name="SIGNATURE",
            base=0x200000,
            words=codes,
            access="rw",
            doc=f"codes that the screen expects of a tile, {order}",
        ),
        Window(
            name="SCREEN",
            base=0x240000,
            words=codes,
            access="ro",
            doc=f"what the last screen read, {order}: code 15-0, 31 set where it is suspicious",
        ),
    )


def _power_of_two(words: int) -> int:
    return 1 << (words - 1).bit_length()
