"""The Stanford/ASU model: a gap between filament and electrode.

=============  ==========================================  ====
symbol         name                                        unit
=============  ==========================================  ====
g              gap, the state                              m
I_0            current prefactor                           A
g_0            decay length of the current                 m
V_0            voltage of the current's sinh               V
v_0            velocity prefactor                          m/s
E_a            activation energy                           eV
gamma_0        field enhancement without a gap             1
beta, alpha    its fall with the gap                       1
a_0            hopping distance                            m
t_ox           oxide thickness                             m
F_min          enhanced field below which nothing moves    V/m
R_th           thermal resistance                          K/W
=============  ==========================================  ====

::

    i = I_0 exp(-g/g_0) sinh(v/V_0)
    gamma = gamma_0 - beta (g / 1 nm)^alpha;  0 where gamma |v|/t_ox < F_min
    dg/dt = -v_0 exp(-E_a/kT) sinh(gamma a_0/t_ox q v/kT)
    T = T_ambient + |v i| R_th

The currents of this set are large: it is a test vector of the published file rather than a cell
to build with. Without the gate F_min a read would disturb it within milliseconds.

Source: the Verilog-A rram_v_1_0_0 and its manual (bcrafton/rram at 82548d465b); Guan et al., IEEE
EDL 33(10), 2012; Jiang et al., IEEE TED 63(5), 2016.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.physics import BOLTZMANN_EV, sinh_current
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import one_state_subcircuit

__all__ = ["Stanford", "StanfordParameters", "stanford"]

Floats = NDArray[np.float64]

_SOFT_GATE = 2e7


@dataclass(frozen=True, kw_only=True, slots=True)
class StanfordParameters:
    """Parameters of the published file, version 1.0.0."""

    i_0: float = 1e-3
    """Current prefactor [A]."""
    g_0: float = 0.25e-9
    """Decay length of the current [m]."""
    v_0: float = 0.25
    """Voltage of the current's sinh [V]."""
    velocity: float = 10.0
    """Velocity prefactor [m/s]."""
    gamma_0: float = 16.0
    """Field enhancement without a gap."""
    beta: float = 0.8
    """Its fall with the gap in nm."""
    alpha: float = 3.0
    """Power of that fall."""
    e_a: float = 0.6
    """Activation energy [eV]."""
    a_0: float = 0.25e-9
    """Hopping distance [m]."""
    t_ox: float = 12e-9
    """Oxide thickness [m]."""
    f_min: float = 1.4e9
    """Enhanced field below which nothing moves [V/m]."""
    g_min: float = 0.2e-9
    """Smallest gap [m]."""
    g_max: float = 1.7e-9
    """Largest gap [m]."""
    r_thermal: float = 2.1e3
    """Thermal resistance [K/W]."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.g_min < self.g_max < self.t_ox:
            msg = (
                "g_min, g_max and t_ox must rise from above 0, "
                f"not {self.g_min:g}, {self.g_max:g}, {self.t_ox:g} m"
            )
            raise ValueError(msg)


class Stanford(OneStateDevice):
    """The model, its temperature settled, its gate hard in numpy and soft in SPICE."""

    stored = "gap"

    def __init__(self, parameters: StanfordParameters, *, name: str = "stanford") -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source="rram_v_1_0_0.va and its manual",
                voltage=(-2.5, 2.5),
                temperature=(273.0, 400.0),
            ),
            lowest=parameters.g_max,
            highest=parameters.g_min,
        )
        self.parameters = parameters

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""
        p = self.parameters
        factor = p.i_0 * np.exp(-stored / p.g_0)
        return sinh_current(factor, 1 / p.v_0, voltage)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return dg/dt [m/s]."""
        p = self.parameters
        thermal = BOLTZMANN_EV * (
            temperature + p.r_thermal * np.abs(voltage * self.current_of(voltage, stored)[0])
        )
        gamma = p.gamma_0 - p.beta * (stored / 1e-9) ** p.alpha
        gamma = np.where(gamma * np.abs(voltage) / p.t_ox < p.f_min, 0.0, gamma)
        return (
            -p.velocity
            * np.exp(-p.e_a / thermal)
            * np.sinh(gamma * p.a_0 / p.t_ox * voltage / thermal)
        )

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters.

        The gate at F_min is softened over 2e7 V/m, since SPICE can't step over a jump.
        """
        p = self.parameters
        v, span = "V(top,bottom)", p.g_max - p.g_min
        gap = f"({p.g_max!r}-{span!r}*V(inside))"
        gamma = f"({p.gamma_0!r}-{p.beta!r}*({gap}*1e9)**{p.alpha!r})"
        gate = f"(0.5*(1+tanh(({gamma}*abs({v})/{p.t_ox!r}-{p.f_min!r})/{_SOFT_GATE!r})))"
        thermal = f"({BOLTZMANN_EV!r}*({{ambient}}+{p.r_thermal!r}*abs({v}*I(vsense))))"
        field = f"({gamma}*{p.a_0 / p.t_ox!r}*{v}/{thermal})"
        return one_state_subcircuit(
            name,
            current=f"{p.i_0!r}*exp(-{gap}/{p.g_0!r})*sinh({v}/{p.v_0!r})",
            rate=f"{p.velocity / span!r}*exp(-{p.e_a!r}/{thermal})*sinh({field})*{gate}",
        )


def stanford() -> Stanford:
    """Return the device of the published file."""
    return Stanford(StanfordParameters())
