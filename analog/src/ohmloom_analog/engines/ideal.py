"""The crossbar without its wires: every cell sees its driver and the ground."""

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.protocol import (
    Floats,
    NodeVoltages,
    checked_currents,
    checked_voltages,
    loaded,
)

__all__ = ["IdealEngine"]


class IdealEngine:
    """Currents by I = G^T V; all resistances of the crossbar are taken as zero.

    Cells beyond a cut carry nothing; what creeps from cut piece to cut piece is left out, too.
    """

    name = "ideal"

    def __init__(self) -> None:
        self._crossbar: Crossbar | None = None

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before."""
        self._crossbar = crossbar

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the current of each bit line, (L,) or (n, L) [A]."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows)
        if crossbar.law.linear:
            return checked_currents(drivers @ _connected(crossbar.linearised()), self.name)
        cells = _connected(crossbar)
        solved = [
            crossbar.law.current_and_slope(np.broadcast_to(column, cells.shape), cells)[0].sum(0)
            for column in np.atleast_2d(drivers)[:, :, np.newaxis]
        ]
        currents = np.reshape(solved, (*drivers.shape[:-1], crossbar.lines))
        return checked_currents(currents, self.name)

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells: the driver's and 0."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows, single=True)
        shape = crossbar.conductance.shape
        return NodeVoltages(
            word=np.broadcast_to(drivers[:, np.newaxis], shape).copy(), bit=np.zeros(shape)
        )


def _connected(crossbar: Crossbar) -> Floats:
    cells = crossbar.conductance.copy()
    for row, line in crossbar.cut_word:
        cells[row, line:] = 0.0
    for row, line in crossbar.cut_bit:
        cells[: row + 1, line] = 0.0
    return cells
