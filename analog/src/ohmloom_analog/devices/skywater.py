"""SkyWater's resistive cell `sky130_fd_pr_reram`: a filament that grows and is dissolved.

=========  ======================================  ======
symbol     name                                    unit
=========  ======================================  ======
f          filament thickness, the state           m
T_ox       oxide thickness                         m
f_ref      filament at which I = I_k1 sinh(v/V)    m
I_k1       current prefactor                       A
V_ref      voltage of the current's sinh           V
v_k1       velocity prefactor                      m/s
E_g, E_r   barriers of growth and dissolution      eV
g_0, g_1   field enhancement gamma                 1
a_0        hopping distance                        m
R_th       thermal resistance, tau_th / C_th       K/W
T          temperature of the filament             K
=========  ======================================  ======

::

    i = I_k1 exp(-(T_ox - f)/(T_ox - f_ref)) sinh(v / V_ref)
    gamma = g_0 + g_1 ((T_ox - f) / 1 nm)^3
    df/dt = v_k1 (exp((-E_g + gamma a_0/T_ox v) q/kT) - exp((-E_r - gamma a_0/T_ox v) q/kT))
    T = T_ambient + R_th |v i|,  at most 1500 K

The temperature follows the power within 0.23 ns; here it is taken as settled, and
`skywater_dynamic` follows it. Without something in series that limits the current the cell
overheats: put it behind a transistor or some kilohm. Nothing is published on its variation from
pulse to pulse, so its hop is 0 unless the user sets one.

Source: google/skywater-pdk-libs-sky130_fd_pr_reram at d6d2a3c696, the Verilog-A of reram_cell.
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

__all__ = ["SkyWater", "SkyWaterParameters", "skywater"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyWaterParameters:
    """Parameters of the cell, as published."""

    t_ox: float = 5.0e-9
    """Oxide thickness [m]."""
    f_min: float = 3.3e-9
    """Thinnest filament [m]."""
    f_max: float = 4.9e-9
    """Thickest filament [m]."""
    f_ref: float = 4.7249e-9
    """Reference filament [m]."""
    i_k1: float = 61.4e-6
    """Current prefactor [A]."""
    v_ref: float = 0.430
    """Voltage of the current's sinh [V]."""
    v_k1: float = 150.0
    """Velocity prefactor [m/s]."""
    e_grow: float = 1.501
    """Barrier of growth [eV]."""
    e_dissolve: float = 1.500
    """Barrier of dissolution [eV]."""
    gamma_0: float = 16.5
    """Field enhancement without a gap."""
    gamma_1: float = -1.25
    """Its change with the cube of the gap in nm."""
    a_0: float = 0.25e-9
    """Hopping distance [m]."""
    r_thermal: float = 0.23e-9 / 3.1825e-16
    """Thermal resistance [K/W]."""
    tau_thermal: float = 0.23e-9
    """How fast the temperature follows the power [s]."""
    hop: float = 0.0
    """What pulses vary by [m]; see `one_state`."""

    def __post_init__(self) -> None:
        """Check."""
        if not 0 < self.f_min < self.f_max < self.t_ox:
            msg = (
                "f_min, f_max and t_ox must rise from above 0, "
                f"not {self.f_min:g}, {self.f_max:g}, {self.t_ox:g} m"
            )
            raise ValueError(msg)


class SkyWater(OneStateDevice):
    """The cell, its temperature settled."""

    stored = "filament"

    def __init__(self, parameters: SkyWaterParameters, *, name: str = "skywater") -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source="sky130_fd_pr_reram at d6d2a3c696, reram_cell Verilog-A and operating table",
                voltage=(-3.1, 3.1),
                temperature=(233.0, 423.0),
            ),
            lowest=parameters.f_min,
            highest=parameters.f_max,
            hop=parameters.hop,
        )
        self.parameters = parameters

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""
        p = self.parameters
        factor = p.i_k1 * np.exp(-(p.t_ox - stored) / (p.t_ox - p.f_ref))
        return sinh_current(factor, 1 / p.v_ref, voltage)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return df/dt [m/s], the temperature settled."""
        return self.growth(voltage, stored, self.settled(voltage, stored, temperature))

    def settled(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return where the temperature of the filament ends [K]."""
        power = np.abs(voltage * self.current_of(voltage, stored)[0])
        return np.minimum(temperature + self.parameters.r_thermal * power, HOTTEST)

    def growth(self, voltage: Floats, stored: Floats, hot: Floats) -> Floats:
        """Return df/dt [m/s] at a temperature of the filament [K]."""
        p = self.parameters
        thermal = BOLTZMANN_EV * hot
        gamma = p.gamma_0 + p.gamma_1 * ((p.t_ox - stored) / 1e-9) ** 3
        field = gamma * p.a_0 / p.t_ox * voltage
        return p.v_k1 * (
            np.exp((-p.e_grow + field) / thermal) - np.exp((-p.e_dissolve - field) / thermal)
        )

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        power = f"abs({HELD}*I(vsense))"
        hot = f"min({{ambient}}+{self.parameters.r_thermal!r}*{power},{HOTTEST!r})"
        return self._text(name, f"({BOLTZMANN_EV!r}*{hot})", ())

    def _text(self, name: str, thermal: str, extra: tuple[str, ...]) -> str:
        p = self.parameters
        span = p.f_max - p.f_min
        gap = f"({p.t_ox - p.f_min!r}-{span!r}*{INSIDE})"
        factor = f"{p.i_k1!r}*exp(-{gap}/{p.t_ox - p.f_ref!r})"
        gamma = f"({p.gamma_0!r}+({p.gamma_1!r})*({gap}*1e9)**3)"
        field = f"({gamma}*{p.a_0 / p.t_ox!r}*{HELD})"
        rate = (
            f"{p.v_k1 / span!r}*(exp((-{p.e_grow!r}+{field})/{thermal})"
            f"-exp((-{p.e_dissolve!r}-{field})/{thermal}))"
        )
        return one_state_subcircuit(
            name,
            current=f"{factor}*{spice_sinh(f'{DRIVE}/{p.v_ref!r}')}",
            rate=rate,
            reach=self.valid.voltage[1],
            extra=extra,
        )


def skywater() -> SkyWater:
    """Return the cell with its published parameters."""
    return SkyWater(SkyWaterParameters())
