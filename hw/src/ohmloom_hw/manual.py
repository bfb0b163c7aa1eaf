"""The manual of the registers: Markdown, plain data and a C header, all made from the table."""

from collections.abc import Sequence
from typing import Any

from ohmloom_hw.program_registers import LEVEL_WORDS, WRITE_ERROR_MEANINGS, WriteError
from ohmloom_hw.register_model import Field, Register, RegisterTable, Window
from ohmloom_hw.run_errors import ERROR_MEANINGS, ErrorCode
from ohmloom_hw.spiking.neuron_words import NEURON_WORDS
from ohmloom_hw.step_words import STEP_WORDS

__all__ = ["manual_data", "manual_header", "manual_markdown"]

_ACCESS = {
    "constant": "read, constant",
    "ro": "read",
    "rw": "read, write",
    "strobe": "write; reads as 0",
    "clear": "read; write 1 to clear",
}


def manual_data(table: RegisterTable) -> dict[str, Any]:
    """Return the table as plain data, ready for JSON."""
    return {
        "registers": [
            {
                "name": register.name,
                "offset": register.offset,
                "access": register.access,
                "reset": register.reset,
                "doc": register.doc,
                "fields": [_field_data(field) for field in register.fields],
            }
            for register in table.registers
        ],
        "windows": [
            {
                "name": window.name,
                "base": window.base,
                "words": window.words,
                "access": window.access,
                "doc": window.doc,
            }
            for window in table.windows
        ],
        "step_words": _words_data(STEP_WORDS),
        **({"neuron_words": _words_data(NEURON_WORDS)} if _spikes(table) else {}),
        "errors": {code.name: code.value for code in ErrorCode},
        **(
            {
                "level_words": _words_data(LEVEL_WORDS),
                "write_errors": {code.name: code.value for code in WriteError},
            }
            if _writes(table)
            else {}
        ),
    }


def manual_markdown(table: RegisterTable) -> str:
    """Return the manual to be read."""
    lines = [
        "# Registers",
        "",
        "Words have 32 bits; addresses are those of bytes. An address that isn't listed, one that",
        "isn't a multiple of 4, a write to what can only be read, and a window while a run is busy",
        "are refused with a bus error, and nothing happens; windows of events are open then too.",
        "Bits that aren't listed read as 0.",
        "",
        "| address | name | access | bits | field | reset | meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    for register in table.registers:
        lines += _register_rows(register)
    lines += ["", "# Windows", "", "| addresses | name | words | access | meaning |"]
    lines += ["|---|---|---|---|---|"]
    lines += [_window_row(window) for window in table.windows]
    lines += _words("step", STEP_WORDS)
    lines += _words("neuron", NEURON_WORDS) if _spikes(table) else []
    lines += ["", "# Error codes", "", "| code | name | meaning |", "|---|---|---|"]
    lines += [f"| {code.value} | {code.name} | {ERROR_MEANINGS[code]} |" for code in ErrorCode]
    lines += _writing() if _writes(table) else []
    return "\n".join(lines) + "\n"


def manual_header(table: RegisterTable) -> str:
    """Return a C header with addresses, reset values, masks and shifts."""
    lines = ["#ifndef OHMLOOM_REGISTERS_H", "#define OHMLOOM_REGISTERS_H", ""]
    for register in table.registers:
        lines += [
            f"#define OHMLOOM_{register.name} {register.offset:#08x}u",
            f"#define OHMLOOM_{register.name}_RESET {register.reset:#010x}u",
        ]
        for field in register.fields:
            if field.name != "value":
                name = f"OHMLOOM_{register.name}_{field.name.upper()}"
                mask = ((1 << field.width) - 1) << field.low
                lines += [f"#define {name}_SHIFT {field.low}", f"#define {name}_MASK {mask:#010x}u"]
    for window in table.windows:
        lines += [
            f"#define OHMLOOM_{window.name} {window.base:#08x}u",
            f"#define OHMLOOM_{window.name}_WORDS {window.words}u",
        ]
    lines += [f"#define OHMLOOM_ERROR_{code.name} {code.value}u" for code in ErrorCode]
    if _writes(table):
        lines += [f"#define OHMLOOM_WRITE_ERROR_{code.name} {code.value}u" for code in WriteError]
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _writes(table: RegisterTable) -> bool:
    return any(register.name == "WRITE_ERROR" for register in table.registers)


def _spikes(table: RegisterTable) -> bool:
    return any(window.name == "NEURON" for window in table.windows)


def _words(what: str, words: Sequence[Sequence[Field]]) -> list[str]:
    head = [
        "",
        f"# Words of a {what}",
        "",
        "| word | bits | field | meaning |",
        "|---|---|---|---|",
    ]
    return head + [
        f"| {number} | {_bits(field)} | {field.name} | {field.doc} |"
        for number, fields in enumerate(words)
        for field in fields
    ]


def _writing() -> list[str]:
    lines = [
        *_words("level", LEVEL_WORDS),
        "",
        "# Error codes of jobs on cells",
        "",
        "| code | name | meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| {code.value} | {code.name} | {WRITE_ERROR_MEANINGS[code]} |" for code in WriteError
    ]
    return lines


def _words_data(words: Sequence[Sequence[Field]]) -> list[list[dict[str, Any]]]:
    return [[_field_data(field) for field in fields] for fields in words]


def _field_data(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "low": field.low,
        "width": field.width,
        "reset": field.reset,
        "doc": field.doc,
    }


def _register_rows(register: Register) -> list[str]:
    head = f"| {register.offset:#05x} | {register.name} | {_ACCESS[register.access]} |"
    rows = []
    for field in register.fields:
        whole = field.name == "value"
        name, doc = ("", register.doc) if whole else (field.name, field.doc)
        rows.append(f"{head} {_bits(field)} | {name} | {field.reset:#x} | {doc} |")
        head = "| | | |"
    return rows


def _window_row(window: Window) -> str:
    addresses = f"{window.base:#08x} to {window.end - 4:#08x}"
    access = _ACCESS[window.access]
    return f"| {addresses} | {window.name} | {window.words} | {access} | {window.doc} |"


def _bits(field: Field) -> str:
    return str(field.low) if field.width == 1 else f"{field.high}:{field.low}"
