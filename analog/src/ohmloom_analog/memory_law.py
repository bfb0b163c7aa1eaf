"""Cells of a device whose current isn't proportional to the voltage, alone or behind a transistor.

======  ============================================  ====
symbol  name                                          unit
======  ============================================  ====
v       voltage across the cell                       V
u       voltage across the device                     V
i       current through both                          A
r_a     resistance of the transistor, switched on     ohm
======  ============================================  ====

The device takes the root u of u + r_a i(u) = v; the cell's slope is s / (1 + r_a s), where s is the
device's at u. A selector takes v_s asinh(i / I_s) besides.

A cell that conducts other than its device does at the read voltage, such as a
junction of another area or spread, has the device's current times what it conducts more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.cells import Selected, turned
from ohmloom_analog.devices import Device, device
from ohmloom_analog.errors import EngineError, MappingError

__all__ = ["MemoryCells"]

Floats = NDArray[np.float64]

_STEPS = 100


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class MemoryCells:
    """What such cells carry while their states stand still."""

    device: Device
    """Their physics."""
    state: Mapping[str, Floats]
    """Their states, each (R, L)."""
    scale: Floats
    """Current of each cell over that of the device, (R, L)."""
    r_access: float = 0.0
    """r_a [ohm]."""
    selector: Selected | None = None
    """What is in series while the cells are written; None for nothing."""

    linear = False

    @classmethod
    def of(
        cls, cell: CellSpec, state: Mapping[str, Floats], conductance: Floats, v_read: float
    ) -> Self:
        """Return the law of a cell's description and the states of its devices.

        Parameters
        ----------
        state
            Of the devices, each (R, L).
        conductance
            What the memories conduct at `v_read`, (R, L) [S].
        v_read
            Read voltage [V].

        Raises
        ------
        MappingError
            Where it has a selector, whose current is a law of its own.
        """
        if cell.access == "1s1r":
            msg = "access must be 1r or 1t1r where cells are read by their device, not 1s1r"
            raise MappingError(msg)
        memory = device(cell.device)
        held = {name: state[name] for name in memory.state_names}
        r_access = cell.r_access if cell.access == "1t1r" else 0.0
        scale = conductance * v_read / memory.current(v_read, held)
        return cls(device=memory, state=held, scale=scale, r_access=r_access)

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S]; the states count, and of the conductances whether they are 0.

        Raises
        ------
        EngineError
            Where the voltage across a device isn't found.
        """
        there = conductance > 0
        across = self._across(np.asarray(voltage, dtype=np.float64))
        current, slope = self._carried(across)
        slope = slope / (1 + self._taken(current)[1] * slope)
        return np.where(there, current, 0.0), np.where(there, slope, 0.0)

    def turned(self) -> Self:
        """Return that of the states in the places that the cells then have."""
        held = {name: turned(values) for name, values in self.state.items()}
        return replace(self, state=held, scale=turned(self.scale))

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Refuse: a device is written as a subcircuit with its state."""
        msg = f"ngspice: cells of {self.device.name} must be written as subcircuits, not one by one"
        raise EngineError(msg)

    def _carried(self, across: Floats) -> tuple[Floats, Floats]:
        current, slope = self.device.current_and_slope(across, self.state)
        return self.scale * current, self.scale * slope

    def _taken(self, current: Floats) -> tuple[Floats, Floats]:
        """Return what stands across access device and selector [V], and its slope [ohm]."""
        taken, slope = self.r_access * current, np.full_like(current, self.r_access)
        if self.selector is None:
            return taken, slope
        more = self.selector.v_s * np.arcsinh(current / self.selector.i_s)
        return taken + more, slope + self.selector.v_s / np.hypot(self.selector.i_s, current)

    def _across(self, voltage: Floats) -> Floats:
        """Return u, by Newton's method within brackets."""
        if self.r_access == 0 and self.selector is None:
            return voltage
        low, high = np.minimum(voltage, 0.0), np.maximum(voltage, 0.0)
        steep = self._taken(np.zeros_like(voltage))[1]
        u = voltage / (1 + steep * self._carried(np.zeros_like(voltage))[1])
        for _ in range(_STEPS):
            current, slope = self._carried(u)
            taken, steep = self._taken(current)
            miss = u + taken - voltage
            high, low = np.where(miss > 0, u, high), np.where(miss <= 0, u, low)
            step = u - miss / (1 + steep * slope)
            better = np.where((step >= low) & (step <= high), step, (low + high) / 2)
            if (np.abs(better - u) <= 1e-15 + 1e-14 * np.abs(voltage)).all():
                return better
            u = better
        msg = f"the voltage across {self.device.name} must be found in {_STEPS} steps"
        raise EngineError(msg)
