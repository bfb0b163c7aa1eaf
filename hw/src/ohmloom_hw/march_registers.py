"""The registers of the march test and of the screen, their windows, and what words are made of."""

from ohmloom_analog.level_program import level_programs, target_code, write_spec_of
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.program_registers import cells_per_tile
from ohmloom_hw.register_model import Field, Register, Window, power_of_two, value_fields

__all__ = [
    "CELLS_PER_WORD",
    "FAULT_BITS",
    "GROUP_ROWS",
    "SUSPECT_WORD",
    "march_registers",
    "march_values",
    "march_windows",
    "screen_groups",
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


def march_values(spec: ChipSpec, tile: int) -> dict[str, dict[str, int]]:
    """Return what suits a tile, by register and field: the strongest pulses it is written with.

    0 is told from 1 at a quarter and at three quarters of the way from its lowest to its highest
    conductance.

    Raises
    ------
    SpecError
        Where the tile isn't described to be written.
    """
    cell, write = spec.tile_specs[tile].cell, write_spec_of(spec, tile)
    programs = level_programs(spec, tile)
    strong_set, strong_reset = programs[-1].set, programs[0].reset
    low, high = (
        target_code(spec, tile, cell.g_min + share * (cell.g_max - cell.g_min))
        for share in (_LOW, _HIGH)
    )
    return {
        "MARCH_LIMITS": {"low": low, "high": high},
        "MARCH_PULSES": {"value": min(write.pulses, _MOST_PULSES)},
        "MARCH_SET": {"drive": strong_set.drive.stop, "gate": strong_set.gate.stop},
        "MARCH_RESET": {"drive": strong_reset.drive.stop, "gate": strong_reset.gate.stop},
        "MARCH_WIDTH": {"set": strong_set.width.stop, "reset": strong_reset.width.stop},
    }


def march_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address; at first they suit tile 0.

    Raises
    ------
    SpecError
        Where tile 0 isn't described to be written.
    """
    value = ((0, 8, "value", "the value"),)
    drive = ((0, _CODE, "drive", "of the drivers"), (16, _CODE, "gate", "of the gate"))
    fields = {
        "MARCH_LIMITS": (
            (0, _CODE, "low", "highest code that reads as 0"),
            (16, _CODE, "high", "lowest code that reads as 1"),
        ),
        "MARCH_PULSES": value,
        "MARCH_SET": drive,
        "MARCH_RESET": drive,
        "MARCH_WIDTH": ((0, 16, "set", "of SET pulses"), (16, 16, "reset", "of RESET pulses")),
    }
    docs = {
        "MARCH_LIMITS": "verify codes that the march test tells 0 and 1 by; low is below high",
        "MARCH_PULSES": "pulses of each write of the march test, at least 1",
        "MARCH_SET": "codes of the SET pulses of the march test",
        "MARCH_RESET": "codes of the RESET pulses of the march test",
        "MARCH_WIDTH": "length of the pulses of the march test in clock cycles",
    }
    suited = march_values(spec, 0)
    registers = tuple(
        Register(
            name=name,
            offset=0x140 + 4 * place,
            access="rw",
            fields=tuple(
                Field(name=field, low=low, width=width, reset=suited[name][field], doc=doc)
                for low, width, field, doc in fields[name]
            ),
            doc=docs[name],
        )
        for place, name in enumerate(fields)
    )
    limit = Register(
        name="SCREEN_LIMIT",
        offset=0x154,
        access="rw",
        fields=value_fields(width=16, reset=1),
        doc="by how many codes a line may be off its signature",
    )
    return (*registers, limit)


def march_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    codes = power_of_two(screen_groups(spec) * spec.lines)
    order = f"one word a line, for each group of {GROUP_ROWS} rows"
    return (
        Window(
            name="FAULTS",
            base=0x1C0000,
            words=power_of_two(-(-cells_per_tile(spec) // CELLS_PER_WORD)),
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
