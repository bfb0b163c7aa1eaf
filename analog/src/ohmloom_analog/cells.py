"""What a cell carries: the memory by itself, or in series with what selects it.

======  ===========================================  ====
symbol  name                                         unit
======  ===========================================  ====
g       conductance of the memory                    S
v       voltage across the cell, word minus bit      V
i       current through the cell                     A
r_a     resistance of the access device, switched on ohm
i_s     current scale of the selector                A
v_s     voltage scale of the selector                V
======  ===========================================  ====

1R: i = g v. 1T1R: i = g v / (1 + g r_a); the transistor of an addressed row is a resistance. 1S1R:
i flows through the memory and through a selector with i = i_s sinh(v / v_s), so that
v = i / g + v_s asinh(i / i_s).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.protocol import Device
from ohmloom_analog.errors import EngineError

__all__ = ["OHMIC", "Accessed", "CellLaw", "DeviceCells", "Ohmic", "Selected", "turned"]

Floats = NDArray[np.float64]

_ITERATIONS = 200


class CellLaw(Protocol):
    """How the cells of a crossbar turn voltage into current; states no conductance itself."""

    @property
    def linear(self) -> bool:
        """Whether the current is proportional to the voltage."""
        ...

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S] of cells that hold these conductances [S]."""
        ...

    def turned(self) -> "CellLaw":
        """Return the law of the same cells in `Crossbar.reciprocal`."""
        ...

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Return the lines with which ngspice writes one such cell.

        Raises
        ------
        EngineError
            Where it can't.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Ohmic:
    """1R: the memory by itself, at a voltage at which it is a resistor."""

    linear = True

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S]."""
        return voltage * conductance, np.broadcast_to(conductance, np.shape(voltage))

    def turned(self) -> CellLaw:
        """Return itself: its cells are alike."""
        return self

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Return a resistor, or nothing where it would carry nothing."""
        return _resistor(name, top, bottom, conductance)


OHMIC = Ohmic()
"""The law of a crossbar that states none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accessed:
    """1T1R: the memory behind a transistor that is switched on."""

    r_access: float
    """r_a [ohm]."""

    linear = True

    def __post_init__(self) -> None:
        """Check."""
        if not 0 <= self.r_access < math.inf:
            msg = f"r_access must be finite and at least 0 ohm, not {self.r_access!r}"
            raise ValueError(msg)

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S]."""
        slope: Floats = np.broadcast_to(
            conductance / (1 + conductance * self.r_access), np.shape(voltage)
        )
        return voltage * slope, slope

    def turned(self) -> CellLaw:
        """Return itself: its cells are alike."""
        return self

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Return one resistor for both."""
        return _resistor(name, top, bottom, conductance / (1 + conductance * self.r_access))


@dataclass(frozen=True, kw_only=True, slots=True)
class Selected:
    """1S1R: the memory in series with a selector that hardly conducts at half the voltage."""

    i_s: float
    """Current scale [A]."""
    v_s: float
    """Voltage scale [V]."""

    linear = False

    def __post_init__(self) -> None:
        """Check."""
        for name, unit in (("i_s", "A"), ("v_s", "V")):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                msg = f"{name} must be finite and above 0 {unit}, not {value!r}"
                raise ValueError(msg)

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S]; i is the root of v = i / g + v_s asinh(i / i_s)."""
        size = np.abs(voltage)
        with np.errstate(over="ignore"):
            high = np.minimum(conductance * size, self.i_s * np.sinh(size / self.v_s))
        low = np.zeros_like(high)
        current = high.copy()
        carrying = high > 0
        resistance = np.divide(1, conductance, out=np.zeros_like(high), where=conductance > 0)
        for _ in range(_ITERATIONS):
            # The voltage is concave in the current, so that Newton's steps end below the root and
            # rise from there; the first may fall below 0, where the bracket stops it.
            miss = current * resistance + self.v_s * np.arcsinh(current / self.i_s) - size
            slope = resistance + self.v_s / np.hypot(self.i_s, current)
            np.copyto(high, current, where=miss > 0)
            np.copyto(low, current, where=miss <= 0)
            step = current - miss / slope
            outside = ~((step >= low) & (step <= high))
            better = np.where(outside, (low + high) / 2, step)
            settled = np.abs(better - current) <= 1e-15 * current
            current = np.where(carrying, better, 0.0)
            if (settled | ~carrying).all():
                break
        slope = 1 / (resistance + self.v_s / np.hypot(self.i_s, current))
        return np.copysign(current, voltage), np.where(conductance > 0, slope, 0.0)

    def turned(self) -> CellLaw:
        """Return itself: its cells are alike."""
        return self

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Return a resistor and a behavioural source."""
        memory = _resistor(name, top, f"{name}_m", conductance)
        if not memory:
            return []
        across = f"v({name}_m,{bottom})" if bottom != "0" else f"v({name}_m)"
        return [*memory, f"b{name} {name}_m {bottom} i={self.i_s!r}*sinh({across}/{self.v_s!r})"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DeviceCells:
    """Cells of a device whose current isn't proportional to the voltage, while they stand still."""

    device: Device
    """Their physics."""
    state: Mapping[str, Floats]
    """Their state, each (R, L)."""

    @property
    def linear(self) -> bool:
        """As the device says."""
        return self.device.linear

    def current_and_slope(self, voltage: Floats, conductance: Floats) -> tuple[Floats, Floats]:
        """Return i [A] and di/dv [S]; the state counts, and not the conductances."""
        current, slope = self.device.current_and_slope(voltage, self.state)
        there = conductance > 0
        return np.where(there, current, 0.0), np.where(there, slope, 0.0)

    def turned(self) -> CellLaw:
        """Return that of the states in the places that the cells then have."""
        return replace(self, state={name: turned(held) for name, held in self.state.items()})

    def elements(self, name: str, top: str, bottom: str, conductance: float) -> list[str]:
        """Refuse: a device is written as a subcircuit with its state."""
        msg = f"ngspice: cells of {self.device.name} must be written as subcircuits, not one by one"
        raise EngineError(msg)


def turned(values: Floats) -> Floats:
    """Return values of cells (R, L) with lines for rows, both counted backwards, (L, R)."""
    return values.T[::-1, ::-1]


def _resistor(name: str, top: str, bottom: str, conductance: float) -> list[str]:
    # Below 1e-308 S the resistance overflows, and the cell carries nothing.
    if not conductance or not math.isfinite(1 / conductance):
        return []
    return [f"r{name} {top} {bottom} {1 / conductance!r}"]
