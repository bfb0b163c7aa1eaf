"""One solver on one problem, measured in a process of its own.

The bench runs this file by its path, so that it also works in an environment that holds a peer and
not Ohmloom: ``python measure.py SOLVER PROBLEM.npz ANSWER.npz``. Figures are CPU seconds. Before
the first call each solver has solved a small crossbar with as many vectors, so that none is charged
for what is loaded once; what that took is stated as `start_s`.
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SOLVERS", "main", "measured", "peak_rss_bytes", "shortest"]

Floats = NDArray[np.float64]

# As often as it takes for a minimum that means something.
_ENOUGH_S = 0.5
_REPEATS = 15

# Large enough for every part of a solver to be used once.
_SMALL = 24


class Engine:
    """One of Ohmloom's engines; ngspice is one of them."""

    def __init__(self, name: str) -> None:
        self._crossbar = importlib.import_module("ohmloom_analog.crossbar").Crossbar
        self._engine: Any = importlib.import_module("ohmloom_analog.engines").make_engine(name)

    def prepare(self, size: int, vectors: int) -> None:
        """Load what such a problem is going to need."""
        prepare = getattr(self._engine, "prepare", None)
        if prepare is not None:
            prepare(self._crossbar(np.ones((size, size))), vectors)

    def first(self, conductance: Floats, segment: float, voltages: Floats) -> Floats:
        """Solve a crossbar that was never seen before, for (n, R) [V]."""
        self._engine.load(self._crossbar(conductance, r_word=segment, r_bit=segment))
        currents: Floats = self._engine.currents(voltages)
        return currents

    def later(self, voltages: Floats) -> Floats:
        """Solve the crossbar of the first call again."""
        currents: Floats = self._engine.currents(voltages)
        return currents


class Nodal(Engine):
    """The default engine, with what only it can do."""

    def __init__(self) -> None:
        super().__init__("nodal")

    def figures(self, conductance: Floats, voltages: Floats) -> dict[str, float]:
        """Return the error bound, and what the map costs to make, to use and to update."""
        figures = {"residual": float(self._engine.residual)}
        began = time.process_time()
        transfer = self._engine.transfer()
        figures["map_s"] = time.process_time() - began
        figures["later_s"] = shortest(lambda: self._engine.currents(voltages))
        figures["product_s"] = shortest(lambda: voltages @ transfer)
        cells = np.random.default_rng(1).permutation(conductance.size)[:_REPEATS]
        rows, lines = np.divmod(cells, conductance.shape[1])
        updates = []
        for row, line in zip(rows.tolist(), lines.tolist(), strict=True):
            began = time.process_time()
            self._engine.update(row, line, float(conductance[row, line]) / 2)
            updates.append(time.process_time() - began)
        figures["update_s"] = min(updates)
        return figures


class Badcrossbar:
    """The solver of PyPI; it keeps nothing from call to call."""

    def __init__(self) -> None:
        self._compute = importlib.import_module("badcrossbar").compute

    def first(self, conductance: Floats, segment: float, voltages: Floats) -> Floats:
        """Ask for no more than the output currents."""
        found = self._compute(
            voltages.T, 1 / conductance, r_i=segment, node_voltages=False, all_currents=False
        )
        return np.reshape(found.currents.output, (len(voltages), -1))


