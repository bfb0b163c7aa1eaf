"""What is sampled at the registers: every bit of every field, windows, events, error codes."""

from collections.abc import Iterable

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.map_registers import has_maps
from ohmloom_hw.program_registers import WriteError
from ohmloom_hw.register_model import Field, Register, RegisterTable, Window
from ohmloom_hw.registers import register_table
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_sim.coverage.points import CoverPoint

__all__ = ["bit_bin", "register_points"]

_NO_WRITES = "its tiles aren't described to be written"
_NO_MAPS = "it has no maps of columns and rows"


def register_points(spec: ChipSpec, features: Features) -> tuple[CoverPoint, ...]:
    """Return the points of the groups 'registers', 'windows' and 'events'.

    Those of registers that other chips have aren't there: what a chip has is its register table.
    """
    table = register_table(spec, features)
    return (
        *(_register(register) for register in table.registers),
        *(_window(window) for window in table.windows),
        *_events(table),
        _run_errors(spec, features),
        _write_errors(features),
    )


def bit_bin(field: Field, bit: int, value: int) -> str:
    """Return the bin of one bit of a field, by its place in the field."""
    name = field.name if field.width == 1 else f"{field.name}[{bit}]"
    return f"{name} {value}"


def _register(register: Register) -> CoverPoint:
    docs = {
        "constant": "read as what it is built with",
        "ro": "read, and flags as 0 and as 1",
        "rw": "each bit read back as 0 and as 1 after it was written so",
        "strobe": "written with a bit set",
        "clear": "read as 0 and as 1, and cleared",
    }
    return CoverPoint.of(
        "registers", register.name, docs[register.access], list(_field_bins(register))
    )


def _field_bins(register: Register) -> Iterable[str]:
    for field in register.fields:
        if register.access == "rw":
            for bit in range(field.width):
                yield bit_bin(field, bit, 0)
                yield bit_bin(field, bit, 1)
        elif register.access == "strobe":
            yield f"{field.name} written"
        elif register.access == "clear":
            yield from (f"{field.name} 0", f"{field.name} 1", f"{field.name} cleared")
        elif register.access == "ro" and field.width == 1:
            yield from (f"{field.name} 0", f"{field.name} 1")
        else:
            yield f"{field.name} read"


def _window(window: Window) -> CoverPoint:
    bins = ("read", "written") if window.access == "rw" else ("read",)
    return CoverPoint.of("windows", window.name, "accesses to its words", bins)


def _events(table: RegisterTable) -> tuple[CoverPoint, ...]:
    names = [field.name for field in table.register("IRQ_STATUS").fields]
    return (
        CoverPoint.of("events", "interrupt", "events that have raised the interrupt line", names),
    )


def _run_errors(spec: ChipSpec, features: Features) -> CoverPoint:
    maps = None if has_maps(spec, features) else _NO_MAPS
    absent = {
        ErrorCode.WRITING: None if features.writes else _NO_WRITES,
        ErrorCode.NOT_INJECTIVE: maps,
        ErrorCode.COLUMN_MISSING: maps,
        ErrorCode.MEMORY: None if spec.defence.secded else "its memories aren't corrected",
    }
    return CoverPoint.of(
        "events",
        "run error",
        "codes in ERROR",
        [code.name for code in ErrorCode],
        absent={code.name: why for code, why in absent.items()},
    )


def _write_errors(features: Features) -> CoverPoint:
    names = [code.name for code in WriteError]
    absent: dict[str, str | None] = dict.fromkeys(names, None if features.writes else _NO_WRITES)
    if features.writes:
        absent["NOT_INJECTIVE"] = "no job goes through maps"
        absent["NOT_BUILT"] = "it is built for every job that it knows"
    return CoverPoint.of("events", "write error", "codes in WRITE_ERROR", names, absent=absent)
