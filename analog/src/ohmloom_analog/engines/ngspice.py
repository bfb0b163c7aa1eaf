"""The operating point of a SPICE netlist, as the independent second opinion."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.netlist import netlist, terminal_names
from ohmloom_analog.engines.protocol import (
    Floats,
    NodeVoltages,
    checked_currents,
    checked_voltages,
    loaded,
)
from ohmloom_analog.engines.simulator import (
    Circuit,
    ngspice_available,
    ngspice_version,
    simulator,
)
from ohmloom_analog.errors import EngineError

__all__ = ["NgspiceEngine", "netlist", "ngspice_available", "ngspice_version"]


class NgspiceEngine:
    """One netlist, loaded once; per vector the drivers that changed are altered, then `op`.

    Several engines share the ngspice of the process and keep a circuit each.

    Raises
    ------
    EngineError
        Where PySpice or libngspice is missing; the message names the package.
    """

    name = "ngspice"

    def __init__(self) -> None:
        self._simulator = simulator()
        self._crossbar: Crossbar | None = None
        self._circuit: Circuit | None = None

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before."""
        self._crossbar = crossbar
        self._circuit = None
        self._circuit = self._new_circuit(crossbar, nodes=False)

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the current of each bit line, (L,) or (n, L) [A]."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows)
        batch = np.atleast_2d(drivers)
        names = [f"vs{line}#branch" for line in range(crossbar.lines)]
        result = np.empty((len(batch), crossbar.lines))
        for currents, vector in zip(result, batch, strict=True):
            currents[:] = _picked(self._held().solve(_levels(vector)), names)
        return checked_currents(result if drivers.ndim == 2 else result[0], self.name)

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells, for one vector (R,) of driver voltages [V]."""
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows, single=True)
        # Saving thousands of nodes would slow down each solve of the circuit that is kept.
        answer = self._new_circuit(crossbar, nodes=True).solve(_levels(drivers))
        words, bits = terminal_names(crossbar)
        shape = crossbar.conductance.shape
        return NodeVoltages(
            word=np.reshape(_picked(answer, words), shape),
            bit=np.reshape(_picked(answer, bits), shape),
        )

    def _held(self) -> Circuit:
        if self._circuit is None:
            msg = "ngspice: the crossbar could not be loaded"
            raise EngineError(msg)
        return self._circuit

    def _new_circuit(self, crossbar: Crossbar, *, nodes: bool) -> Circuit:
        title = self._simulator.new_title()
        text = netlist(crossbar, title=title, nodes=nodes, klu=self._simulator.has_klu)
        return Circuit(self._simulator, title, text)


def _levels(voltages: Floats) -> dict[str, float]:
    return {f"vd{row}": float(level) for row, level in enumerate(voltages)}


def _picked(vectors: dict[str, float], names: Iterable[str]) -> list[float]:
    try:
        return [vectors[name] for name in names]
    except KeyError as error:
        msg = f"ngspice gave no {error.args[0]}: it has aborted, or lost the circuit"
        raise EngineError(msg) from None
