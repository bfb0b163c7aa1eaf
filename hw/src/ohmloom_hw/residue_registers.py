"""Registers and window of residue checks."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.residue import ResidueCode
from ohmloom_hw.register_model import Register, Window, counters, power_of_two, value_fields

__all__ = ["residue_registers", "residue_windows"]


def residue_registers() -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    return (
        Register(
            name="RESIDUE_ON",
            offset=0x1A8,
            access="rw",
            fields=value_fields(width=1, reset=0),
            doc="whether sums are checked, for which RESIDUE must hold what the weights leave",
        ),
        *counters(
            0x1AC, (("RESIDUE_FLAGGED", "sums that left another remainder, since CTRL.clear"),)
        ),
    )


def residue_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    code = ResidueCode.of(spec)
    return (
        Window(
            name="RESIDUE",
            base=0x260000,
            words=power_of_two(spec.tiles * spec.columns * spec.rows),
            access="rw",
            doc=(
                "one word a tile, column and row: what the weight, as it is stored, leaves by "
                f"{code.modulus} ({code.bits} bits)"
            ),
        ),
    )