class SuperLU:
    """Nodal analysis with scipy's sparse elimination, in the order that suits it best."""

    # More right-hand sides at once take longer for each.
    _AT_ONCE = 4

    def __init__(self) -> None:
        self._splu = importlib.import_module("scipy.sparse.linalg").splu
        self._coo = importlib.import_module("scipy.sparse").coo_array
        self._factor: Any = None
        self._segment = 0.0
        self._ends: tuple[Any, Any] | None = None

    def first(self, conductance: Floats, segment: float, voltages: Floats) -> Floats:
        """Write the conductance matrix, and factorise it."""
        rows, lines = conductance.shape
        word = np.arange(rows * lines).reshape(rows, lines)
        bit = word + rows * lines
        self._ends, self._segment = (word[:, 0], bit[-1]), segment
        ground = np.concatenate(self._ends)
        start = np.concatenate([word.ravel(), word[:, :-1].ravel(), bit[:-1].ravel()])
        end = np.concatenate([bit.ravel(), word[:, 1:].ravel(), bit[1:].ravel()])
        wires = np.full(start.size - conductance.size, 1 / segment)
        g = np.concatenate([conductance.ravel(), wires])
        matrix = self._coo(
            (
                np.concatenate([g, g, -g, -g, np.full(ground.size, 1 / segment)]),
                (
                    np.concatenate([start, end, start, end, ground]),
                    np.concatenate([start, end, end, start, ground]),
                ),
            ),
            shape=(2 * rows * lines, 2 * rows * lines),
        )
        self._factor = self._splu(
            matrix.tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        return self.later(voltages)

    def later(self, voltages: Floats) -> Floats:
        """Use the factors again."""
        assert self._ends is not None
        drivers, outputs = self._ends
        answer = np.empty((len(voltages), outputs.size))
        for start in range(0, len(voltages), self._AT_ONCE):
            part = voltages[start : start + self._AT_ONCE]
            right = np.zeros((self._factor.shape[0], len(part)), order="F")
            right[drivers] = part.T / self._segment
            answer[start : start + len(part)] = self._factor.solve(right)[outputs].T / self._segment
        return answer


SOLVERS: dict[str, Callable[[], Any]] = {
    "ohmloom": Nodal,
    "badcrossbar": Badcrossbar,
    "superlu": SuperLU,
    "ngspice": lambda: Engine("ngspice"),
}
"""What can be measured; the first is ours."""


def measured(
    name: str, conductance: Floats, segment: float, voltages: Floats
) -> tuple[Floats, dict[str, float]]:
    """Return the outputs (n, R) [A] and the figures of one solver."""
    began = time.process_time()
    solver = SOLVERS[name]()
    if hasattr(solver, "prepare"):
        solver.prepare(len(conductance), len(voltages))
    small = (np.full((_SMALL, _SMALL), 1e-4), 1.0, np.ones((len(voltages), _SMALL)))
    solver.first(*small)
    figures = {"start_s": time.process_time() - began, "start_rss_bytes": peak_rss_bytes()}
    began = time.process_time()
    currents = solver.first(conductance, segment, voltages)
    figures["first_call_s"] = time.process_time() - began
    figures["peak_rss_bytes"] = peak_rss_bytes()
    again = shortest(lambda: solver.first(conductance, segment, voltages), figures["first_call_s"])
    figures["best_call_s"] = min(again, figures["first_call_s"])
    if hasattr(solver, "figures"):
        figures |= solver.figures(conductance, voltages)
    elif hasattr(solver, "later"):
        figures["later_s"] = shortest(lambda: solver.later(voltages))
    else:
        figures["later_s"] = figures["best_call_s"]
    return currents, figures


def shortest(call: Callable[[], object], spent: float = 0.0) -> float:
    """Return the least CPU time of a few calls [s]; calls that take long aren't repeated."""
    best, total = np.inf, spent
    for _ in range(_REPEATS):
        if total > _ENOUGH_S:
            break
        began, calls, took = time.process_time(), 0, 0.0
        # The clock of the process moves in steps that a short call hides in.
        while took < 1e-4:
            call()
            calls += 1
            took = time.process_time() - began
        best, total = min(best, took / calls), total + took
    return float(best)


def peak_rss_bytes() -> float:
    """Return the most memory that this process has had."""
    # What getrusage says of a new process begins with the memory of the one that started it.
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(usage * (1 if sys.platform == "darwin" else 1024))


def main(name: str, problem: str, answer: str) -> None:
    """Measure, from file to file."""
    with np.load(problem) as given:
        currents, figures = measured(
            name, given["conductance"], float(given["segment"]), given["voltages"]
        )
    with Path(answer).open("wb") as file:
        np.savez(file, currents=currents, figures=np.array(json.dumps(figures)))


if __name__ == "__main__":
    main(*sys.argv[1:])
