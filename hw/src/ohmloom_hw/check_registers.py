"""Registers and windows of the checksums of columns."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.register_model import Field, Register, Window, counters, power_of_two, value_fields

__all__ = ["check_registers", "check_windows", "reread_registers"]


def reread_registers(rereads: int) -> tuple[Register, ...]:
    """Return the registers of steps that are read again in doubt, in order of address.

    Parameters
    ----------
    rereads
        After reset.
    """
    return (
        Register(
            name="REREADS",
            offset=0x180,
            access="rw",
            fields=value_fields(width=3, reset=rereads),
            doc="how often a step is read again at most where its sums are in doubt",
        ),
        *counters(
            0x18C,
            (
                ("CHECK_REREAD", "steps that were read again in doubt, since CTRL.clear"),
                ("CHECK_DOUBTFUL", "steps that were still in doubt after that, since CTRL.clear"),
            ),
        ),
    )


def check_registers() -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    last = (
        Field(name="column", low=0, width=16, doc="its column"),
        Field(name="tile", low=16, width=8, doc="its tile"),
        Field(name="seen", low=31, width=1, doc="there was one at all"),
    )
    return (
        *counters(
            0x184,
            (
                ("CHECK_FLAGGED", "blocks of columns in which a sum was wrong, since CTRL.clear"),
                ("CHECK_LOCATED", "columns that were found wrong and corrected, since CTRL.clear"),
            ),
        ),
        Register(
            name="CHECK_LAST",
            offset=0x194,
            access="ro",
            fields=last,
            doc="the last column that was corrected, since CTRL.clear",
        ),
        Register(
            name="CHECK_SIZE",
            offset=0x198,
            access="ro",
            fields=value_fields(),
            doc="by how much that column was too large (signed), in LSB of its calibrated sum",
        ),
    )


def check_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    shape = CheckShape.of(spec)
    return (
        Window(
            name="CHECK_WEIGHT",
            base=0x040000,
            words=power_of_two(shape.weights),
            access="rw",
            doc=(
                "one word a tile, block, check and row: what the weights of the check's columns "
                f"sum up to (signed, {shape.fraction_bits} bits of fraction)"
            ),
        ),
        Window(
            name="CHECK_LIMIT",
            base=0x070000,
            words=power_of_two(shape.limits),
            access="rw",
            doc=(
                f"{shape.code.checks + 1} words a tile and block: the limit of each check, then "
                "that above which check 0 is corrected"
            ),
        ),
    )
