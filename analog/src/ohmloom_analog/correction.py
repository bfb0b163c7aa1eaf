"""Integer arithmetic of what corrects sums and inputs: calibration, drift factor, row scale, reads.

Plain integers, no arrays: gateware, host and models hold themselves to these functions.
"""

from collections.abc import Sequence

__all__ = [
    "GAIN_FRACTION_BITS",
    "GAIN_MAXIMUM",
    "SCALE_FRACTION_BITS",
    "UNIT_GAIN",
    "UNIT_SCALE",
    "calibrate_sum",
    "combine_reads",
    "effective_gain",
    "scale_input",
]

GAIN_FRACTION_BITS = 14
"""Fraction bits of a gain and of the drift factor, which are unsigned in 16 bits."""

UNIT_GAIN = 1 << GAIN_FRACTION_BITS
"""The gain, and the drift factor, that changes nothing."""

GAIN_MAXIMUM = (1 << 16) - 1
"""Largest gain and drift factor."""

SCALE_FRACTION_BITS = 8
"""Fraction bits of a row's scale."""

UNIT_SCALE = 1 << SCALE_FRACTION_BITS
"""The scale of a row that changes nothing, and the largest."""


def effective_gain(gain: int, factor: int) -> int:
    """Return a column's gain times the drift factor, rounded, at most `GAIN_MAXIMUM`.

    Raises
    ------
    ValueError
        Where one of them isn't in [0, `GAIN_MAXIMUM`].
    """
    for what, value in (("gain", gain), ("drift factor", factor)):
        if not 0 <= value <= GAIN_MAXIMUM:
            msg = f"{what} must be in [0, {GAIN_MAXIMUM}], not {value}"
            raise ValueError(msg)
    return min((gain * factor + UNIT_GAIN // 2) >> GAIN_FRACTION_BITS, GAIN_MAXIMUM)


def calibrate_sum(total: int, *, offset: int, gain: int, factor: int = UNIT_GAIN) -> int:
    """Return the calibrated sum of a column: (total - offset) times its gain, a tie up.

    Parameters
    ----------
    total
        Sum, without what the encoding adds.
    """
    product = (total - offset) * effective_gain(gain, factor)
    return (product + UNIT_GAIN // 2) >> GAIN_FRACTION_BITS


def scale_input(value: int, scale: int) -> int:
    """Return an input times its row's scale, a tie up.

    Raises
    ------
    ValueError
        Where the scale isn't in [0, `UNIT_SCALE`].
    """
    if not 0 <= scale <= UNIT_SCALE:
        msg = f"row scale must be in [0, {UNIT_SCALE}], not {scale}"
        raise ValueError(msg)
    return (value * scale + UNIT_SCALE // 2) >> SCALE_FRACTION_BITS


def combine_reads(codes: Sequence[int], *, vote: int) -> int:
    """Return one code for all reads of a conversion: the mean, or the median of three means.

    Parameters
    ----------
    codes
        In the order of the reads; each mean is of neighbours, rounded, a tie up.
    vote
        1 for the mean, or 3.

    Raises
    ------
    ValueError
        Where the number of reads isn't `vote` times a power of two.
    """
    count = len(codes) // vote
    if count < 1 or count & (count - 1) or count * vote != len(codes):
        msg = f"reads must be {vote} times a power of two, not {len(codes)}"
        raise ValueError(msg)
    means = [
        (sum(codes[at : at + count]) + count // 2) // count for at in range(0, len(codes), count)
    ]
    return sorted(means)[vote // 2]
