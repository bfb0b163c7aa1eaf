"""Registers and windows of redundant reads, half slices, row scale and drift factor."""

from ohmloom_analog.correction import UNIT_GAIN, UNIT_SCALE
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.register_model import Register, Window, counters, power_of_two, value_fields

__all__ = [
    "COUNT_BITS",
    "SCALE_BITS",
    "column_stride",
    "correction_registers",
    "correction_windows",
    "row_stride",
]

COUNT_BITS = 16
"""Width of a column's counter of conversions out of range."""

SCALE_BITS = UNIT_SCALE.bit_length()
"""Width of a row's scale."""


def column_stride(spec: ChipSpec) -> int:
    """Return how many words of COLUMN_CLIPPED a tile has: a power of two."""
    return power_of_two(spec.columns)


def row_stride(spec: ChipSpec) -> int:
    """Return how many words of ROW_SCALE a tile has: a power of two."""
    return power_of_two(spec.rows)


def correction_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    ecc = spec.defence
    registers: tuple[Register, ...] = ()
    if ecc.drift_factor:
        registers += (
            Register(
                name="DRIFT",
                offset=0x1B0,
                access="rw",
                fields=value_fields(width=16, reset=UNIT_GAIN),
                doc="factor of all gains (14 bits of fraction); products end at 65535",
            ),
        )
    if ecc.vote > 1:
        registers += (
            Register(
                name="VOTE_LIMIT",
                offset=0x1B4,
                access="rw",
                fields=value_fields(width=spec.adc.bits, reset=max(1, spec.code_maximum >> 4)),
                doc="by how much a mean may differ from the median without being counted",
            ),
            *counters(
                0x1B8,
                (
                    (
                        "OUTVOTED",
                        "codes of which a mean differed from the median by more, since CTRL.clear",
                    ),
                ),
            ),
        )
    if ecc.reissue:
        registers += counters(
            0x1BC,
            (
                ("REISSUED", "steps read again in half slices, since CTRL.clear"),
                ("REISSUE_CLIPPED", "steps out of range in half slices too, since CTRL.clear"),
            ),
        )
    if ecc.average * ecc.vote > 1:
        registers += counters(
            0x1C4,
            (("READS", "conversions started, of all converters together, since CTRL.clear"),),
        )
    return registers


def correction_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    ecc = spec.defence
    windows: tuple[Window, ...] = ()
    if ecc.reissue:
        windows += (
            Window(
                name="COLUMN_CLIPPED",
                base=0x250000,
                words=power_of_two(spec.tiles) * column_stride(spec),
                access="ro",
                doc=(
                    "one word a column, each tile's from a multiple of "
                    f"{column_stride(spec)}: conversions out of range since CTRL.clear, at most "
                    f"{(1 << COUNT_BITS) - 1}"
                ),
            ),
        )
    if ecc.row_scale:
        windows += (
            Window(
                name="ROW_SCALE",
                base=0x270000,
                words=power_of_two(spec.tiles) * row_stride(spec),
                access="rw",
                doc=(
                    "one word a row, each tile's from a multiple of "
                    f"{row_stride(spec)}: what its input is multiplied by, 0 to {UNIT_SCALE}, "
                    f"which is one, and so is more"
                ),
            ),
        )
    return windows
