"""Linear ion drift, the first model of a memristor: for teaching.

=======  ========================================  ======
symbol   name                                      unit
=======  ========================================  ======
x        doped part of the film, the state         1
R_on     resistance, all of it doped               ohm
R_off    resistance, none of it doped              ohm
mu       mobility of the dopants                   m^2/Vs
D        thickness of the film                     m
F        window                                    1
=======  ========================================  ======

::

    i = v / (R_on x + R_off (1 - x))
    dx/dt = mu R_on / D^2 i F(x)
    Joglekar     F = 1 - (2x - 1)^2p
    Biolek       F = 1 - (x - step(-i))^2p
    Prodromakis  F = 1 - ((x - 0.5)^2 + 0.75)^p

There is no threshold, so every read disturbs the state, and with Joglekar's window it never leaves
a stop that it has reached.

Source: Strukov et al., Nature 453, 2008; parameters as in MemTorch at 305c3a74f7.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import DRIVE, HELD, INSIDE, one_state_subcircuit

__all__ = [
    "DriftParameters",
    "LinearDrift",
    "drift",
    "drift_biolek",
    "drift_joglekar",
    "drift_prodromakis",
]

Floats = NDArray[np.float64]
Window = Literal["joglekar", "biolek", "prodromakis"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftParameters:
    """Parameters of the film."""

    r_on: float = 100.0
    """Resistance at x = 1 [ohm]."""
    r_off: float = 16e3
    """Resistance at x = 0 [ohm]."""
    mobility: float = 1e-14
    """Of the dopants [m^2/Vs]."""
    thickness: float = 10e-9
    """Of the film [m]."""
    p: int = 1
    """Power of the window."""
    window: Window = "joglekar"
    """Which window."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.r_on < self.r_off:
            msg = f"r_on must be above 0 and below r_off = {self.r_off:g} ohm, not {self.r_on:g}"
            raise ValueError(msg)
        if self.p < 1:
            msg = f"p must be at least 1, not {self.p}"
            raise ValueError(msg)


class LinearDrift(OneStateDevice):
    """The model with one of its windows."""

    stored = "x"
    linear = True

    def __init__(self, parameters: DriftParameters, *, name: str) -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source="Strukov et al. 2008; MemTorch at 305c3a74f7",
                voltage=(-2.0, 2.0),
                temperature=(280.0, 320.0),
            ),
            lowest=0.0,
            highest=1.0,
        )
        self.parameters = parameters

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""
        p = self.parameters
        conductance = 1 / (p.r_on * stored + p.r_off * (1 - stored))
        current = voltage * conductance
        return current, np.broadcast_to(conductance, current.shape)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return dx/dt [1/s]."""
        del temperature
        p = self.parameters
        current = self.current_of(voltage, stored)[0]
        return p.mobility * p.r_on / p.thickness**2 * current * self._window(stored, current)

    def _window(self, x: Floats, current: Floats) -> Floats:
        p = self.parameters.p
        if self.parameters.window == "joglekar":
            return 1 - (2 * x - 1) ** (2 * p)
        if self.parameters.window == "biolek":
            return 1 - (x - (current <= 0)) ** (2 * p)
        return 1 - ((x - 0.5) ** 2 + 0.75) ** p

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        x = INSIDE
        window = {
            "joglekar": f"(1-(2*{x}-1)**{2 * p.p})",
            "biolek": f"(1-({x}-({HELD}>0 ? 0 : 1))**{2 * p.p})",
            "prodromakis": f"(1-(({x}-0.5)**2+0.75)**{p.p})",
        }[p.window]
        resistance = f"({p.r_on!r}*{x}+{p.r_off!r}*(1-{x}))"
        factor = p.mobility * p.r_on / p.thickness**2
        return one_state_subcircuit(
            name,
            current=f"{DRIVE}/{resistance}",
            rate=f"{factor!r}*{HELD}/{resistance}*{window}",
            reach=self.valid.voltage[1],
        )


def drift() -> LinearDrift:
    """Return the device as it is mostly met: with Joglekar's window."""
    return LinearDrift(DriftParameters(window="joglekar"), name="drift")


def drift_joglekar() -> LinearDrift:
    """Return the device with Joglekar's window."""
    return LinearDrift(DriftParameters(window="joglekar"), name="drift-joglekar")


def drift_biolek() -> LinearDrift:
    """Return the device with Biolek's window."""
    return LinearDrift(DriftParameters(window="biolek"), name="drift-biolek")


def drift_prodromakis() -> LinearDrift:
    """Return the device with Prodromakis's window."""
    return LinearDrift(DriftParameters(window="prodromakis"), name="drift-prodromakis")
