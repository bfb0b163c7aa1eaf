"""Checksums over the columns of a tile: one wrong column of a block is found and corrected.

Columns of a block have labels from 1. Check 0 is the sum of all of them; check b > 0 that of the
columns whose label has bit b - 1. The sums that the weights and inputs should give, the
predictions, are computed digitally; a syndrome is a check's sum less its prediction.

======  ====================================================================  =======
symbol  name                                                                  unit
======  ====================================================================  =======
n       columns of a block                                                    1
r       checks besides check 0, the bits of n                                 1
d_j     bound of the error of column j where it isn't faulty                  sum LSB
e       bound of the error of a prediction                                    sum LSB
T_b     limit of syndrome b: the sum of d_j over its columns, plus e          sum LSB
T       limit above which is corrected: T_0 + 2 max T_b, b > 0                sum LSB
E       error of the one faulty column                                        sum LSB
======  ====================================================================  =======

If at most one column is faulty, then: without a fault nothing is flagged; |E| > 2 T_0 is always
flagged; |E| > 2 T_0 + 2 max T_b is always located, and what is left after the correction is less
than T_0; and no other column is ever corrected. `tests/hw/codes/test_column_theorem.py` proves it.
Two faulty columns in a block aren't covered.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ColumnCode", "ColumnLimits", "ColumnVerdict"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnLimits:
    """The thresholds of a block."""

    checks: tuple[int, ...]
    """T_0 to T_r: a syndrome beyond its limit counts [sum LSB]."""
    correct: int
    """T: a syndrome 0 beyond it is corrected [sum LSB]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnVerdict:
    """What is wrong with a block."""

    flagged: bool
    """A syndrome is beyond its limit."""
    column: int | None
    """Column of the block that is wrong; None if none, or if it isn't clear which."""
    size: int
    """Syndrome 0: by how much that column is too large [sum LSB]."""

    @property
    def doubtful(self) -> bool:
        """Something is wrong that can't be corrected."""
        return self.flagged and self.column is None


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnCode:
    """The code of a block.

    Raises
    ------
    ValueError
        Where the number of columns isn't from 1 to 31.
    """

    columns: int
    """Columns n."""

    def __post_init__(self) -> None:
        """Check."""
        if not 1 <= self.columns <= 31:
            msg = f"columns of a block must be from 1 to 31, not {self.columns}"
            raise ValueError(msg)

    @property
    def checks(self) -> int:
        """Number of checks, r + 1."""
        return 1 + self.columns.bit_length()

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Columns of each check."""
        every = tuple(range(self.columns))
        return (
            every,
            *(
                tuple(column for column in every if (column + 1) >> bit & 1)
                for bit in range(self.columns.bit_length())
            ),
        )

    def limits(
        self, bounds: Sequence[int], *, prediction: int = 1, independent: bool = False
    ) -> ColumnLimits:
        """Return the thresholds.

        Parameters
        ----------
        bounds
            d_j of each column [sum LSB].
        prediction
            e [sum LSB].
        independent
            Whether the errors of columns have nothing to do with each other, so that the squares
            of their bounds add up; all that the theorem needs of T_b is that good columns are
            together within it.

        Raises
        ------
        ValueError
            Where there isn't one a column, or one is negative.
        """
        if len(bounds) != self.columns:
            msg = f"bounds must be given for {self.columns} columns, not {len(bounds)}"
            raise ValueError(msg)
        if min(*bounds, prediction) < 0:
            msg = f"bounds must not be negative, not {min(*bounds, prediction)}"
            raise ValueError(msg)
        checks = tuple(
            (
                math.isqrt(sum(bounds[j] ** 2 for j in group))
                if independent
                else sum(bounds[j] for j in group)
            )
            + prediction
            for group in self.groups
        )
        return ColumnLimits(checks=checks, correct=checks[0] + 2 * max(checks[1:]))

    def syndromes(self, values: Sequence[int], predictions: Sequence[int]) -> tuple[int, ...]:
        """Return the syndrome of each check, from the values of the columns."""
        return tuple(
            sum(values[j] for j in group) - predicted
            for group, predicted in zip(self.groups, predictions, strict=True)
        )

    def judge(self, syndromes: Sequence[int], limits: ColumnLimits) -> ColumnVerdict:
        """Return what is wrong, from the syndromes."""
        beyond = [abs(s) > limit for s, limit in zip(syndromes, limits.checks, strict=True)]
        label = sum(1 << bit for bit, found in enumerate(beyond[1:]) if found)
        located = abs(syndromes[0]) > limits.correct and 1 <= label <= self.columns
        return ColumnVerdict(
            flagged=any(beyond), column=label - 1 if located else None, size=syndromes[0]
        )

    def located_above(self, limits: ColumnLimits) -> int:
        """Return the error beyond which a faulty column is always located [sum LSB]."""
        return limits.checks[0] + limits.correct

    def flagged_above(self, limits: ColumnLimits) -> int:
        """Return the error beyond which a faulty column is always flagged [sum LSB]."""
        return 2 * limits.checks[0]
