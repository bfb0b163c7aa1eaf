"""One vector or many, as users give them: a vector, one a row, or one as a column."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import OhmloomError

__all__ = ["as_rows", "in_shape_of"]


def as_rows(array: NDArray[Any], width: int, name: str, reason: str) -> NDArray[np.float64]:
    """Return vectors, one a row.

    Parameters
    ----------
    array
        (width,), (n, width), or one vector as a column (width, 1).
    name, reason
        What the vectors are, and what their width is due to, for the message.

    Raises
    ------
    OhmloomError
        Where the shape is another one.
    """
    if array.ndim == 1 and array.shape[0] == width:
        rows = array[np.newaxis]
    elif array.ndim == 2 and array.shape[1] == width:
        rows = array
    elif array.shape == (width, 1):
        rows = array.T
    else:
        msg = f"{name} must have the shape ({width},) or (n, {width}), {reason}, not {array.shape}"
        raise OhmloomError(msg)
    return rows.astype(np.float64)


def in_shape_of(given: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Return what belongs to the vectors of `as_rows` in the shape in which they came."""
    if given.ndim == 1:
        return np.ravel(rows)
    if len(rows) == 1 and given.shape[0] > 1:
        return rows.T
    return rows
