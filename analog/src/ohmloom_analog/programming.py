"""From the levels that cells should have to the conductances that they get."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.access import memory_conductance
from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import ChipSpec

__all__ = ["program_tile", "window"]


def window(spec: ChipSpec, index: int) -> tuple[float, float]:
    """Return what the memories of a tile conduct at the lowest and at the highest level [S]."""
    cell = spec.tile_specs[index].cell
    low, high = memory_conductance(cell, [cell.g_min, cell.g_max], spec.dac.v_read)
    return float(low), float(high)


def program_tile(
    spec: ChipSpec, index: int, levels: ArrayLike, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return what the memories of a tile conduct after programming, effects left out.

    One line is added after the others, the *reference line*, with all its cells at level 0. Its
    current is subtracted from that of every other line, so that g_min cancels.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    levels
        Level of each cell, (R, lines).
    rng
        Draws the spread; R (lines + 1) numbers where the cells have one, else none.

    Returns
    -------
    NDArray
        (R, lines + 1) [S].

    Raises
    ------
    MappingError
        Where a level isn't one of the cell's, or the shape isn't the tile's.
    """
    cell = spec.tile_specs[index].cell
    wanted = np.hstack([_checked(spec, index, levels), np.zeros((spec.rows, 1), dtype=np.int64)])
    conductance = memory_conductance(cell, cell.g_min + cell.g_step * wanted, spec.dac.v_read)
    if cell.spread > 0:
        _, high = window(spec, index)
        conductance += cell.spread * high * rng.standard_normal(conductance.shape)
    return np.maximum(conductance, 0.0)


def _checked(spec: ChipSpec, index: int, levels: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(levels)
    shape = (spec.rows, spec.lines)
    if array.shape != shape:
        msg = f"levels of tile {index} must have the shape {shape}, not {array.shape}"
        raise MappingError(msg)
    if array.dtype.kind not in "iu":
        msg = f"levels of tile {index} must be integers, not {array.dtype}"
        raise MappingError(msg)
    top = spec.tile_specs[index].cell.levels - 1
    wrong = np.argwhere((array < 0) | (array > top))
    if wrong.size:
        row, line = (int(k) for k in wrong[0])
        msg = (
            f"level of tile {index}, row {row}, line {line} must be in [0, {top}], "
            f"not {int(array[row, line])}"
        )
        raise MappingError(msg)
    return array.astype(np.int64)
