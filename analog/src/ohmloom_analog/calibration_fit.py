"""Offset and gain of columns by least squares, from what they gave and should have given.

======  =======================================================  =======
symbol  name                                                     unit
======  =======================================================  =======
N       points                                                   1
X       what a column gave                                       sum LSB
Y       what it should have given                                sum LSB
g       gain, (N S_XY - S_X S_Y) / (N S_XX - S_X^2)              1
o       offset, mean X - mean Y / g                              sum LSB
======  =======================================================  =======

A column is corrected to (X - o) g. Noise of sigma in X leaves g uncertain by about
sigma / sqrt(N var X).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ColumnFit", "fit_columns"]

Floats = NDArray[np.float64]

_HIGHEST_GAIN = 4.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ColumnFit:
    """The corrections of columns."""

    offset: Floats
    """o of each column [sum LSB]."""
    gain: Floats
    """g of each column."""
    left: Floats
    """Largest error of each column's points after the correction [sum LSB]."""


def fit_columns(measured: ArrayLike, expected: ArrayLike) -> ColumnFit:
    """Fit each column by itself.

    A column that should give the same at all points gets a gain of 1.

    Parameters
    ----------
    measured, expected
        What the columns gave and should have given, points x columns [sum LSB].

    Raises
    ------
    ValueError
        Where the shapes differ, there are fewer than two points, a number isn't finite, or a
        column doesn't follow what it should give, naming it.
    """
    x = np.asarray(measured, dtype=np.float64)
    y = np.asarray(expected, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 2:
        msg = f"measured and expected must be points x columns, not {x.shape} and {y.shape}"
        raise ValueError(msg)
    if len(x) < 2:
        msg = f"points must be at least 2, not {len(x)}"
        raise ValueError(msg)
    for name, values in (("measured", x), ("expected", y)):
        if not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            msg = f"{name} must be finite, not {values[place]} at {place}"
            raise ValueError(msg)
    deviation = x - x.mean(axis=0)
    spread = (deviation**2).sum(axis=0)
    moves = np.ptp(y, axis=0) > 0
    still = np.flatnonzero(moves & (spread == 0))
    if still.size:
        msg = f"column {still[0]} must move with its inputs, not give {x[0, still[0]]:g} always"
        raise ValueError(msg)
    gain = np.ones(x.shape[1])
    covariance = (deviation * (y - y.mean(axis=0))).sum(axis=0)
    gain[moves] = covariance[moves] / spread[moves]
    wrong = np.flatnonzero((gain <= 0) | (gain >= _HIGHEST_GAIN))
    if wrong.size:
        column = int(wrong[0])
        msg = f"gain of column {column} must be within (0, {_HIGHEST_GAIN:g}), not {gain[column]:g}"
        raise ValueError(msg)
    offset = x.mean(axis=0) - y.mean(axis=0) / gain
    left = np.abs((x - offset) * gain - y).max(axis=0)
    return ColumnFit(offset=offset, gain=gain, left=left)
