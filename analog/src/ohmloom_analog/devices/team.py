"""TEAM: as VTEAM, but it is the current that has a threshold.

==============  =================================================  ====
symbol          name                                               unit
==============  =================================================  ====
x               state w/D; 0 is R_on                               1
R_on, R_off     resistances at the stops                           ohm
k_on, k_off     rates of SET and RESET                             m/s
a_on, a_off     powers                                             1
i_on, i_off     thresholds                                         A
D               distance of the stops                              m
==============  =================================================  ====

In the sign of the publication, in which a positive current j resets::

    dw/dt = k_off (j/i_off - 1)^a_off   j > i_off > 0
          = k_on  (j/i_on  - 1)^a_on    j < i_on  < 0
          = 0                           between
    j = u / (R_on + (R_off - R_on) x)

This project's v > 0 sets, so v = -u and the current changes its sign, too. Under a voltage a RESET
ends by itself where the current has fallen to its threshold, and a SET runs away.

The published file also has windows exp(-exp((w - a_off)/w_c)) and exp(-exp((a_on - w)/w_c)). With
its values, a_off = 1.2 nm below a_on = 2 nm, both are shut in between: a cell that has set once
could never be reset. So the state only stops at its ends here, which is the file's own default.

Source: Kvatinsky et al., IEEE TCAS-I 60(1), 2013; Technion's Verilog-A of memristor models, 2011.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.checked import require_negative, require_positive
from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import DRIVE, INSIDE, one_state_subcircuit

__all__ = ["Team", "TeamParameters", "team"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamParameters:
    """Parameters of the published file, in its sign: a positive current resets."""

    r_on: float = 50.0
    """Resistance at x = 0 [ohm]."""
    r_off: float = 1e3
    """Resistance at x = 1 [ohm]."""
    k_on: float = -8e-13
    """Rate of SET, negative [m/s]."""
    k_off: float = 8e-13
    """Rate of RESET, positive [m/s]."""
    a_on: float = 3.0
    """Power of SET."""
    a_off: float = 3.0
    """Power of RESET."""
    i_on: float = -8.9e-6
    """Threshold of SET, negative [A]; the file leaves out the sign."""
    i_off: float = 115e-6
    """Threshold of RESET, positive [A]."""
    length: float = 3e-9
    """Distance of the stops [m]."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.r_on < self.r_off:
            msg = f"r_on must be above 0 and below r_off = {self.r_off:g} ohm, not {self.r_on:g}"
            raise ValueError(msg)
        require_negative(self, "k_on", "i_on")
        require_positive(self, "k_off", "i_off", "a_on", "a_off", "length")


class Team(OneStateDevice):
    """The model without a window: the state stops hard at its ends."""

    stored = "x"
    linear = True

    def __init__(self, parameters: TeamParameters, *, name: str = "team") -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source="Kvatinsky et al. 2013; Technion Verilog-A of 2011",
                voltage=(-1.5, 1.5),
                temperature=(250.0, 400.0),
            ),
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
        """Return dx/dt [1/s]."""
        del temperature
        p = self.parameters
        published = -self.current_of(voltage, stored)[0]
        reset = np.maximum(published / p.i_off - 1, 0.0)
        set_ = np.maximum(published / p.i_on - 1, 0.0)
        rate: Floats = (p.k_off * reset**p.a_off + p.k_on * set_**p.a_on) / p.length
        return rate

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        off = f"({p.k_off / p.length!r}*max(-I(vsense)/{p.i_off!r}-1,0)**{p.a_off!r})"
        on = f"({p.k_on / p.length!r}*max(-I(vsense)/({p.i_on!r})-1,0)**{p.a_on!r})"
        return one_state_subcircuit(
            name,
            current=f"{DRIVE}/({p.r_on!r}+{p.r_off - p.r_on!r}*(1-{INSIDE}))",
            # The state node is 1 at R_on, so its rate has the opposite sign of dx/dt.
            rate=f"-({off}+{on})",
            reach=self.valid.voltage[1],
            stop=0.005 * p.r_on / (p.r_off - p.r_on),
        )


def team() -> Team:
    """Return the device of the published file."""
    return Team(TeamParameters())
