"""Transposed reads as integers: what a chip whose array is exact makes of errors."""

from collections.abc import Sequence

from ohmloom_analog.codes import input_slices
from ohmloom_analog.spec import ChipSpec

__all__ = ["transposed_passes", "transposed_sums"]


def transposed_passes(spec: ChipSpec, errors: Sequence[int]) -> list[list[int]]:
    """Return the codes of the bit lines in each pass, in order.

    Parameters
    ----------
    errors
        One a column.

    Raises
    ------
    ValueError
        Where there isn't one a column, or one doesn't fit the bits of an input.
    """
    if len(errors) != spec.columns:
        msg = f"errors must be given for {spec.columns} columns, not {len(errors)}"
        raise ValueError(msg)
    most = spec.input.maximum
    for column, error in enumerate(errors):
        if not -most <= error <= most:
            msg = f"errors[{column}] must be in [{-most}, {most}], not {error}"
            raise ValueError(msg)
    sliced = [input_slices(spec, error) for error in errors]
    passes = []
    for piece in range(spec.input.slices):
        for second in (False, True):
            pairs = [
                (0, code[piece]) if (error < 0) != second else (code[piece], 0)
                for error, code in zip(errors, sliced, strict=True)
            ]
            passes.append([code for pair in pairs for code in pair])
    return passes


def transposed_sums(
    spec: ChipSpec, levels: Sequence[Sequence[int]], errors: Sequence[int]
) -> list[int]:
    """Return the sum of each row.

    Parameters
    ----------
    levels
        Of the cells, (R, lines).
    errors
        One a column.

    Raises
    ------
    ValueError
        As `transposed_passes`.
    """
    sums = [0] * len(levels)
    half = (1 << spec.adc_shift) >> 1
    for number, codes in enumerate(transposed_passes(spec, errors)):
        shift = spec.adc_shift + spec.input.slice_bits * (number // 2)
        for row, held in enumerate(levels):
            total = sum(level * code for level, code in zip(held, codes, strict=True))
            code = min((total + half) >> spec.adc_shift, spec.code_maximum)
            sums[row] += (-code if number % 2 else code) << shift
    return sums
