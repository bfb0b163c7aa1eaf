"""Whether a magnetic tunnel junction switches within a pulse.

=======  ==============================================================  ====
symbol   name                                                            unit
=======  ==============================================================  ====
i        current over the critical current, positive towards switching   1
t        width of the pulse                                              s
Delta    barrier over k T                                                1
tau_0    attempt time, 1 ns                                              s
tau_D    characteristic time of the magnet                               s
=======  ==============================================================  ====

::

    thermal, i < 0.5:             P = 1 - exp(-t / tau),  tau = tau_0 exp(Delta (1 - i)^2)
    between:                      the Fokker-Planck equation
    precessional, i > 2.5:        P = exp(-c Delta (i - 1) / (i exp(2 (i - 1) t / tau_D) - 1))
                                  c = 2 * 2^((i-1)/(i+1)) ((i-1)/i)^(2/(i+1))
    retention, read disturb:      P = 1 - exp(-t / (tau_0 exp(Delta (1 - i))))

Both laws are asymptotes. Solved beside them at Delta = 60, the Fokker-Planck equation gives the
same mean time as the thermal one at i = 0.5 (3.2 against 3.3 ms), but 65 against 11 ns at i = 0.8;
and it differs from the precessional one by at most 0.053 at i = 1.5, at pulses of 2.6 tau_D, but
by 0.013 at i = 2 and 0.004 at i = 3. So it holds from 0.5 to 2.5. Read disturb keeps the linear
law, by which it is quoted, and which is the careful one.
"""

import importlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = [
    "ATTEMPT_TIME",
    "barrier_for_retention",
    "disturb_probability",
    "mean_switching_time",
    "precessional_probability",
    "switching_probability",
    "thermal_probability",
]

Floats = NDArray[np.float64]

ATTEMPT_TIME = 1e-9
"""tau_0 [s]."""

_THERMAL, _PRECESSIONAL = 0.5, 2.5
_EULER = 0.5772156649015329
_STEEPEST = 700.0


def switching_probability(current: ArrayLike, width: float, barrier: float, tau_d: float) -> Floats:
    """Return the chance that a rectangular pulse switches, in whichever regime it is.

    Parameters
    ----------
    current
        i, of any shape.
    width
        t [s].
    barrier
        Delta, from 20 to 200 where a current is between the regimes.
    tau_d
        tau_D [s].

    Raises
    ------
    ValueError
        Where a current isn't finite, or a width or barrier out of range.
    """
    i = checked("current over the critical current", current, -np.inf)
    checked("width of a pulse", width, 0.0, unit="s")
    found = thermal_probability(np.minimum(i, _THERMAL), width, barrier)
    between = (i > _THERMAL) & (i <= _PRECESSIONAL)
    if between.any():
        # Few pulses need it, and scipy takes its time to import.
        solution = importlib.import_module("ohmloom_analog.devices.fokker_planck")
        table = solution.switching_table(float(barrier))
        found = np.where(between, table.probability(i, width / tau_d), found)
    above = i > _PRECESSIONAL
    if above.any():
        fast = precessional_probability(np.maximum(i, _PRECESSIONAL), width, barrier, tau_d)
        found = np.where(above, fast, found)
    return found


def thermal_probability(current: ArrayLike, width: float, barrier: float) -> Floats:
    """Return P of the thermal regime, for widths of at least 10 tau_D.

    Source: the macrospin's barrier falls as (1 - i)^2.
    """
    i = np.asarray(current, dtype=np.float64)
    exponent = np.minimum(barrier * (1 - i) ** 2, _STEEPEST)
    return -np.expm1(-width / (ATTEMPT_TIME * np.exp(exponent)))


def precessional_probability(
    current: ArrayLike, width: float, barrier: float, tau_d: float
) -> Floats:
    """Return P of the precessional regime, i above 1; 0 without a pulse.

    Source: Butler et al., IEEE Trans. Magn. 48, 4684 (2012), whose constant pi^2 / 4 is replaced
    by one that meets the Fokker-Planck solution to 0.02 from i = 2 to 6.
    """
    i = np.asarray(current, dtype=np.float64)
    if width == 0:
        return np.zeros(i.shape)
    factor = 2 * 2 ** ((i - 1) / (i + 1)) * ((i - 1) / i) ** (2 / (i + 1))
    grown = np.exp(np.minimum(2 * (i - 1) * width / tau_d, _STEEPEST))
    probability: Floats = np.exp(-factor * barrier * (i - 1) / (i * grown - 1))
    return probability


def disturb_probability(current: ArrayLike, width: float, barrier: float) -> Floats:
    """Return the chance that a read, or at i = 0 mere time, flips a cell.

    Source: Bishnoi et al., ITC 2014: the barrier falls as 1 - i.

    Parameters
    ----------
    current
        i, of any shape.
    width
        t [s].
    barrier
        Delta.
    """
    i = np.asarray(current, dtype=np.float64)
    hold = ATTEMPT_TIME * np.exp(np.minimum(barrier * np.maximum(1 - i, 0.0), _STEEPEST))
    return -np.expm1(-width / hold)


def barrier_for_retention(age: float, failures: float) -> float:
    """Return the Delta with which the fraction `failures` of cells has flipped at `age` [s]."""
    if not 0 < failures < 1:
        msg = f"fraction of failures must be within 0 and 1, not {failures!r}"
        raise ValueError(msg)
    checked("age", age, ATTEMPT_TIME, unit="s")
    return float(np.log(age / ATTEMPT_TIME) - np.log(-np.log1p(-failures)))


def mean_switching_time(current: ArrayLike, barrier: float, tau_d: float) -> Floats:
    """Return the mean time to switch above the critical current, infinite below it [s].

    Source: Sun, Phys. Rev. B 62, 570 (2000), averaged over thermal initial angles. It is linear in
    the angle: the mean of the Fokker-Planck equation is 0.42 of it at i = 1.2, 0.65 at 1.5, 0.80
    at 2, and the same within 3 percent from 5 to 10.
    """
    i = np.asarray(current, dtype=np.float64)
    spread = _EULER + np.log(np.pi**2 * barrier / 4)
    over = np.where(i > 1, i - 1, np.nan)
    time: Floats = np.where(i > 1, tau_d * spread / (2 * over), np.inf)
    return time
