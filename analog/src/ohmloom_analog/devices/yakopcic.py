"""Yakopcic's model: a sinh for the current, exponential thresholds, two windows.

=========  ==========================================  ====
symbol     name                                        unit
=========  ==========================================  ====
x          state, 1 at the highest conductance         1
a1, a2     current at v >= 0, v < 0                    A
b          steepness of the current                    1/V
Vp, Vn     thresholds                                  V
Ap, An     speeds beyond them                          1/s
xp, xn     where motion begins to slow down            1
alp, aln   how fast it does                            1
=========  ==========================================  ====

::

    i = a1 x sinh(b v), v >= 0;  a2 x sinh(b v), v < 0
    g(v) = Ap (e^v - e^Vp), v > Vp;  -An (e^-v - e^Vn), v < -Vn;  0 between
    f = exp(-alp (x - xp)) ((xp - x)/(1 - xp) + 1), v >= 0 and x >= xp;  else 1
    f = exp(aln (x + xn - 1)) x/(1 - xn),           v < 0 and x <= 1 - xn;  else 1
    dx/dt = g(v) f(v, x)

Source: Yakopcic et al., IEEE EDL 32(10), 2011 and TCAD 32(8), 2013; parameter rows as in
thomastiotto/Memristor-Models at 1dcb5f3318.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.physics import sinh_current
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import one_state_subcircuit

__all__ = ["BOISE", "MICHIGAN", "Yakopcic", "YakopcicParameters", "boise", "michigan"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class YakopcicParameters:
    """One fitted device."""

    a1: float
    """Current prefactor at v >= 0 [A]."""
    a2: float
    """Current prefactor at v < 0 [A]."""
    b: float
    """Steepness of the current [1/V]."""
    v_p: float
    """Threshold at v > 0 [V]."""
    v_n: float
    """Threshold at v < 0, as a magnitude [V]."""
    a_p: float
    """Speed at v > 0 [1/s]."""
    a_n: float
    """Speed at v < 0 [1/s]."""
    x_p: float
    """State above which SET slows down."""
    x_n: float
    """1 - state below which RESET slows down."""
    alpha_p: float
    """How fast SET slows down."""
    alpha_n: float
    """How fast RESET slows down."""
    x_min: float = 1e-3
    """Lowest state; at 0 the device would carry nothing and hold no level."""

    def __post_init__(self) -> None:
        """Check."""
        for name in ("a1", "a2", "b", "v_p", "v_n", "a_p", "a_n"):
            if not getattr(self, name) > 0:
                msg = f"{name} must be positive, not {getattr(self, name):g}"
                raise ValueError(msg)
        for name in ("x_p", "x_n", "x_min"):
            if not 0 < getattr(self, name) < 1:
                msg = f"{name} must be between 0 and 1, not {getattr(self, name):g}"
                raise ValueError(msg)


BOISE = YakopcicParameters(
    a1=0.17, a2=0.17, b=0.05, v_p=0.16, v_n=0.15, a_p=4000, a_n=4000, x_p=0.3, x_n=0.5,
    alpha_p=1, alpha_n=5,
)  # fmt: skip
"""Chalcogenide of Oblea et al., 2010, under a sine of 0.45 V and 100 Hz."""

MICHIGAN = YakopcicParameters(
    a1=3.7e-7, a2=4.35e-7, b=0.7, v_p=1.5, v_n=0.5, a_p=0.005, a_n=0.08, x_p=0.2, x_n=0.5,
    alpha_p=1.2, alpha_n=3,
)  # fmt: skip
"""Amorphous silicon of Jo et al., 2010, under pulses of +4 and -2 V."""


class Yakopcic(OneStateDevice):
    """The model with a fitted set."""

    stored = "x"

    def __init__(
        self, parameters: YakopcicParameters, *, name: str, source: str, voltage: float
    ) -> None:
        super().__init__(
            name=name,
            valid=ParameterRange(
                source=source, voltage=(-voltage, voltage), temperature=(280.0, 320.0)
            ),
            lowest=parameters.x_min,
            highest=1.0,
        )
        self.parameters = parameters

    def current_of(self, voltage: Floats, stored: Floats) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S]."""
        p = self.parameters
        factor = np.where(voltage >= 0, p.a1, p.a2) * stored
        return sinh_current(factor, p.b, voltage)

    def rate_of(self, voltage: Floats, stored: Floats, temperature: float) -> Floats:
        """Return dx/dt [1/s]."""
        del temperature
        p = self.parameters
        up = p.a_p * np.maximum(np.exp(voltage) - np.exp(p.v_p), 0.0)
        down = p.a_n * np.maximum(np.exp(-voltage) - np.exp(p.v_n), 0.0)
        slowed_up = np.where(
            stored >= p.x_p,
            np.exp(-p.alpha_p * (stored - p.x_p)) * ((p.x_p - stored) / (1 - p.x_p) + 1),
            1.0,
        )
        slowed_down = np.where(
            stored <= 1 - p.x_n,
            np.exp(p.alpha_n * (stored + p.x_n - 1)) * stored / (1 - p.x_n),
            1.0,
        )
        rate: Floats = up * slowed_up - down * slowed_down
        return rate

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        v, span = "V(top,bottom)", 1 - p.x_min
        x = f"({p.x_min!r}+{span!r}*V(inside))"
        up = f"({p.a_p!r}*max(exp({v})-exp({p.v_p!r}),0))"
        down = f"({p.a_n!r}*max(exp(-{v})-exp({p.v_n!r}),0))"
        slowed_up = (
            f"({x}>={p.x_p!r} ? exp(-{p.alpha_p!r}*({x}-{p.x_p!r}))"
            f"*(({p.x_p!r}-{x})/{1 - p.x_p!r}+1) : 1)"
        )
        slowed_down = (
            f"({x}<={1 - p.x_n!r} ? exp({p.alpha_n!r}*({x}-{1 - p.x_n!r}))*{x}/{1 - p.x_n!r} : 1)"
        )
        return one_state_subcircuit(
            name,
            current=f"({v}>=0 ? {p.a1!r} : {p.a2!r})*{x}*sinh({p.b!r}*{v})",
            rate=f"({up}*{slowed_up}-{down}*{slowed_down})/{span!r}",
        )


def boise() -> Yakopcic:
    """Return the chalcogenide device."""
    return Yakopcic(BOISE, name="yakopcic", source="Oblea et al. 2010, 0.45 V 100 Hz", voltage=0.6)


def michigan() -> Yakopcic:
    """Return the amorphous silicon device."""
    return Yakopcic(
        MICHIGAN, name="yakopcic-michigan", source="Jo et al. 2010, +4/-2 V", voltage=4.0
    )
