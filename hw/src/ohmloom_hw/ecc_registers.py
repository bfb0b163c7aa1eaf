"""Registers, windows and events of what a chip does against errors."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.an_registers import an_registers
from ohmloom_hw.check_registers import check_registers, check_windows, reread_registers
from ohmloom_hw.correction_registers import correction_registers, correction_windows
from ohmloom_hw.register_model import Field, Register, Window
from ohmloom_hw.residue_registers import residue_registers, residue_windows
from ohmloom_hw.secded_registers import secded_registers

__all__ = ["ecc_events", "ecc_registers", "ecc_windows"]


def ecc_events(spec: ChipSpec) -> tuple[Field, ...]:
    """Return the fields that IRQ_STATUS and IRQ_ENABLE have besides."""
    events: tuple[Field, ...] = ()
    if spec.defence.judges:
        doc = "a step's sums were wrong, and couldn't be corrected"
        events += (Field(name="doubtful", low=5, width=1, doc=doc),)
    if spec.defence.secded:
        doc = "a word of a memory had two wrong bits"
        events += (Field(name="memory", low=6, width=1, doc=doc),)
    return events


def ecc_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in no order."""
    registers: tuple[Register, ...] = ()
    if spec.defence.secded:
        registers += secded_registers()
    if spec.defence.judges:
        registers += reread_registers(spec.defence.rereads)
    if spec.defence.an != "none":
        registers += an_registers()
    if spec.defence.residue:
        registers += residue_registers()
    if spec.defence.checksums:
        registers += check_registers()
    return (*registers, *correction_registers(spec))


def ecc_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in no order."""
    windows: tuple[Window, ...] = ()
    if spec.defence.checksums:
        windows += check_windows(spec)
    if spec.defence.residue:
        windows += residue_windows(spec)
    return (*windows, *correction_windows(spec))
