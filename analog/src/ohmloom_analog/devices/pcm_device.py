"""Phase-change memory as a device: pulses of the staircase, statistics of inference.

=======  ==============================================================  ====
symbol   name                                                            unit
=======  ==============================================================  ====
G        conductance when it was verified, t_0 after the write           S
x        conductance now, within the window                              1
nu       drift exponent                                                  1
t        age, time since G was verified                                  s
n        SET pulses since the last RESET                                 1
v_set    magnitude of the voltage from which a pulse crystallises        V
v_melt   magnitude of the voltage from which it melts, at 300 K          V
T_m      melting temperature                                             K
=======  ==============================================================  ====

::

    v_melt(T) = v_melt sqrt((T_m - T) / (T_m - 300 K))        from T + R_th P = T_m, P ~ v^2
    waiting: G(t) = G ((t + t_0) / t_0)^-nu,  and the amorphous part crystallises by Arrhenius's law

The device knows no polarity: what counts is the magnitude. Its positive range ends below melting,
so that, as everywhere here, a positive pulse sets; a negative one resets where it melts, and sets
between v_set and v_melt.

Two sets of measurements describe PCM and were not made on one device: the statistics of inference
with a window of 25 uS, and the staircase of a device that SET pulses lead to 10.5 uS on average.
``pcm-pulses`` is the second as published. ``pcm`` has the window, the exponents and the times of
the first, and scales the unit of the staircase so that it leads to the top of that window: it is
the one for write-verify and for ageing.

In ngspice the state follows the mean staircase, as a function of time: one pulse is `width` long.
A melted cell falls to the lowest conductance within nanoseconds. Neither drifts nor deviates.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ageing import retained, retention_time
from ohmloom_analog.devices.pcm import DRIFT_REFERENCE, drift_exponent, drift_exponent_sample
from ohmloom_analog.devices.pcm_pulses import (
    equivalent_pulses,
    mean_after_set,
    mean_gain,
    sample_after_set,
    staircase_limit,
)
from ohmloom_analog.devices.protocol import ParameterRange, State
from ohmloom_analog.devices.spice_text import DRIVE, HELD, INSIDE, one_state_subcircuit
from ohmloom_analog.ranges import checked

__all__ = ["Pcm", "PcmParameters", "pcm", "pcm_pulses"]

Floats = NDArray[np.float64]

_YEAR = 365.25 * 86400
_ROOM = 300.0
_RESET_SPREAD = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class PcmParameters:
    """Parameters of a device."""

    g_min: float = 0.1e-6
    """After RESET [S]."""
    g_max: float = 25e-6
    """Highest conductance [S]."""
    unit: float = 25e-6 / staircase_limit(1.0)
    """Unit of the staircase; 1 uS as published [S]."""
    exponent: float | None = None
    """nu of all cells; None for one that each write draws, by conductance."""
    reference: float = DRIFT_REFERENCE
    """t_0 [s]."""
    v_set: float = 1.0
    """From here a pulse sets; depends on what is in series, so a default and no measurement [V]."""
    v_melt: float = 2.0
    """From here it melts, likewise [V]."""
    width: float = 50e-9
    """Of one pulse of the staircase [s]."""
    quench: float = 1e-9
    """Time constant with which a melted cell loses its conductance [s]."""
    melting: float = 890.0
    """T_m [K]."""
    crystallisation: float = 2.5
    """Activation energy of crystallisation, 2.3 to 2.7 eV for GST [eV]."""
    ten_years_at: float = 373.0
    """Temperature at which a tenth of the amorphous part crystallises in ten years [K]."""

    def __post_init__(self) -> None:
        """Check."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0 < value < math.inf:
                msg = f"{field.name} of a PCM must be finite and above 0, not {value!r}"
                raise ValueError(msg)
        for low, high in (("g_min", "g_max"), ("v_set", "v_melt")):
            if not getattr(self, low) < getattr(self, high):
                msg = (
                    f"{low} of a PCM must be below {high} = {getattr(self, high):g}, "
                    f"not {getattr(self, low):g}"
                )
                raise ValueError(msg)

    def v_melt_at(self, temperature: float) -> float:
        """Return v_melt at an ambient temperature [K]."""
        return self.v_melt * math.sqrt((self.melting - temperature) / (self.melting - _ROOM))


