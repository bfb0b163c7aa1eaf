"""Cells that are stuck, and lines that are broken.

What other publications call SA0 and SA1 is named in both ways round; here a fault is named by
the state in which the cell stays: HRS, its lowest conductance, or LRS, its highest.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.ranges import checked

__all__ = ["P_STUCK_HRS", "P_STUCK_LRS", "broken_lines", "stuck_cells"]

Mask = NDArray[np.bool_]

P_STUCK_HRS = 0.0904
"""Chen et al., IEEE Trans. Comput. 2014, a 4 Mb array of HfO2, as commonly quoted."""
P_STUCK_LRS = 0.0175
"""The same array."""


def stuck_cells(
    shape: tuple[int, ...], p_stuck_hrs: float, p_stuck_lrs: float, rng: np.random.Generator
) -> tuple[Mask, Mask]:
    """Return which cells are stuck in HRS, and which in LRS; none is in both.

    One uniform number u is drawn a cell: u < p_stuck_hrs is HRS, u >= 1 - p_stuck_lrs is LRS. So
    with one seed, a higher probability only adds faults.

    Parameters
    ----------
    shape
        Of the array.
    p_stuck_hrs, p_stuck_lrs
        Probabilities.
    rng
        Draws one number a cell.

    Raises
    ------
    ValueError
        Where a probability is outside [0, 1], or both exceed 1 together.
    """
    low = float(checked("p_stuck_hrs", p_stuck_hrs, 0.0, 1.0))
    high = float(checked("p_stuck_lrs", p_stuck_lrs, 0.0, 1.0))
    if low + high > 1:
        msg = f"p_stuck_hrs and p_stuck_lrs must be at most 1 together, not {low + high!r}"
        raise ValueError(msg)
    u = rng.random(shape)
    in_hrs = u < low
    return in_hrs, ~in_hrs & (u >= 1 - high)


def broken_lines(count: int, p_broken: float, rng: np.random.Generator) -> Mask:
    """Return which of `count` lines are broken, (count,); one uniform number a line.

    Raises
    ------
    ValueError
        Where the probability is outside [0, 1].
    """
    p = float(checked("probability of a broken line", p_broken, 0.0, 1.0))
    broken: Mask = rng.random(count) < p
    return broken
