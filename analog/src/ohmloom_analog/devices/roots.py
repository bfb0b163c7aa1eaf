"""The root of many functions at once, each in a bracket of its own."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import EngineError

__all__ = ["root_between"]

Floats = NDArray[np.float64]

_MOST_STEPS = 100
_TOLERANCE = 1e-14


def root_between(function: Callable[[Floats], Floats], start: Floats, end: Floats) -> Floats:
    """Return where a function is zero between `start` and `end`, element by element.

    Inverse quadratic interpolation where it can be trusted, bisection elsewhere, by the criterion
    of Chandrupatla, Advances in Engineering Software 28(3), 1997.

    Parameters
    ----------
    function
        Takes and returns arrays; each element depends on its own argument alone.
    start, end
        Ends of the brackets, at which the signs differ or a value is zero.

    Raises
    ------
    EngineError
        Where a value isn't a number, or a bracket doesn't close.
    """
    newest, other = np.array(start, dtype=np.float64), np.array(end, dtype=np.float64)
    at_newest, at_other = function(newest), function(other)
    if not (np.isfinite(at_newest) & np.isfinite(at_other)).all():
        msg = "values at the ends of a bracket must be finite"
        raise EngineError(msg)
    share = np.full(newest.shape, 0.5)
    span = np.abs(other - newest)
    tolerance = _TOLERANCE * np.maximum(np.abs(newest), np.abs(other))
    for _ in range(_MOST_STEPS):
        trial = newest + share * (other - newest)
        value = function(trial)
        same = np.sign(value) == np.sign(at_newest)
        third = np.where(same, newest, other)
        at_third = np.where(same, at_newest, at_other)
        other = np.where(same, other, newest)
        at_other = np.where(same, at_other, at_newest)
        newest, at_newest = trial, value
        span = np.abs(other - newest)
        if ((span <= tolerance) | (value == 0)).all():
            return newest
        share = _share((newest, other, third), (at_newest, at_other, at_third))
        # A step shorter than the tolerance would leave the bracket open for ever.
        least = np.minimum(0.5, 0.5 * tolerance / np.where(span > 0, span, 1.0))
        share = np.where(value == 0, 0.0, np.clip(share, least, 1 - least))
    msg = f"brackets must close within {_MOST_STEPS} steps, not be {float(span.max()):g} wide"
    raise EngineError(msg)


def _share(places: tuple[Floats, ...], values: tuple[Floats, ...]) -> Floats:
    """Return how far from the first place towards the second the next trial lies."""
    (a, b, c), (fa, fb, fc) = places, values
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        trusted = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        near = fa / (fb - fa) * fc / (fb - fc)
        far = (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        share = near + far
    return np.where(trusted & np.isfinite(share), share, 0.5)
