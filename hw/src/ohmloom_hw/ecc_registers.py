"""Registers, windows and events of what a chip does against errors."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_registers import check_registers, check_windows, reread_register
from ohmloom_hw.register_model import Field, Register, Window
from ohmloom_hw.secded_registers import secded_registers

__all__ = ["ecc_events", "ecc_registers", "ecc_windows"]


def ecc_events(spec: ChipSpec) -> tuple[Field, ...]:
    """Return the fields that IRQ_STATUS and IRQ_ENABLE have besides."""
    events: tuple[Field, ...] = ()
    if spec.ecc is not None and spec.ecc.judges:
        doc = "a step's sums were wrong, and couldn't be corrected"
        events += (Field(name="doubtful", low=5, width=1, doc=doc),)
    if spec.ecc is not None and spec.ecc.secded:
        doc = "a word of a memory had two wrong bits"
        events += (Field(name="memory", low=6, width=1, doc=doc),)
    return events


def ecc_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in no order."""
    registers: tuple[Register, ...] = ()
    if spec.ecc is not None and spec.ecc.secded:
        registers += secded_registers()
    if spec.ecc is not None and spec.ecc.judges:
        registers += (reread_register(spec.ecc.rereads),)
    if spec.ecc is not None and spec.ecc.checksums:
        registers += check_registers()
    return registers


def ecc_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in no order."""
    windows: tuple[Window, ...] = ()
    if spec.ecc is not None and spec.ecc.checksums:
        windows += check_windows(spec)
    return windows
