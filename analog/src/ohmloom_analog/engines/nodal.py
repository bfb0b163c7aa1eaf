"""Exact nodal analysis of a crossbar: the default engine."""

import importlib
import math
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.newton import newton
from ohmloom_analog.engines.protocol import (
    Floats,
    NodeVoltages,
    checked_currents,
    checked_voltages,
    loaded,
)
from ohmloom_analog.engines.solution import LIMIT, Solution, require_exact
from ohmloom_analog.engines.sweeps import Sweeps
from ohmloom_analog.errors import EngineError

if TYPE_CHECKING:
    from ohmloom_analog.engines.chebyshev import Chebyshev

__all__ = ["NodalEngine"]

# Vectors that are solved at once by conjugate gradients should fit into the cache together.
_VALUES_AT_ONCE = 1 << 15

# From so many values on, the compiled sweeps win back what it takes to load them.
_WORTH_LOADING = 1 << 18
_WORTH_USING = 1 << 14
_COMPILED = "ohmloom_analog.engines.chebyshev"
_KERNELS = "ohmloom_analog.engines.kernels"

_FEWEST = 8

# A vector by itself costs about as much as so many of a large batch.
_SINGLE = 16


class NodalEngine:
    """Conjugate gradients over exact line solves; then a kept map from inputs to outputs.

    A crossbar of linear cells is a fixed (R, L) matrix from voltages to currents. That matrix
    costs min(R, L) solves: one for each row, or one for each line of the reciprocal network. It
    is made once about as much was asked for, and from then on a vector is a product with it. When
    a cell changes, one solve brings it up to date.
    """

    name = "nodal"

    def __init__(self) -> None:
        self._given: Crossbar | None = None
        self._linear: Crossbar | None = None
        self._sweeps: Sweeps | None = None
        self._compiled: Chebyshev | None = None
        self._transfer: Floats | None = None
        self._asked = 0
        self.residual = 0.0
        """Bound on the error of the currents last solved for, relative to the largest output."""

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before."""
        self._given = crossbar
        self._linear = crossbar.linearised() if crossbar.law.linear else None
        self._forget()

    def prepare(self, crossbar: Crossbar, vectors: int, *, many: bool = False) -> None:
        """Load what so many vectors at once are going to need, so that none waits for it.

        Parameters
        ----------
        many
            Whether many such crossbars are going to be solved. Loading then pays for whatever
            makes them faster, and each is solved in the same way as if it were the first.
        """
        most = max(vectors, min(crossbar.conductance.shape)) if many else vectors
        module = _compiled_module() if self._compiled_pays(crossbar, most, loaded=many) else None
        if module is not None:
            module.load_kernels()

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the current of each bit line, (L,) or (n, L) [A].

        Raises
        ------
        EngineError
            Where the currents can't be had to one part in 10^9 of the largest.
        """
        product = self._product(voltages)
        if product is not None:
            return product
        crossbar = loaded(self._given, self.name)
        drivers = checked_voltages(voltages, crossbar.rows)
        batch = np.atleast_2d(drivers)
        if self._linear is None:
            found = [newton(crossbar, vector) for vector in batch]
            self.residual = max((float(one.error[0]) for one in found), default=0.0)
            currents = np.array([one.currents[0] for one in found])
        else:
            currents = self._linear_currents(self._linear, batch)
        currents = currents.reshape(*drivers.shape[:-1], crossbar.lines)
        return checked_currents(currents, self.name)

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells, for one vector (R,) of driver voltages [V]."""
        crossbar = loaded(self._given, self.name)
        drivers = checked_voltages(voltages, crossbar.rows, single=True)
        if self._linear is None:
            solution = newton(crossbar, drivers)
        else:
            solution = self._solved(self._linear, drivers[np.newaxis])
        return NodeVoltages(word=solution.word[0], bit=solution.bit[0])

    def transfer(self) -> Floats:
        """Return the map from voltages to currents, (R, L) [S]; it is made if there is none yet.

        Raises
        ------
        EngineError
            Where the cells aren't linear, or the map can't be had exactly.
        """
        loaded(self._given, self.name)
        if self._linear is None:
            msg = "nodal: the cells must be linear to have a map from voltages to currents"
            raise EngineError(msg)
        if self._transfer is None:
            self._transfer = checked_currents(self._made_transfer(self._linear), self.name)
        return self._transfer

    def update(self, row: int, line: int, conductance: float) -> None:
        """Change the conductance of one cell [S], and what is kept along with it.

        Raises
        ------
        ValueError
            Where there is no such cell, or it can't have that conductance.
        EngineError
            Where no crossbar is loaded.
        """
        before = loaded(self._given, self.name)
        if not (0 <= row < before.rows and 0 <= line < before.lines):
            msg = f"the cell must be one of {before.rows} x {before.lines}, not ({row}, {line})"
            raise ValueError(msg)
        old = None if self._linear is None else float(self._linear.conductance[row, line])
        self._given = before.changed(row, line, conductance)
        if self._linear is None or old is None:
            return
        self._linear = self._given.linearised()
        new = float(self._linear.conductance[row, line])
        self._compiled = None
        if self._transfer is not None:
            self._transfer = self._updated(self._transfer, row, line, new - old)
        if self._sweeps is not None:
            self._sweeps.change(row, line, new)

    def _product(self, voltages: ArrayLike) -> Floats | None:
        """Return voltages times the kept map, if there is one and nothing needs a closer look."""
        transfer = self._transfer
        if transfer is None or not isinstance(voltages, np.ndarray):
            return None
        fits = voltages.dtype == np.float64 and voltages.shape[-1:] == transfer.shape[:1]
        if not fits or voltages.ndim > 2:
            return None
        product: Floats = voltages @ transfer
        # A voltage that is no number shows here; the checks then tell which.
        return product if math.isfinite(np.vdot(product, product)) else None

    def _forget(self) -> None:
        self._sweeps = self._compiled = self._transfer = None
        self._asked = 0

    def _linear_currents(self, crossbar: Crossbar, batch: Floats) -> Floats:
        if self._transfer is None:
            self._asked += len(batch) * (_SINGLE if len(batch) < _SINGLE else 1)
            if self._asked < min(crossbar.conductance.shape):
                currents, self.residual = self._many(crossbar, batch)
                return currents
        return batch @ self.transfer()

    def _many(self, crossbar: Crossbar, voltages: Floats) -> tuple[Floats, float]:
        """Return the currents of many vectors, and the worst relative error."""
        compiled = None
        if self._compiled_pays(crossbar, len(voltages)):
            compiled = self._with_compiled(crossbar)
        if compiled is not None:
            currents, errors = compiled.currents(voltages)
        else:
            currents = np.empty((len(voltages), crossbar.lines))
            errors = np.full(len(voltages), np.inf)
        # Those that the fast way leaves, one by one or a few at once.
        left = np.flatnonzero(~(errors <= LIMIT))
        step = max(1, _VALUES_AT_ONCE // crossbar.conductance.size)
        for start in range(0, len(left), step):
            part = left[start : start + step]
            solution = self._solved(crossbar, voltages[part])
            currents[part], errors[part] = solution.currents, solution.error
        return currents, float(errors.max(initial=0.0))

    def _solved(self, crossbar: Crossbar, voltages: Floats) -> Solution:
        if self._sweeps is None:
            self._sweeps = Sweeps(crossbar)
        solution = solved(self._sweeps, voltages)
        if (solution.error <= LIMIT).all() or crossbar.cut_word or crossbar.cut_bit:
            return require_exact(solution, self.name)
        return require_exact(_direct(crossbar, voltages), self.name)

    def _compiled_pays(self, crossbar: Crossbar, vectors: int, *, loaded: bool = False) -> bool:
        limit = _WORTH_USING if loaded or _COMPILED in sys.modules else _WORTH_LOADING
        return vectors >= _FEWEST and vectors * crossbar.conductance.size >= limit

    def _with_compiled(self, crossbar: Crossbar) -> "Chebyshev | None":
        module = _compiled_module()
        if self._compiled is None and module is not None:
            self._sweeps = self._sweeps or Sweeps(crossbar)
            self._compiled = module.Chebyshev(self._sweeps)
        return self._compiled

    def _made_transfer(self, crossbar: Crossbar) -> Floats:
        if crossbar.rows <= crossbar.lines or crossbar.cut_word or crossbar.cut_bit:
            currents, self.residual = self._many(crossbar, np.eye(crossbar.rows))
            return currents
        # By reciprocity, driving the outputs gives the transposed map.
        turned = NodalEngine()
        turned.load(crossbar.reciprocal())
        mirrored = turned.transfer()
        self.residual = turned.residual
        return np.ascontiguousarray(mirrored.T[::-1, ::-1])

    def _updated(self, transfer: Floats, row: int, line: int, change: float) -> Floats:
        """Return the map after a change of one cell, by a solve with a source across that cell.

        A source of 1 A in the place of the cell's extra current gives all that is needed: what
        reaches the outputs and, as the network is reciprocal, what share of each driver's voltage
        stands across the cell.
        """
        crossbar = self._linear
        assert crossbar is not None
        if self._sweeps is None:
            self._sweeps = Sweeps(crossbar)
            self._sweeps.change(row, line, float(crossbar.conductance[row, line]) - change)
        source = np.zeros((1, crossbar.rows, crossbar.lines))
        source[0, row, line] = 1.0
        # Whoever has made a large map has loaded the compiled code for it.
        kernels = sys.modules.get(_KERNELS)
        found = require_exact(
            solved(
                self._sweeps,
                np.zeros((1, crossbar.rows)),
                source,
                None if kernels is None else kernels.descend,
            ),
            self.name,
        )
        across = found.word[0] - found.bit[0]
        cells = self._sweeps.conductance[:, ::-1] * across + source[0]
        factor = change / (1 - change * across[row, line])
        shares = cells.sum(axis=1)
        answer: Floats = transfer + factor * np.outer(shares, found.currents[0])
        if not math.isfinite(float(answer.sum())):
            return self._made_transfer(crossbar)
        return answer


def _compiled_module() -> ModuleType | None:
    try:
        return importlib.import_module(_COMPILED)
    except ImportError:
        # Numba comes later to a new Python than all else; the other way is slower, not worse.
        return None


def _direct(crossbar: Crossbar, voltages: Floats) -> Solution:
    """Solve by sparse elimination, which converges where the iteration doesn't."""
    # Few crossbars need it, and scipy.sparse takes its time to import.
    module = importlib.import_module("ohmloom_analog.engines.lattice")
    solution: Solution = module.Lattice(crossbar).solve(voltages)
    return solution
