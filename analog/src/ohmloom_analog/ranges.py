"""Refusal of numbers outside the range in which a formula holds."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["checked"]


def checked(
    name: str, values: ArrayLike, low: float, high: float = math.inf, *, unit: str = ""
) -> NDArray[np.float64]:
    """Return `values` as an array, if all are finite and within [low, high].

    Parameters
    ----------
    name
        What they are, for the message.
    values
        Of any shape.
    low, high
        Both belong to the range.
    unit
        Of all these, for the message.

    Raises
    ------
    ValueError
        Where one isn't; it names the first.
    """
    array = np.asarray(values, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(array) & (array >= low) & (array <= high)))
    if wrong.size:
        after = f" {unit}" if unit else ""
        if low == -math.inf:
            span = "finite"
        elif high == math.inf:
            span = f"finite and at least {low:g}{after}"
        else:
            span = f"from {low:.6g} to {high:.6g}{after}"
        msg = f"{name} must be {span}, not {float(array.ravel()[wrong[0]])!r}"
        raise ValueError(msg)
    return array
