"""Exact nodal analysis of a crossbar, fast for many vectors."""

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.lattice import Lattice
from ohmloom_analog.engines.protocol import (
    Floats,
    NodeVoltages,
    checked_currents,
    checked_voltages,
    loaded,
)

__all__ = ["NodalEngine"]

# Cell currents and voltages of a batch are held at once; this bounds them to some 100 MB.
_CELLS_AT_ONCE = 1 << 21


class NodalEngine:
    """Sparse LU, kept; then a transfer matrix, once as many vectors as it costs were asked for.

    The crossbar is linear, so the currents are a fixed (R, L) matrix times the voltages. That
    matrix costs min(R, L) solves: one for each row, or one for each line of the reciprocal
    network. A product with it then takes microseconds.
    """

    name = "nodal"

    def __init__(self) -> None:
        self._crossbar: Crossbar | None = None
        self._lattice: Lattice | None = None
        self._transfer: Floats | None = None
        self._vectors = 0

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before; it is factorised when first solved."""
        self._crossbar = crossbar
        self._lattice = None
        self._transfer = None
        self._vectors = 0

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the current of each bit line, (L,) or (n, L) [A]."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows)
        if self._transfer is None:
            self._vectors += 1 if drivers.ndim == 1 else len(drivers)
            if self._vectors < min(crossbar.conductance.shape):
                batch = np.atleast_2d(drivers)
                solved = _currents(self._network(crossbar), batch, crossbar)
                return checked_currents(solved if drivers.ndim == 2 else solved[0], self.name)
            self._transfer = self._transfer_matrix(crossbar)
        return checked_currents(drivers @ self._transfer, self.name)

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells, for one vector (R,) of driver voltages [V]."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows, single=True)
        solution = self._network(crossbar).solve(drivers[np.newaxis])
        return NodeVoltages(word=solution.word[0], bit=solution.bit[0])

    def _network(self, crossbar: Crossbar) -> Lattice:
        if self._lattice is None:
            self._lattice = Lattice(crossbar)
        return self._lattice

    def _transfer_matrix(self, crossbar: Crossbar) -> Floats:
        if crossbar.rows <= crossbar.lines:
            return _currents(self._network(crossbar), np.eye(crossbar.rows), crossbar)
        mirrored = _reciprocal(crossbar)
        answer = _currents(Lattice(mirrored), np.eye(mirrored.rows), mirrored)
        return np.ascontiguousarray(answer.T[::-1, ::-1])


def _reciprocal(crossbar: Crossbar) -> Crossbar:
    """Return the crossbar driven from its outputs, with outputs at its drivers.

    By reciprocity its transfer is the transposed one. To drive bit lines from their bottom end
    as word lines from their left end, rows and lines are also counted backwards.
    """
    return Crossbar(
        crossbar.conductance.T[::-1, ::-1],
        r_word=crossbar.r_bit,
        r_bit=crossbar.r_word,
        r_source=crossbar.r_sense,
        r_sense=crossbar.r_source,
    )


def _currents(lattice: Lattice, voltages: Floats, crossbar: Crossbar) -> Floats:
    step = max(1, _CELLS_AT_ONCE // crossbar.conductance.size)
    parts = [
        lattice.solve(voltages[start : start + step]).currents
        for start in range(0, len(voltages), step)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, crossbar.lines))
