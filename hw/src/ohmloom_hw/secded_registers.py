"""Registers of the corrected memories: what they met, their pace, wrong bits on purpose."""

from ohmloom_hw.register_model import Field, Register, counters, value_fields

__all__ = ["MEMORY_NAMES", "SCRUB_CYCLES", "secded_registers"]

MEMORY_NAMES = (
    "INPUT",
    "STEP",
    "SUMS",
    "OFFSET",
    "GAIN",
    "TOTALS",
    "BIAS",
    "RESULT",
    "COLUMN_MAP",
    "ROW_MAP",
    "CHECK_WEIGHT",
    "CHECK_LIMIT",
    "VALUES",
    "ROW_SCALE",
    "COLUMN_CLIPPED",
    "RESIDUE",
)
"""The memories by their number; a chip may lack some."""

SCRUB_CYCLES = 4096
"""Clock cycles from one word to the next after reset."""

_NUMBERS = ", ".join(f"{number} {name}" for number, name in enumerate(MEMORY_NAMES))


def secded_registers() -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    last = (
        Field(name="place", low=0, width=16, doc="word of that memory"),
        Field(name="memory", low=16, width=5, doc=f"which: {_NUMBERS}"),
        Field(name="failed", low=30, width=1, doc="it had two wrong bits, else one"),
        Field(name="seen", low=31, width=1, doc="there was one at all"),
    )
    inject = (
        Field(name="memory", low=0, width=5, doc=f"which: {_NUMBERS}"),
        Field(name="first", low=8, width=7, doc="bit of its codewords that is turned round"),
        Field(name="second", low=16, width=7, doc="another one; the same for none"),
        Field(name="arm", low=31, width=1, doc="the next write to the memory is wrong so"),
    )
    return (
        *counters(
            0x160,
            (
                (
                    "ECC_FIXED",
                    "words of memories met with one wrong bit, and corrected, since CTRL.clear",
                ),
                ("ECC_FAILED", "words of memories met with two wrong bits, since CTRL.clear"),
            ),
        ),
        Register(
            name="ECC_LAST",
            offset=0x168,
            access="ro",
            fields=last,
            doc="the last word that was met with a wrong bit, since CTRL.clear",
        ),
        Register(
            name="ECC_SCRUB",
            offset=0x16C,
            access="rw",
            fields=value_fields(width=24, reset=SCRUB_CYCLES),
            doc="clock cycles from one word to the next that every idle memory is looked through "
            "with; 0 for never",
        ),
        Register(
            name="ECC_INJECT",
            offset=0x170,
            access="strobe",
            fields=inject,
            doc="wrong bits on purpose, to try what corrects them",
        ),
        *counters(
            0x174, (("ECC_INJECTED", "writes that were made wrong on purpose, since CTRL.clear"),)
        ),
    )
