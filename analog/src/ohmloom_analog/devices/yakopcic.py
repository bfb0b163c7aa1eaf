"""Yakopcic's model: a sinh for the current, exponential thresholds, two windows.

=========  ==========================================  ====
symbol     name                                        unit
=========  ==========================================  ====
x          state, 1 at the highest conductance         1
a1, a2     current at v >= 0, v < 0                    A
b          steepness of the current                    1/V
l, m       the same of what flows at x = 0, if any     A, 1/V
Vp, Vn     thresholds                                  V
Ap, An     speeds beyond them                          1/s
xp, xn     where motion begins to slow down            1
alp, aln   how fast it does                            1
=========  ==========================================  ====

::

    i = a1 x sinh(b v), v >= 0;  a2 x sinh(b v), v < 0
    i = a x sinh(b v) + l (1 - x) sinh(m v), each with its own value at v < 0
    g(v) = Ap (e^v - e^Vp), v > Vp;  -An (e^-v - e^Vn), v < -Vn;  0 between
    f = exp(-alp (x - xp)) ((xp - x)/(1 - xp) + 1), v >= 0 and x >= xp;  else 1
    f = exp(aln (x + xn - 1)) x/(1 - xn),           v < 0 and x <= 1 - xn;  else 1
    dx/dt = g(v) f(v, x)

The second current is that of two branches, for a device that conducts in either state.

Source: Yakopcic et al., IEEE EDL 32(10), 2011 and TCAD 32(8), 2013; parameter rows as in
thomastiotto/Memristor-Models at 1dcb5f3318.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.checked import require_positive
from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.physics import sinh_current
from ohmloom_analog.devices.protocol import ParameterRange
from ohmloom_analog.devices.spice_text import (
    DRIVE,
    HELD,
    INSIDE,
    one_state_subcircuit,
    spice_sinh,
)

__all__ = [
    "BOISE",
    "BOISE_TRIANGLE",
    "MICHIGAN",
    "STRONTIUM_TITANATE",
    "TANTALUM_OXIDE",
    "Yakopcic",
    "YakopcicParameters",
    "boise",
    "boise_triangle",
    "michigan",
    "strontium_titanate",
    "tantalum_oxide",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class YakopcicParameters:
    """One fitted device."""

    a1: float
    """Current prefactor at v >= 0 [A]."""
    a2: float
    """Current prefactor at v < 0 [A]."""
    b: float
    """Steepness of the current at v >= 0 [1/V]."""
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
    b_negative: float | None = None
    """Steepness of the current at v < 0 [1/V]; None for that at v >= 0."""
    leak_p: float = 0.0
    """Current prefactor of the low branch at v >= 0 [A]; 0 for a single branch."""
    leak_n: float = 0.0
    """The same at v < 0 [A]."""
    leak_b_p: float = 0.0
    """Steepness of the low branch at v >= 0 [1/V]."""
    leak_b_n: float = 0.0
    """The same at v < 0 [1/V]."""
    x_min: float = 1e-3
    """Lowest state; at 0 the device would carry nothing and hold no level."""

    def __post_init__(self) -> None:
        """Check."""
        require_positive(self, "a1", "a2", "b", "v_p", "v_n", "a_p", "a_n")
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

BOISE_TRIANGLE = YakopcicParameters(
    a1=0.097, a2=0.097, b=0.05, v_p=0.16, v_n=0.15, a_p=4000, a_n=4000, x_p=0.3, x_n=0.5,
    alpha_p=1, alpha_n=5,
)  # fmt: skip
"""The same device under triangular pulses of 0.25 V."""

TANTALUM_OXIDE = YakopcicParameters(
    a1=0.11, a2=0.11, b=0.5, v_p=0.09, v_n=0.75, a_p=7.5, a_n=2, x_p=0.3, x_n=0.5,
    alpha_p=1, alpha_n=5,
)  # fmt: skip
"""TaOx of Miao et al., 2011, under +0.75 and -1.25 V; v_p may be a slip of its source for 0.9."""

STRONTIUM_TITANATE = YakopcicParameters(
    a1=9e-5, a2=1.7e-4, b=4.96, b_negative=3.23, leak_p=1.5e-5, leak_n=4.4e-7, leak_b_p=6.91,
    leak_b_n=2.6, v_p=0.5, v_n=0.5, a_p=90 / 844.3632, a_n=10 / 844.3632, x_p=0.1, x_n=1 - 0.242,
    alpha_p=1, alpha_n=1, x_min=1e-6,
)  # fmt: skip
"""Nb:SrTiO3 in two branches; x_n is 1 less that of its source, whose window falls below x_n."""


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
        up = voltage >= 0
        steep = np.where(up, p.b, p.b if p.b_negative is None else p.b_negative)
        factor = np.where(up, p.a1, p.a2) * stored
        leak_steep = np.where(up, p.leak_b_p, p.leak_b_n)
        leak = np.where(up, p.leak_p, p.leak_n) * (1 - stored)
        current, slope = sinh_current(factor, steep, voltage)
        leaking, by_leak = sinh_current(leak, leak_steep, voltage)
        return current + leaking, slope + by_leak

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
        v, span = HELD, 1 - p.x_min
        x = f"({p.x_min!r}+{span!r}*{INSIDE})"
        up = f"({p.a_p!r}*max(exp({v})-exp({p.v_p!r}),0))"
        down = f"({p.a_n!r}*max(exp(-{v})-exp({p.v_n!r}),0))"
        slowed_up = (
            f"({x}>={p.x_p!r} ? exp(-{p.alpha_p!r}*({x}-{p.x_p!r}))"
            f"*(({p.x_p!r}-{x})/{1 - p.x_p!r}+1) : 1)"
        )
        slowed_down = (
            f"({x}<={1 - p.x_n!r} ? exp({p.alpha_n!r}*({x}-{1 - p.x_n!r}))*{x}/{1 - p.x_n!r} : 1)"
        )
        negative = p.b if p.b_negative is None else p.b_negative
        current = f"({_branch(p.a1, p.b, p.a2, negative)})*{x}"
        if p.leak_p or p.leak_n:
            current += f"+({_branch(p.leak_p, p.leak_b_p, p.leak_n, p.leak_b_n)})*(1-{x})"
        return one_state_subcircuit(
            name,
            current=current,
            rate=f"({up}*{slowed_up}-{down}*{slowed_down})/{span!r}",
            reach=self.valid.voltage[1],
        )


def _branch(up: float, steep_up: float, down: float, steep_down: float) -> str:
    """Return the expression of a current whose parameters depend on the sign of the voltage."""
    return (
        f"{DRIVE}>=0 ? {up!r}*{spice_sinh(f'{steep_up!r}*{DRIVE}')} : "
        f"{down!r}*{spice_sinh(f'{steep_down!r}*{DRIVE}')}"
    )


def boise() -> Yakopcic:
    """Return the chalcogenide device."""
    return Yakopcic(BOISE, name="yakopcic", source="Oblea et al. 2010, 0.45 V 100 Hz", voltage=0.6)


def michigan() -> Yakopcic:
    """Return the amorphous silicon device."""
    return Yakopcic(
        MICHIGAN, name="yakopcic-michigan", source="Jo et al. 2010, +4/-2 V", voltage=4.0
    )


def boise_triangle() -> Yakopcic:
    """Return the chalcogenide device, as fitted to triangular pulses."""
    return Yakopcic(
        BOISE_TRIANGLE,
        name="yakopcic-boise-triangle",
        source="Oblea et al. 2010, 0.25 V triangles",
        voltage=0.4,
    )


def tantalum_oxide() -> Yakopcic:
    """Return the TaOx device."""
    return Yakopcic(
        TANTALUM_OXIDE, name="yakopcic-hp", source="Miao et al. 2011, +0.75/-1.25 V", voltage=1.25
    )


def strontium_titanate() -> Yakopcic:
    """Return the Nb:SrTiO3 device."""
    return Yakopcic(
        STRONTIUM_TITANATE,
        name="yakopcic-srtio3",
        source="Memristor-Models at 3e12d16ce9, memristor_yakopcic.sub",
        voltage=2.0,
    )
