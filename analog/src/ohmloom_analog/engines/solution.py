"""What solving a crossbar gives, and how its error is stated."""

from dataclasses import dataclass

import numpy as np

from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.errors import EngineError

__all__ = ["AIM", "LIMIT", "Solution", "relative", "require_exact"]

AIM = 1e-11
"""What a solver works towards, as a part of the largest output."""

LIMIT = 1e-9
"""What a solver refuses to exceed."""

# Outputs that cancel can't be had better than what cancels in them.
_CANCELLED = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Solution:
    """What n vectors of driver voltages lead to."""

    currents: Floats
    """Into the virtual grounds, (n, L) [A]."""
    word: Floats
    """At the word terminals of the cells, (n, R, L) [V]."""
    bit: Floats
    """At the bit terminals of the cells, (n, R, L) [V]."""
    error: Floats
    """No output is wrong by more than this part of the largest one, (n,)."""


def relative(misfit: Floats, outputs: Floats, cells: Floats) -> Floats:
    """Return a bound on the error of the outputs, as a part of the largest.

    A cell whose current doesn't fit the lines' voltages is a perfect cell beside a current source,
    and no output can change by more than the source drives; so the sum over the cells is a bound.
    Where outputs cancel, a thousandth of what a line's cells carry takes the place of the largest.

    Parameters
    ----------
    misfit
        Sum of the magnitudes of all cells, (n,) [A].
    outputs
        (n, L) [A].
    cells
        Currents of the cells, (n, R, L) [A].
    """
    carried = np.abs(cells).sum(axis=1).max(axis=1)
    scale = np.maximum(np.abs(outputs).max(axis=1), _CANCELLED * carried)
    # Without current there is nothing to be relative to, and no error either.
    answer: Floats = misfit / np.where(scale > 0, scale, 1.0)
    return answer


def require_exact(solution: Solution, name: str) -> Solution:
    """Return the solution, or refuse where its error is above the limit.

    Raises
    ------
    EngineError
        Where it is.
    """
    worst = float(solution.error.max(initial=0.0))
    if not worst <= LIMIT:
        msg = (
            f"{name}: the relative error of the currents must be at most {LIMIT:g}, not "
            f"{worst:.2g}: the resistances of cells and wires are too far apart"
        )
        raise EngineError(msg)
    return solution
