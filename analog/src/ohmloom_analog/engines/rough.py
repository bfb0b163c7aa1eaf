"""A sweep in single precision, for what a solution still lacks."""

import math

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.engines import kernels
from ohmloom_analog.engines.lanes import WIDTH
from ohmloom_analog.engines.protocol import Floats

__all__ = ["Rough"]

Singles = NDArray[np.float32]


class Rough:
    """Lines, and room for eight vectors, (R, L, 8).

    Parameters
    ----------
    room
        Of doubles, (R, L, 8), that x and t may lie in; None for room of their own.
    """

    def __init__(
        self,
        cells: Floats,
        wires: tuple[Floats, Floats, Floats],
        bits: tuple[Floats, Floats],
        room: Floats | None = None,
    ) -> None:
        self.cells = _single(cells)
        """Conductances, (R, L) [S]."""
        self.bits = (_single(bits[0]), _single(bits[1]))
        """f and h of the bit lines, (R, L)."""
        self._wires = (_single(wires[0]), _single(wires[1]), _single(wires[2]))
        self._open = np.zeros_like(self.cells)
        shape = (*self.cells.shape, WIDTH)
        self._kept, self.lack = np.zeros((2, *shape), np.float32)
        shared = np.zeros(shape) if room is None else room
        self._lent, self.t = shared.reshape(-1).view(np.float32).reshape(2, *shape)
        self.x, self.y = self._lent, self._kept
        self._row = np.zeros(shape[1:], np.float32)
        self._still = np.zeros((shape[0], WIDTH), np.float32)
        self._misfit = np.zeros(WIDTH, np.float32)

    def begin(self, fields: Singles, shares: Singles) -> None:
        """Start from what x lacks, and modes (R, L, m) times their shares (m, 8)."""
        # What the lent room holds may be anything, but the last but one iterate is used, times 0.
        self.x, self.y = self._lent, self._kept
        kernels.begin(fields, shares, self.lack, self.x)

    def drive(self, voltages: Floats, currents: Singles, shares: Singles) -> None:
        """Set lack to what drivers (R, 8) [V] add to a sweep, and shares (m, 8) of modes."""
        self.x[:] = 0
        self._down(self.bits[0], voltages.astype(np.float32))
        kernels.project(
            self.cells,
            *self.bits,
            currents,
            self.x,
            self.t,
            self._row,
            self.lack,
            self._misfit,
            shares,
        )

    def down(self) -> None:
        """Leave the bit lines' Norton currents for x in t."""
        self._down(self.bits[0], self._still)

    def feed(self) -> None:
        """Leave what the word lines feed the bit nodes with in t."""
        self._down(self._open, self._still)

    def _down(self, below: Singles, voltages: Singles) -> None:
        kernels.down(self.cells, *self._wires, below, voltages, self.x, self.t)

    def up(self, momentum: float = 0.0, step: float = 1.0) -> None:
        """Solve the bit lines for t; the next iterate becomes x, and x becomes y."""
        kernels.accelerate(
            *self.bits,
            self.lack,
            self.x,
            self.y,
            self.t,
            np.float32(momentum),
            np.float32(step),
            self._row,
        )
        self.x, self.y = self.y, self.x

    def iterate(self, slowest: float, excess: float) -> None:
        """Solve x = A x + lack from x on.

        Parameters
        ----------
        slowest
            The largest eigenvalue of A that needs attention.
        excess
            What the error has to shrink by.
        """
        half = slowest / 2
        centre = 1 - half
        ratio = centre / half
        factor = ratio - math.sqrt(ratio * ratio - 1)
        last = 1 / ratio
        momentum, step = 0.0, 1 / centre
        for _ in range(max(1, math.ceil(-math.log(excess) / math.log(factor)))):
            self.down()
            self.up(momentum, step)
            now = 1 / (2 * ratio - last)
            momentum, step, last = now * last, 2 * now / half, now


def _single(array: Floats) -> Singles:
    return array.astype(np.float32)
