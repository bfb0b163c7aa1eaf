"""Checksums over columns, for many samples at once: flag, locate and correct one wrong column.

A block of columns has labels 1 to n. Check 0 is the sum of all of them, and check b that of the
columns whose label has bit b - 1 set; s_b is such a sum less what it should be. T_b is how far the
good columns of check b may be off together: the sum of their bounds, or, where their errors are
independent and the bounds are sigmas, the root of the sum of their squares. A block is flagged
where |s_0| > T_0, bit b of the label of the wrong column is set where |s_b| > T_b, and the column
is corrected where |s_0| > T_0 + 2 max T_b. For at most one wrong column nothing clean is flagged
then, and never a good one corrected.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.spec import ChipSpec

__all__ = ["Verdict", "block_limits", "column_bounds", "judge"]

IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SIGMAS = 5.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Verdict:
    """What was found, samples x blocks but for the values."""

    values: IntArray
    """The sums, with what could be corrected corrected; samples x columns."""
    flagged: Mask
    """Whether something is wrong."""
    column: IntArray
    """Column that was corrected, or -1."""

    @property
    def doubtful(self) -> Mask:
        """Whether something is wrong that wasn't corrected."""
        return self.flagged & (self.column < 0)


def judge(
    values: IntArray, truth: IntArray, bounds: IntArray, block: int, *, independent: bool = False
) -> Verdict:
    """Judge the sums of columns, block by block.

    Parameters
    ----------
    values
        Calibrated sums, samples x columns.
    truth
        What they should be by the weights, of the same shape; the checks see only its sums.
    bounds
        How far a good column may be off, one a column.
    block
        Most columns of a block.
    independent
        Whether bounds add up as errors do that have nothing to do with each other.

    Raises
    ------
    ValueError
        Where the shapes differ, a bound is negative, or blocks are outside [3, 31].
    """
    if values.ndim != 2 or truth.shape != values.shape or bounds.shape != values.shape[1:]:
        msg = (
            "values, truth and bounds must be samples x columns, the same, and columns, "
            f"not {values.shape}, {truth.shape} and {bounds.shape}"
        )
        raise ValueError(msg)
    if (bounds < 0).any():
        msg = f"bounds must be at least 0, not {int(bounds.min())}"
        raise ValueError(msg)
    if not 3 <= block <= 31:
        msg = f"block must be in [3, 31], not {block}"
        raise ValueError(msg)
    corrected, flagged, columns = values.copy(), [], []
    for first in range(0, values.shape[1], block):
        chosen = slice(first, first + block)
        flags, found = _judge_block(
            corrected[:, chosen], truth[:, chosen], bounds[chosen], independent
        )
        flagged.append(flags)
        columns.append(np.where(found < 0, -1, found + first))
    return Verdict(
        values=corrected, flagged=np.stack(flagged, axis=1), column=np.stack(columns, axis=1)
    )


def column_bounds(spec: ChipSpec, *, signed: bool, average: int = 1) -> IntArray:
    """Return how far a sum is off at most, by five sigma of noise and rounding, one a column.

    Each conversion is taken to be off by the noise of the converter, by its rounding where a step
    is more than a unit current, and by that of the mean where several are averaged.
    """
    rounding = 1 / 12
    variance = spec.adc.noise**2 / average
    variance += rounding * ((spec.adc_shift > 0) + (average > 1))
    if spec.adc.noise > 0 and spec.adc_shift == 0 and average == 1:
        variance += rounding
    per_line = np.zeros(spec.columns)
    for role in line_roles(spec):
        per_line[role.column] += float(1 << role.shift) ** 2
    passes = sum(float(1 << (spec.input.slice_bits * k)) ** 2 for k in range(spec.input.slices))
    # An input is positive or negative, but all rows together make both passes count.
    spread = np.sqrt(variance * per_line * passes * (2 if signed else 1))
    return np.ceil(_SIGMAS * spread).astype(np.int64)


def block_limits(bounds: IntArray, *, independent: bool) -> tuple[int, int]:
    """Return T_0 and the limit of a correction, for a block whose columns have these bounds."""
    flag, largest = _limit(bounds, independent), 0
    labels = np.arange(1, len(bounds) + 1)
    for bit in range(len(bounds).bit_length()):
        largest = max(largest, _limit(bounds[(labels >> bit & 1) == 1], independent))
    return flag, flag + 2 * largest


def _limit(bounds: IntArray, independent: bool) -> int:
    return math.isqrt(int((bounds**2).sum())) if independent else int(bounds.sum())


def _judge_block(
    values: IntArray, truth: IntArray, bounds: IntArray, independent: bool
) -> tuple[Mask, IntArray]:
    """Correct the sums of a block in place; return the flags, and columns corrected or -1."""
    count = len(bounds)
    labels = np.arange(1, count + 1)
    off = values - truth
    whole = off.sum(axis=1)
    flag_limit, sure_limit = block_limits(bounds, independent=independent)
    label = np.zeros(len(values), dtype=np.int64)
    for bit in range(count.bit_length()):
        group = (labels >> bit & 1) == 1
        limit = _limit(bounds[group], independent)
        label |= (np.abs(off[:, group].sum(axis=1)) > limit).astype(np.int64) << bit
    flags = np.abs(whole) > flag_limit
    sure = (np.abs(whole) > sure_limit) & (label >= 1) & (label <= count)
    found = np.where(sure, label - 1, -1)
    rows = np.flatnonzero(sure)
    values[rows, found[rows]] -= whole[rows]
    return flags, found
