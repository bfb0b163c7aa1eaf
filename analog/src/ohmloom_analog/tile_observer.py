"""Somebody who watches a tile, as a probe does: it is told, and changes nothing."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.write_verify import Operation

__all__ = ["TileObserver"]

Floats = NDArray[np.float64]


class TileObserver(Protocol):
    """Takes down what happens in the array of a tile."""

    def driven(self, voltages: Floats, currents: Floats) -> None:
        """Take the voltages of the drivers (R,) [V] and the currents of the lines (lines,) [A].

        The reference line's current is subtracted.
        """
        ...

    def sampled(self, lines: NDArray[np.intp], outputs: Floats) -> None:
        """Take what stands at the converters of some lines, both (n,), in full scales."""
        ...

    def pulsed(self, op: Operation, width: float, conductance: Floats) -> None:
        """Take what a pulse of a width [s] left of the cells, (R, lines + 1) [S]."""
        ...
