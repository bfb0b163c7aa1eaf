"""What the solvers are given: square crossbars in three degrees of difficulty.

The wires of `easy` take 5 % of the current at 128 x 128, those of `hard` a third, those of `bad`
nearly all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASES", "Case", "Problem", "problem"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """How cells and wires compare."""

    largest: float
    """Conductance of a cell, at most [S]."""
    smallest: float
    """Conductance of a cell, at least [S]."""
    segment: float
    """Each segment of a line [ohm]."""


CASES = {
    "easy": Case(largest=1e-5, smallest=1e-7, segment=1.0),
    "hard": Case(largest=1e-4, smallest=1e-6, segment=1.0),
    "bad": Case(largest=1e-3, smallest=1e-6, segment=10.0),
}


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Problem:
    """One crossbar and its drivers."""

    conductance: Floats
    """Of the cells, (R, R) [S]."""
    voltages: Floats
    """Of the drivers, (n, R) [V]."""
    segment: float
    """Each segment of a line [ohm]."""


def problem(case: str, size: int, vectors: int, rng: np.random.Generator) -> Problem:
    """Return a crossbar with uniformly spread cells, and vectors between 0 and 1 V."""
    given = CASES[case]
    return Problem(
        conductance=rng.uniform(given.smallest, given.largest, (size, size)),
        voltages=rng.uniform(0, 1, (vectors, size)),
        segment=given.segment,
    )
