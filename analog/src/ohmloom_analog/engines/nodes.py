"""The nodes of a crossbar, and the branches between them.

Unknown nodes are numbered from 0, the drivers follow, the ground is last. A line without
resistance is one node; where nothing stands between it and its driver or the ground, it is
that driver or the ground.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.protocol import Floats

__all__ = ["Nodes"]

Indices = NDArray[np.intp]

# A resistance whose drop is lost in the rounding of the voltages counts as none: left in, its
# huge conductance would drown all others.
_NEGLIGIBLE = np.finfo(np.float64).eps / 4


class Nodes:
    """Numbers for nodes, and the matrices that follow from them."""

    def __init__(self, crossbar: Crossbar) -> None:
        rows, lines = crossbar.conductance.shape
        by_row = crossbar.conductance.sum(axis=1).max()
        by_line = crossbar.conductance.sum(axis=0).max()
        self._conductance = crossbar.conductance
        r_word = _kept(crossbar.r_word, by_row * lines)
        r_bit = _kept(crossbar.r_bit, by_line * rows)
        self._first = _kept(crossbar.r_source + r_word, by_row)
        self._last = _kept(crossbar.r_sense + r_bit, by_line)
        self._segments = (r_word, r_bit)

        shape = (rows, lines)
        word = np.arange(rows * lines if r_word else rows)
        word = word.reshape(shape) if r_word else np.broadcast_to(word[:, np.newaxis], shape)
        words = (rows * lines if r_word else rows) if self._first else 0
        bit = np.arange(rows * lines if r_bit else lines)
        bit = bit.reshape(shape) if r_bit else np.broadcast_to(bit, shape)
        bits = (rows * lines if r_bit else lines) if self._last else 0

        self.unknown = words + bits
        """How many nodes are unknown."""
        self.drivers: Indices = self.unknown + np.arange(rows)
        """The nodes of the drivers, (R,)."""
        self.ground = self.unknown + rows
        """The node of the virtual grounds."""
        self.word: Indices = (
            word if self._first else np.broadcast_to(self.drivers[:, np.newaxis], shape)
        )
        """The node at the word terminal of each cell, (R, L)."""
        self.bit: Indices = bit + words if self._last else np.full(shape, self.ground)
        """The node at the bit terminal of each cell, (R, L)."""

    @property
    def last_resistance(self) -> float:
        """Between the last cell of a bit line and the ground [ohm]."""
        return self._last

    def laplacian(self) -> csr_array:
        """Return the conductance matrix over all nodes, known and unknown [S]."""
        r_word, r_bit = self._segments
        lines = self.word.shape[1]
        branches = [(self.word, self.bit, self._conductance)]
        if r_word:
            branches.append(_branch(self.word[:, :-1], self.word[:, 1:], r_word))
        if r_bit:
            branches.append(_branch(self.bit[:-1], self.bit[1:], r_bit))
        if self._first:
            branches.append(_branch(self.drivers, self.word[:, 0], self._first))
        if self._last:
            branches.append(_branch(self.bit[-1], np.full(lines, self.ground), self._last))
        a = np.concatenate([np.ravel(start) for start, _, _ in branches])
        b = np.concatenate([np.ravel(end) for _, end, _ in branches])
        g = np.concatenate([np.ravel(value) for _, _, value in branches])
        size = self.ground + 1
        return coo_array(
            (
                np.concatenate([g, g, -g, -g]),
                (np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a])),
            ),
            shape=(size, size),
        ).tocsr()

    def injection(self) -> csr_array:
        """Return what a current from word to bit terminal of each cell does to each node."""
        cells = np.arange(self.word.size)
        ends = np.concatenate([self.word.ravel(), self.bit.ravel()])
        sign = np.concatenate([-np.ones(cells.size), np.ones(cells.size)])
        full = coo_array(
            (sign, (ends, np.concatenate([cells, cells]))), shape=(self.ground + 1, cells.size)
        )
        return full.tocsr()[: self.unknown]


def _kept(resistance: float, conductance: float) -> float:
    return resistance if resistance * conductance > _NEGLIGIBLE else 0.0


def _branch(start: Indices, end: Indices, resistance: float) -> tuple[Indices, Indices, Floats]:
    return start, end, np.full(start.shape, 1 / resistance)
