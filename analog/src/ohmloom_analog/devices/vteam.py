"""VTEAM: a threshold, a power law, and a state that moves between two stops.

==============  =================================================  ====
symbol          name                                               unit
==============  =================================================  ====
x               state (w - w_on)/(w_off - w_on); 0 is R_on         1
R_on, R_off     resistances at the stops                           ohm
k_on, k_off     rates of SET and RESET                             m/s
a_on, a_off     powers                                             1
v_on, v_off     thresholds                                         V
D               w_off - w_on                                       m
==============  =================================================  ====

In the sign of the publication, in which a positive voltage u resets::

    dw/dt = k_off (u/v_off - 1)^a_off   u > v_off > 0
          = k_on  (u/v_on  - 1)^a_on    u < v_on  < 0
          = 0                           between
    i = u / (R_on + (R_off - R_on) x)

This project's v > 0 sets, so v = -u and the current changes its sign, too.

Source: Kvatinsky et al., IEEE TCAS-II 62(8), 2015; the sets are named at their definitions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.checked import require_negative, require_positive
from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import DRIVE, HELD, INSIDE, one_state_subcircuit

__all__ = ["SET_A", "SET_B", "Vteam", "VteamParameters", "vteam_a", "vteam_b"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class VteamParameters:
    """Parameters in the sign of the publication: u > 0 resets."""

    r_on: float
    """Resistance at x = 0 [ohm]."""
    r_off: float
    """Resistance at x = 1 [ohm]."""
    k_on: float
    """Rate of SET, negative [m/s]."""
    k_off: float
    """Rate of RESET, positive [m/s]."""
    a_on: float
    """Power of SET."""
    a_off: float
    """Power of RESET."""
    v_on: float
    """Threshold of SET, negative [V]."""
    v_off: float
    """Threshold of RESET, positive [V]."""
    length: float = 3e-9
    """Distance of the stops [m]."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.r_on < self.r_off:
            msg = f"r_on must be above 0 and below r_off = {self.r_off:g} ohm, not {self.r_on:g}"
            raise ValueError(msg)
        require_negative(self, "k_on", "v_on")
        require_positive(self, "k_off", "v_off", "a_on", "a_off", "length")


SET_A = VteamParameters(
    r_on=50, r_off=1e3, k_on=-10, k_off=5e-4, a_on=3, a_off=1, v_on=-0.2, v_off=0.02
)
"""The fit of TiO2, as in MemTorch at 305c3a74f7."""

SET_B = VteamParameters(
    r_on=1e3, r_off=300e3, k_on=-216.2, k_off=0.091, a_on=4, a_off=4, v_on=-1.5, v_off=0.3
)
"""The set of the stateful-logic publications."""


class Vteam(OneStateDevice):
    """The model without a window: the state stops hard at its ends."""

    stored = "x"
    even = True
    linear = True

    def __init__(self, parameters: VteamParameters, *, name: str, source: str) -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(source=source, voltage=(-3.0, 3.0), temperature=(250.0, 400.0)),
            lowest=1.0,
            highest=0.0,
        )
        self.parameters = parameters

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""
        p = self.parameters
        conductance = 1 / (p.r_on + (p.r_off - p.r_on) * stored)
        current = voltage * conductance
        return current, np.broadcast_to(conductance, current.shape)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return dx/dt [1/s]; it depends on the voltage alone."""
        del temperature
        p = self.parameters
        published = -voltage
        reset = np.maximum(published / p.v_off - 1, 0.0)
        set_ = np.maximum(published / p.v_on - 1, 0.0)
        rate = (p.k_off * reset**p.a_off + p.k_on * set_**p.a_on) / p.length
        return np.broadcast_to(rate, stored.shape).astype(np.float64)

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        off = f"({p.k_off / p.length!r}*max(-{HELD}/{p.v_off!r}-1,0)**{p.a_off!r})"
        on = f"({p.k_on / p.length!r}*max(-{HELD}/({p.v_on!r})-1,0)**{p.a_on!r})"
        return one_state_subcircuit(
            name,
            current=f"{DRIVE}/({p.r_on!r}+{p.r_off - p.r_on!r}*(1-{INSIDE}))",
            # The state node is 1 at R_on, so its rate has the opposite sign of dx/dt.
            rate=f"-({off}+{on})",
            reach=self.valid.voltage[1],
            # Wider, the stop would shift the resistance of the low state.
            stop=0.005 * p.r_on / (p.r_off - p.r_on),
        )


def vteam_a() -> Vteam:
    """Return the device of `SET_A`."""
    return Vteam(SET_A, name="vteam", source="MemTorch at 305c3a74f7, VTEAM.py defaults")


def vteam_b() -> Vteam:
    """Return the device of `SET_B`."""
    return Vteam(SET_B, name="vteam-b", source="stateful logic publications, set B")
