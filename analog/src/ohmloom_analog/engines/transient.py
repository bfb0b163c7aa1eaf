"""Reads as they happen in time: a transient of ngspice, sampled when the converters would.

Cells are frozen. Vectors follow one another on the same circuit, each driven with edges and
sampled a settle time later, so that what one leaves behind is in the next.

Resistive lines without capacitance have no memory: between drivers and virtual grounds they are
exactly a crossbar without wires, with the map from voltages to currents as its conductances
(`NodalEngine.transfer`). That smaller circuit takes the place of the wires where it can.
"""

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.engines.protocol import (
    Floats,
    NodeVoltages,
    checked_currents,
    checked_voltages,
    loaded,
)
from ohmloom_analog.engines.read_netlist import TRANSIMPEDANCE, ReadNetlist, read_netlist
from ohmloom_analog.engines.simulator import simulator
from ohmloom_analog.engines.stepping import SteppedTransient
from ohmloom_analog.engines.timing import ReadTiming
from ohmloom_analog.errors import EngineError

__all__ = ["TransientEngine"]


class TransientEngine:
    """One circuit under way, and what its reads were off by.

    Parameters
    ----------
    timing
        Of a read; None for the defaults.
    reduce
        Whether lines without memory may be left out, as the module tells.

    Raises
    ------
    EngineError
        Where PySpice or libngspice is missing; the message names the package.
    """

    name = "transient"

    def __init__(self, timing: ReadTiming | None = None, *, reduce: bool = True) -> None:
        self._simulator = simulator()
        self._timing = timing or ReadTiming()
        self._reduce = reduce
        self._crossbar: Crossbar | None = None
        self._settled = NodalEngine()
        self._held: tuple[ReadNetlist, SteppedTransient] | None = None
        self._error: Floats | None = None

    def load(self, crossbar: Crossbar) -> None:
        """Take a crossbar, in place of the one before; all lines are at 0 V."""
        self._crossbar = crossbar
        self._held = self._error = None
        self._settled.load(crossbar)

    @property
    def settling_error(self) -> Floats:
        """By how much the currents read last weren't settled, in their shape [A]."""
        if self._error is None:
            msg = f"{self.name}: currents must be read before their error is known"
            raise EngineError(msg)
        return self._error

    @property
    def time(self) -> float:
        """How far the circuit is [s]."""
        loaded(self._crossbar, self.name)
        return self._circuit()[1].time

    def currents(self, voltages: ArrayLike) -> Floats:
        """Return the currents at the sample instants, (L,) or (n, L) [A].

        The vectors of a batch are driven one after the other.
        """
        crossbar = loaded(self._crossbar, self.name)
        drivers = checked_voltages(voltages, crossbar.rows)
        self._error = None
        batch = np.atleast_2d(drivers)
        netlist, transient = self._circuit()
        result = np.empty((len(batch), crossbar.lines))
        for currents, vector in zip(result, batch, strict=True):
            self._drive(netlist, transient, vector)
            currents[:] = list(transient.values(netlist.outputs).values())
        result /= TRANSIMPEDANCE
        checked_currents(result, self.name)
        error = result - self._settled.currents(batch)
        self._error = error if drivers.ndim == 2 else error[0]
        return result if drivers.ndim == 2 else result[0]

    def node_voltages(self, voltages: ArrayLike) -> NodeVoltages:
        """Return the voltages at all cells a settle time after all lines were at 0 V (R,) [V]."""
        crossbar = loaded(self._crossbar, self.name)
        vector = checked_voltages(voltages, crossbar.rows, single=True)
        netlist, transient = self._new(crossbar, nodes=True)
        self._drive(netlist, transient, vector)
        found = transient.values({*netlist.words, *netlist.bits})
        return NodeVoltages(
            word=np.reshape([found[name] for name in netlist.words], crossbar.conductance.shape),
            bit=np.reshape([found[name] for name in netlist.bits], crossbar.conductance.shape),
        )

    def _drive(self, netlist: ReadNetlist, transient: SteppedTransient, vector: Floats) -> None:
        levels = dict(zip(netlist.sources, vector.tolist(), strict=True))
        start = transient.time
        transient.ramp(levels, self._timing.edge_time, start=start)
        transient.advance(start + self._timing.settle_time)

    def _circuit(self) -> tuple[ReadNetlist, SteppedTransient]:
        if self._held is None:
            crossbar = loaded(self._crossbar, self.name)
            memory = crossbar.c_word or crossbar.c_bit
            if self._reduce and crossbar.law.linear and not memory:
                # Rounding may leave a hair below 0 where there is no path.
                crossbar = Crossbar(np.maximum(self._settled.transfer(), 0.0))
            self._held = self._new(crossbar, nodes=False)
        return self._held

    def _new(self, crossbar: Crossbar, *, nodes: bool) -> tuple[ReadNetlist, SteppedTransient]:
        netlist = read_netlist(
            crossbar,
            self._timing,
            title=self._simulator.new_title(),
            nodes=nodes,
            klu=self._simulator.has_klu,
        )
        transient = SteppedTransient(
            self._simulator,
            netlist.text,
            dict.fromkeys(netlist.sources, 0.0),
            netlist.capacitors,
            longest_step=self._timing.step,
        )
        return netlist, transient
