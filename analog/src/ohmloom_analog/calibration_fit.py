"""Offset and gain of columns by least squares, from what they gave and should have given.

======  =======================================================  =======
symbol  name                                                     unit
======  =======================================================  =======
N       points                                                   1
X       what a column gave                                       sum LSB
Y       what it should have given                                sum LSB
g       gain                                                     1
o       offset                                                   sum LSB
s       standard deviation of what is left                       sum LSB
======  =======================================================  =======

::

    g = (N S_XY - S_X S_Y) / (N S_XX - S_X^2),    o = mean X - mean Y / g
    s^2 = S_(Y - (X - o) g)^2 / (N - 2)

A column is corrected to (X - o) g. Noise of sigma in X leaves g uncertain by about
sigma / sqrt(N var X). Where s was estimated from few points it may be too small by chance: a bound
takes the largest s that isn't refuted, s sqrt((N - 2) / chi^2), at the lower quantile of chi^2
that a confidence asks for.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HIGHEST_GAIN", "ColumnFit", "fit_columns"]

Floats = NDArray[np.float64]

HIGHEST_GAIN = 4.0
"""Gains of a chip are below it."""

_FEWEST = 2


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ColumnFit:
    """The corrections of columns."""

    points: int
    """How many they were taken from."""
    offset: Floats
    """o of each column [sum LSB]."""
    gain: Floats
    """g of each column."""
    sigma: Floats
    """s of each column [sum LSB]; endless where two points leave it open."""
    left: Floats
    """Largest error of each column's points after the correction [sum LSB]."""

    def bound(self, sigmas: float = 5.0, confidence: float = 0.99) -> Floats:
        """Return how far a column may be off that isn't faulty [sum LSB].

        Parameters
        ----------
        sigmas
            Of the normal distribution that errors are taken to have.
        confidence
            That the true standard deviation isn't larger than is reckoned with.

        Raises
        ------
        ValueError
            Where the confidence isn't within (0, 1).
        """
        if not 0 < confidence < 1:
            msg = f"confidence must be within (0, 1), not {confidence!r}"
            raise ValueError(msg)
        # Importing it takes a quarter of a second, which few uses of the command line should pay.
        special: Any = importlib.import_module("scipy.special")
        free = max(self.points - 2, 1)
        largest: Floats = self.sigma * np.sqrt(free / float(special.chdtri(free, confidence)))
        return sigmas * largest


def fit_columns(measured: ArrayLike, expected: ArrayLike) -> ColumnFit:
    """Fit each column by itself.

    A column that should give the same at all points, as one without weights, gets a gain of 1.

    Parameters
    ----------
    measured, expected
        What the columns gave and should have given, points x columns [sum LSB].

    Raises
    ------
    ValueError
        Where the shapes differ, there are fewer than two points, a number isn't finite, the
        points are all alike, or a column doesn't follow what it should give, naming it.
    """
    x, y = _checked(measured, expected)
    deviation = x - x.mean(axis=0)
    spread = (deviation**2).sum(axis=0)
    moves = np.ptp(y, axis=0) > 0
    if not moves.any():
        msg = f"points must differ in what some column should give, not all {len(y)} be alike"
        raise ValueError(msg)
    still = np.flatnonzero(moves & (spread == 0))
    if still.size:
        column = int(still[0])
        msg = f"column {column} must move with its inputs, not give {x[0, column]:g} always"
        raise ValueError(msg)
    gain = np.ones(x.shape[1])
    covariance = (deviation * (y - y.mean(axis=0))).sum(axis=0)
    gain[moves] = covariance[moves] / spread[moves]
    wrong = np.flatnonzero((gain <= 0) | (gain >= HIGHEST_GAIN))
    if wrong.size:
        column = int(wrong[0])
        msg = f"gain of column {column} must be within (0, {HIGHEST_GAIN:g}), not {gain[column]:g}"
        raise ValueError(msg)
    offset = x.mean(axis=0) - y.mean(axis=0) / gain
    errors = (x - offset) * gain - y
    free, squares = len(x) - 2, (errors**2).sum(axis=0)
    return ColumnFit(
        points=len(x),
        offset=offset,
        gain=gain,
        sigma=np.sqrt(squares / free) if free else np.full(len(gain), np.inf),
        left=np.abs(errors).max(axis=0),
    )


def _checked(measured: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    x = np.asarray(measured, dtype=np.float64)
    y = np.asarray(expected, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 2:
        msg = f"measured and expected must be points x columns, not {x.shape} and {y.shape}"
        raise ValueError(msg)
    if len(x) < _FEWEST:
        msg = f"points must be at least {_FEWEST}, not {len(x)}"
        raise ValueError(msg)
    for name, values in (("measured", x), ("expected", y)):
        if not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            msg = f"{name} must be finite, not {values[place]} at {place}"
            raise ValueError(msg)
    return x, y
