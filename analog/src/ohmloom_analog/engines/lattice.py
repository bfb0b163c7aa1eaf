"""The resistive lattice of a crossbar, factorised once and solved for many vectors.

Nodal analysis gives a first solution. It is then judged, and where needed refined, in another
form, in which it is exact to rounding however small the wires are: from the cell currents I the
line voltages follow by sums alone, and in the solution every cell's current fits the voltage
across it. The misfit q = G (V_word(I) - V_bit(I)) - I [A] acts like a current source across the
cell, so no output is wrong by more than the sum of its magnitudes.

Where the wires dwarf the cells the rounding of those sums is large instead, and the misfit says
little; what is left over in Kirchhoff's current law at the nodes then bounds the error the same
way.
"""

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import SuperLU, splu

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.nodes import Nodes
from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.solution import AIM, LIMIT, Solution, relative
from ohmloom_analog.errors import EngineError

__all__ = ["Lattice"]

_REFINEMENTS = 3
# Measured: with more right-hand sides a call, SuperLU takes several times longer for each.
_SIDES_AT_ONCE = 4


class Lattice:
    """A crossbar as a linear network.

    Raises
    ------
    EngineError
        Where the resistances are so far apart that the network can't be factorised.
    """

    def __init__(self, crossbar: Crossbar) -> None:
        self._crossbar = crossbar
        self._nodes = Nodes(crossbar)
        laplacian = self._nodes.laplacian()
        size = self._nodes.unknown
        self._inner = laplacian[:size, :size]
        self._drive = -laplacian[:size, size : size + crossbar.rows]
        self._inject = self._nodes.injection()
        self._factor = _factorised(self._inner.tocsc()) if size else None

    def solve(self, voltages: Floats) -> Solution:
        """Return currents and voltages for driver voltages (n, R) [V], and how good they are."""
        potentials = self._back_substituted(self._drive @ voltages.T)
        word, bit = self._terminals(potentials, voltages)
        cells = self._crossbar.conductance * (word - bit)
        cells, error = self._refined(cells, voltages)
        if (error <= LIMIT).all():
            word, bit = _line_voltages(self._crossbar, cells, voltages)
            return Solution(currents=cells.sum(axis=1), word=word, bit=bit, error=error)
        last = self._nodes.last_resistance
        currents = bit[:, -1] / last if last else cells.sum(axis=1)
        left_over = np.abs(self._drive @ voltages.T - self._inner @ potentials).sum(axis=0)
        error = np.minimum(error, relative(left_over, currents, cells))
        return Solution(currents=currents, word=word, bit=bit, error=error)

    def _back_substituted(self, right: Floats) -> Floats:
        if self._factor is None:
            return right
        answer = np.empty(right.shape, order="F")
        for start in range(0, right.shape[1], _SIDES_AT_ONCE):
            part = slice(start, start + _SIDES_AT_ONCE)
            answer[:, part] = self._factor.solve(np.asfortranarray(right[:, part]))
        return answer

    def _terminals(self, potentials: Floats, voltages: Floats) -> tuple[Floats, Floats]:
        everything = np.vstack([potentials, voltages.T, np.zeros((1, len(voltages)))])
        word = everything[self._nodes.word]
        bit = everything[self._nodes.bit]
        return np.moveaxis(word, -1, 0), np.moveaxis(bit, -1, 0)

    def _refined(self, cells: Floats, voltages: Floats) -> tuple[Floats, Floats]:
        misfit, error = self._misfit(cells, voltages)
        for _ in range(_REFINEMENTS):
            if (error <= AIM).all():
                break
            sources = misfit.reshape(len(voltages), -1).T
            across = -self._inject.T @ self._back_substituted(self._inject @ sources)
            better = cells + misfit + self._crossbar.conductance * across.T.reshape(cells.shape)
            misfit, better_error = self._misfit(better, voltages)
            if not better_error.max() < error.max():
                break
            cells, error = better, better_error
        return cells, error

    def _misfit(self, cells: Floats, voltages: Floats) -> tuple[Floats, Floats]:
        word, bit = _line_voltages(self._crossbar, cells, voltages)
        misfit = self._crossbar.conductance * (word - bit) - cells
        return misfit, relative(np.abs(misfit).sum(axis=(1, 2)), cells.sum(axis=1), cells)


def _factorised(matrix: csc_array) -> SuperLU:
    try:
        return splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    except RuntimeError as error:
        msg = f"nodal: the network can't be factorised ({error}): its resistances are too far apart"
        raise EngineError(msg) from None


def _line_voltages(crossbar: Crossbar, cells: Floats, voltages: Floats) -> tuple[Floats, Floats]:
    """Sum the drops from the ends of the lines to the cells, for cell currents (n, R, L)."""
    through_word = cells[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
    through_bit = cells.cumsum(axis=1)
    word = (
        voltages[:, :, np.newaxis]
        - crossbar.r_source * through_word[:, :, :1]
        - crossbar.r_word * through_word.cumsum(axis=2)
    )
    bit = (
        crossbar.r_sense * through_bit[:, -1:]
        + crossbar.r_bit * through_bit[:, ::-1].cumsum(axis=1)[:, ::-1]
    )
    return word, bit