class Pcm:
    """A device whose state is `conductance`, `exponent`, `age` and `set_pulses`."""

    technology: Literal["rram", "pcm", "mram"] = "pcm"
    state_names: tuple[str, ...] = ("conductance", "exponent", "age", "set_pulses")
    linear: bool = True

    def __init__(self, parameters: PcmParameters, *, name: str, source: str) -> None:
        self.name = name
        self.parameters = parameters
        # The positive range ends where a pulse sets at every temperature of the range.
        self.valid = ParameterRange(
            source=source,
            voltage=(-1.5 * parameters.v_melt, 0.75 * parameters.v_melt),
            temperature=(233.0, 398.0),
        )

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the lowest and highest conductance, the same at any `v_read` [S]."""
        del v_read
        return self.parameters.g_min, self.parameters.g_max

    def conductance(self, state: State, v_read: float) -> Floats:
        """Return what cells conduct now, after their drift, the same at any `v_read` [S]."""
        del v_read
        reference = self.parameters.reference
        left: Floats = state["conductance"] * (1 + state["age"] / reference) ** -state["exponent"]
        return left

    def state_for(self, conductance: ArrayLike, v_read: float) -> State:
        """Return cells that have just been verified at these conductances [S], mean exponents.

        Raises
        ------
        ValueError
            Where a conductance is outside the window.
        """
        p = self.parameters
        low, high = self.window(v_read)
        wanted = checked(
            f"conductance of a {self.name} cell",
            conductance,
            low * (1 - 1e-9),
            high * (1 + 1e-9),
            unit="S",
        )
        return {
            "conductance": np.array(wanted),
            "exponent": self._exponents(wanted, None),
            "age": np.zeros(wanted.shape),
            "set_pulses": equivalent_pulses(wanted, p.g_min, p.unit),
        }

    def current(self, voltage: ArrayLike, state: State) -> Floats:
        """Return the current while the state stands still [A]; exactly 0 at 0 V."""
        return self.current_and_slope(voltage, state)[0]

    def current_and_slope(self, voltage: ArrayLike, state: State) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S] while the state stands still."""
        slope = self.conductance(state, 1.0)
        volts, slope = np.broadcast_arrays(np.asarray(voltage, dtype=np.float64), slope)
        return volts * slope, slope

    def pulse(
        self,
        state: State,
        voltage: ArrayLike,
        width: float,
        *,
        rng: np.random.Generator | None = None,
        temperature: float = _ROOM,
    ) -> State:
        """Return the state after a rectangular pulse; the protocol tells the parameters.

        What a pulse doesn't write ages by its width, so that waiting is a pulse of 0 V.
        """
        p = self.parameters
        checked("width of a pulse", width, 0.0, unit="s")
        checked(
            f"temperature of a {self.name} cell", temperature, *self.valid.temperature, unit="K"
        )
        shape = np.shape(state["conductance"])
        given = checked(
            f"voltage across a {self.name} cell", voltage, *self.valid.voltage, unit="V"
        )
        strength = np.broadcast_to(np.abs(given), shape)
        melts = (strength >= p.v_melt_at(temperature)) & (width > 0)
        sets = (strength >= p.v_set) & ~melts & (width > 0)
        written = melts | sets
        hold = retention_time(10 * _YEAR, p.crystallisation, temperature, p.ten_years_at)
        after = {
            "conductance": retained(state["conductance"], width, hold, floor=p.g_max),
            "exponent": np.array(state["exponent"]),
            "age": state["age"] + width,
            "set_pulses": np.array(state["set_pulses"]),
        }
        if written.any():
            begun = self.conductance(state, 1.0)
            after["conductance"][sets] = self._set(
                begun[sets], state["set_pulses"][sets], width, rng
            )
            after["set_pulses"][sets] += width / p.width
            after["conductance"][melts] = self._reset(begun[melts], width, rng)
            after["set_pulses"][melts] = 0.0
            after["exponent"][written] = self._exponents(after["conductance"][written], rng)
            after["age"][written] = 0.0
        return after

    def _set(
        self, begun: Floats, before: Floats, width: float, rng: np.random.Generator | None
    ) -> Floats:
        p = self.parameters
        if rng is None:
            mean = mean_after_set(begun, before, width / p.width, p.unit)
            return np.clip(mean, p.g_min, p.g_max)
        return sample_after_set(
            begun, before, width / p.width, unit=p.unit, window=(p.g_min, p.g_max), rng=rng
        )

    def _reset(self, begun: Floats, width: float, rng: np.random.Generator | None) -> Floats:
        p = self.parameters
        deviation = np.zeros(begun.shape) if rng is None else rng.standard_normal(begun.shape)
        floor = p.g_min * np.maximum(1 + _RESET_SPREAD * deviation, 0.0)
        return np.asarray(floor + (begun - floor) * np.exp(-width / p.quench), dtype=np.float64)

    def _exponents(self, conductance: Floats, rng: np.random.Generator | None) -> Floats:
        p = self.parameters
        if p.exponent is not None:
            return np.full(conductance.shape, p.exponent)
        if rng is None:
            return drift_exponent(conductance, p.g_max)[0]
        return drift_exponent_sample(conductance, p.g_max, rng)

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        span = p.g_max - p.g_min
        volts = f"abs({HELD})"
        current = f"{DRIVE}*({p.g_min!r}+{span!r}*{INSIDE})"
        melt = f"{p.v_melt!r}*sqrt(({p.melting!r}-{{ambient}})/{p.melting - _ROOM!r})"
        rate = (
            f"({volts}>={melt} ? -{INSIDE}/{p.quench!r} : "
            f"({volts}>={p.v_set!r} ? {self._gain_text()} : 0))"
        )
        return one_state_subcircuit(
            name, current=current, rate=rate, reach=max(map(abs, self.valid.voltage))
        )

    def _gain_text(self) -> str:
        """Return dx/dt of a SET pulse as a piecewise linear function of x."""
        p = self.parameters
        top = min(p.g_max, staircase_limit(p.unit) * (1 - 1e-3))
        conductance = p.g_min + (top - p.g_min) * np.linspace(0, 1, 65)
        gain = mean_gain(conductance, equivalent_pulses(conductance, p.g_min, p.unit), p.unit)
        if top < p.g_max:
            conductance = np.append(conductance, p.g_max)
            gain = np.append(gain, mean_gain(p.g_max, np.inf, p.unit))
        span = p.g_max - p.g_min
        points = np.stack([(conductance - p.g_min) / span, gain / (span * p.width)], axis=1)
        return f"pwl({INSIDE},{','.join(f'{float(value)!r}' for value in points.ravel())})"

    def normalised(self, state: State) -> Floats:
        """Return what cells conduct now, as a share of the window."""
        p = self.parameters
        share = (self.conductance(state, 1.0) - p.g_min) / (p.g_max - p.g_min)
        return np.clip(share, 0.0, 1.0)

    def from_normalised(self, x: ArrayLike) -> State:
        """Return cells that have just been verified at `x` in [0, 1] of the window."""
        p = self.parameters
        share = checked("normalised state", x, 0.0, 1.0)
        return self.state_for(p.g_min + (p.g_max - p.g_min) * share, 1.0)


def pcm() -> Pcm:
    """Return a device of 25 uS with the statistics of inference."""
    return Pcm(
        PcmParameters(),
        name="pcm",
        source="Joshi, Nat. Commun. 11, 2473 (2020); staircase of Nandakumar (2018), scaled",
    )


def pcm_pulses() -> Pcm:
    """Return the device of the staircase, as published."""
    return Pcm(
        PcmParameters(g_max=20e-6, unit=1e-6, exponent=0.04, reference=38.6),
        name="pcm-pulses",
        source="Nandakumar, J. Appl. Phys. 124, 152135 (2018)",
    )
