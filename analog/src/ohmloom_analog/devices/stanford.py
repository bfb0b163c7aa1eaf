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
(SET, RESET)   v > 0, v < 0
a_0            hopping distance                            m
t_ox           oxide thickness                             m
F_min          enhanced field below which nothing moves    V/m
R_th           thermal resistance                          K/W
=============  ==========================================  ====

::

    i = I_0 exp(-g/g_0) sinh(v/V_0)
    gamma = gamma_0 - beta (g / 1 nm)^alpha;  0 where gamma |v|/t_ox < F_min
    dg/dt = -v_0 exp(-E_a/kT) sinh(gamma a_0/t_ox q v/kT)
    T = T_ambient + |v i| R_th,  at most 1500 K

The currents of the published file's set are large: it is a test vector rather than a cell to build
with. Without its gate F_min a read would disturb it within milliseconds. Under a constant voltage
the gate is a stop: a growing gap halts where gamma |v|/t_ox has fallen to F_min, and a gap beyond
that doesn't move at all.

The sets of TiOx/HfOx (films of 1.7, 2.1 and 3.3 nm) were fitted to pulses of nanoseconds to
microseconds. At a slow sweep they switch at half of the voltage that the publication draws, and a
read moves them. Their thermal resistance is misprinted; 5e5 K/W gives the publication's own 100 K
at 0.2 mW. The sets of Al:HfOx lack their barrier and thickness, so they can't be built.

Source: the Verilog-A rram_v_1_0_0 and its manual (bcrafton/rram at 82548d465b); Guan et al., IEEE
EDL 33(10), 2012; Jiang et al., IEEE TED 63(5), 2016.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.physics import BOLTZMANN_EV, HOTTEST, sinh_current
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import (
    DRIVE,
    HELD,
    INSIDE,
    one_state_subcircuit,
    spice_sinh,
)

__all__ = [
    "HFOX_A",
    "HFOX_B",
    "HFOX_C",
    "PUBLISHED",
    "Stanford",
    "StanfordParameters",
    "hfox_a",
    "hfox_b",
    "hfox_c",
    "stanford",
]

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
    gamma_set: float = 16.0
    """Field enhancement without a gap, in SET."""
    gamma_reset: float = 16.0
    """The same in RESET."""
    beta_set: float = 0.8
    """Its fall with the gap in nm, in SET."""
    beta_reset: float = 0.8
    """The same in RESET."""
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
    hop: float = 3.3e-13
    """What pulses vary by [m]: 0.0224 nm over the whole gap, Yu et al., IEDM 2012."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.g_min < self.g_max < self.t_ox:
            msg = (
                "g_min, g_max and t_ox must rise from above 0, "
                f"not {self.g_min:g}, {self.g_max:g}, {self.t_ox:g} m"
            )
            raise ValueError(msg)


def _hfox(
    gamma: tuple[float, float], beta: tuple[float, float], t_ox: float, gap: tuple[float, float]
) -> StanfordParameters:
    return StanfordParameters(
        i_0=0.2e-3,
        g_0=0.15e-9,
        v_0=0.35,
        velocity=5e6,
        gamma_set=gamma[0],
        gamma_reset=gamma[1],
        beta_set=beta[0],
        beta_reset=beta[1],
        alpha=1.0,
        e_a=1.24,
        t_ox=t_ox,
        f_min=0.0,
        g_min=gap[0],
        g_max=gap[1],
        r_thermal=5e5,
        hop=0.0,
    )


PUBLISHED = StanfordParameters()
"""The set of the published file."""

HFOX_A = _hfox((16.8, 20.1), (1.1, 12.6), 6.7e-9, (0.16e-9, 1.21e-9))
"""TiOx/HfOx, HfOx of 1.7 nm: Jiang et al. 2016, Table I (a)."""

HFOX_B = _hfox((17.8, 21.3), (1.2, 14.5), 7.1e-9, (0.20e-9, 1.15e-9))
"""TiOx/HfOx, HfOx of 2.1 nm: Jiang et al. 2016, Table I (b)."""

HFOX_C = _hfox((20.8, 24.9), (4.8, 19.0), 8.3e-9, (0.34e-9, 1.09e-9))
"""TiOx/HfOx, HfOx of 3.3 nm: Jiang et al. 2016, Table I (c)."""


class Stanford(OneStateDevice):
    """The model, its temperature settled, its gate hard in numpy and soft in SPICE."""

    stored = "gap"

    def __init__(
        self, parameters: StanfordParameters, *, name: str, source: str, voltage: float
    ) -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source=source, voltage=(-voltage, voltage), temperature=(273.0, 400.0)
            ),
            lowest=parameters.g_max,
            highest=parameters.g_min,
            hop=parameters.hop,
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
        power = np.abs(voltage * self.current_of(voltage, stored)[0])
        thermal = BOLTZMANN_EV * np.minimum(temperature + p.r_thermal * power, HOTTEST)
        gamma = np.where(
            voltage > 0,
            p.gamma_set - p.beta_set * (stored / 1e-9) ** p.alpha,
            p.gamma_reset - p.beta_reset * (stored / 1e-9) ** p.alpha,
        )
        gamma = np.where(gamma * np.abs(voltage) / p.t_ox < p.f_min, 0.0, gamma)
        return (
            -p.velocity
            * np.exp(-p.e_a / thermal)
            * np.sinh(gamma * p.a_0 / p.t_ox * voltage / thermal)
        )

    def stops_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return between which gaps each cell can move under its voltage, as (low, high)."""
        low, high = super().stops_of(voltage, stored)
        p = self.parameters
        if p.f_min == 0:
            return low, high
        with np.errstate(divide="ignore"):
            needed = p.f_min * p.t_ox / np.abs(voltage)
        room = np.where(voltage > 0, p.gamma_set - needed, p.gamma_reset - needed)
        fall = np.where(voltage > 0, p.beta_set, p.beta_reset)
        # A little inside, so that rounding never finds the gate closed on the way there.
        gate = 1e-9 * (np.maximum(room, 0.0) / fall) ** (1 / p.alpha) * (1 - 1e-12)
        open_ = stored < gate
        return np.where(open_, low, stored), np.where(open_, np.minimum(high, gate), stored)

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters.

        The gate at F_min is softened over 2e7 V/m, since SPICE can't step over a jump.
        """
        p = self.parameters
        v, span = HELD, p.g_max - p.g_min
        gap = f"({p.g_max!r}-{span!r}*{INSIDE})"
        gamma = (
            f"(({v}>0 ? {p.gamma_set!r} : {p.gamma_reset!r})"
            f"-({v}>0 ? {p.beta_set!r} : {p.beta_reset!r})*({gap}*1e9)**{p.alpha!r})"
        )
        gate = f"(0.5*(1+tanh(({gamma}*abs({v})/{p.t_ox!r}-{p.f_min!r})/{_SOFT_GATE!r})))"
        gate = gate if p.f_min else "1"
        thermal = (
            f"({BOLTZMANN_EV!r}*min({{ambient}}+{p.r_thermal!r}*abs({v}*I(vsense)),{HOTTEST!r}))"
        )
        field = f"({gamma}*{p.a_0 / p.t_ox!r}*{v}/{thermal})"
        return one_state_subcircuit(
            name,
            current=f"{p.i_0!r}*exp(-{gap}/{p.g_0!r})*{spice_sinh(f'{DRIVE}/{p.v_0!r}')}",
            rate=f"{p.velocity / span!r}*exp(-{p.e_a!r}/{thermal})*sinh({field})*{gate}",
            reach=self.valid.voltage[1],
        )


def stanford() -> Stanford:
    """Return the device of the published file."""
    return Stanford(
        PUBLISHED, name="stanford", source="rram_v_1_0_0.va and its manual", voltage=2.5
    )


def hfox_a() -> Stanford:
    """Return the device of `HFOX_A`."""
    return _film(HFOX_A, "a")


def hfox_b() -> Stanford:
    """Return the device of `HFOX_B`."""
    return _film(HFOX_B, "b")


def hfox_c() -> Stanford:
    """Return the device of `HFOX_C`."""
    return _film(HFOX_C, "c")


def _film(parameters: StanfordParameters, letter: str) -> Stanford:
    return Stanford(
        parameters,
        name=f"stanford-hfox-{letter}",
        source=f"Jiang et al., IEEE TED 63(5), 2016, Table I ({letter})",
        voltage=2.0,
    )
