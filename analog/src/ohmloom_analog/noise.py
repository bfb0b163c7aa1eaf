"""Noise of a read: thermal, shot and flicker.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        conductance                                                 S
I        direct current                                              A
B        noise bandwidth                                             Hz
T        temperature                                                 K
Q        flicker amplitude: S_G / G^2 = Q^2 / f                      1
t_i      integration time of a read                                  s
=======  ==========================================================  ====

::

    thermal:  sigma_i = sqrt(4 k T G B)
    shot:     sigma_i = sqrt(2 q |I| B)
    flicker:  sigma_G = G Q sqrt(ln(f_high / f_low))
    B = 1 / (2 t_i) of an integrator

The noise of parallel cells adds in variance: a line's thermal noise is that of the sum of its
conductances, its shot noise that of the sum of the magnitudes of its currents. A resistive cell
shows thermal noise alone; a tunnelling one shows shot noise, which at 0 V would hide its thermal
noise, so that taking both is the upper bound.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = [
    "bandwidth_of_integration",
    "flicker",
    "flicker_sigma",
    "johnson",
    "johnson_sigma",
    "shot",
    "shot_sigma",
]

Floats = NDArray[np.float64]

_BOLTZMANN = 1.380649e-23
_CHARGE = 1.602176634e-19


def bandwidth_of_integration(duration: float) -> float:
    """Return the noise bandwidth of an integrator [Hz].

    Raises
    ------
    ValueError
        Where the duration [s] isn't finite and above 0.
    """
    if not 0 < duration < np.inf:
        msg = f"duration of an integration must be finite and above 0 s, not {duration!r}"
        raise ValueError(msg)
    return 1 / (2 * duration)


def johnson_sigma(conductance: ArrayLike, bandwidth: float, temperature: float) -> Floats:
    """Return the thermal noise current of conductances [S], as standard deviation [A].

    Raises
    ------
    ValueError
        Where a number is negative or not finite.
    """
    siemens = checked("conductance", conductance, 0.0, unit="S")
    hertz = checked("bandwidth", bandwidth, 0.0, unit="Hz")
    kelvin = checked("temperature", temperature, 0.0, unit="K")
    sigma: Floats = np.sqrt(4 * _BOLTZMANN * kelvin * hertz * siemens)
    return sigma


def johnson(
    conductance: ArrayLike, bandwidth: float, temperature: float, rng: np.random.Generator
) -> Floats:
    """Return one draw of the thermal noise current for each conductance [A]."""
    sigma = johnson_sigma(conductance, bandwidth, temperature)
    return sigma * rng.standard_normal(sigma.shape)


def shot_sigma(current: ArrayLike, bandwidth: float) -> Floats:
    """Return the shot noise of currents [A] of either sign, as standard deviation [A].

    Raises
    ------
    ValueError
        Where a current isn't finite, or the bandwidth [Hz] is negative or not finite.
    """
    ampere = checked("current", current, -np.inf, unit="A")
    hertz = checked("bandwidth", bandwidth, 0.0, unit="Hz")
    sigma: Floats = np.sqrt(2 * _CHARGE * hertz * np.abs(ampere))
    return sigma


def shot(current: ArrayLike, bandwidth: float, rng: np.random.Generator) -> Floats:
    """Return one draw of the shot noise for each current [A]; exactly 0 where it is 0."""
    sigma = shot_sigma(current, bandwidth)
    return sigma * rng.standard_normal(sigma.shape)


def flicker_sigma(
    conductance: ArrayLike, amplitude: ArrayLike, f_low: float, f_high: float
) -> Floats:
    """Return the 1/f noise of conductances [S] between two frequencies, as deviation [S].

    Parameters
    ----------
    conductance
        Of each cell [S].
    amplitude
        Q of each cell, or of all, in [0, 1].
    f_low
        One over the time since the cell was last calibrated [Hz].
    f_high
        One over the duration of a read [Hz].

    Raises
    ------
    ValueError
        Where the frequencies don't rise from above 0, or another number is out of range.
    """
    if not 0 < f_low <= f_high < np.inf:
        msg = f"f_low and f_high must rise from above 0 Hz, not {f_low!r} and {f_high!r}"
        raise ValueError(msg)
    siemens = checked("conductance", conductance, 0.0, unit="S")
    q = checked("flicker amplitude", amplitude, 0.0, 1.0)
    sigma: Floats = siemens * q * np.sqrt(np.log(f_high / f_low))
    return sigma


def flicker(
    conductance: ArrayLike,
    amplitude: ArrayLike,
    f_low: float,
    f_high: float,
    rng: np.random.Generator,
) -> Floats:
    """Return one read of conductances with 1/f noise, at least 0 [S]."""
    sigma = flicker_sigma(conductance, amplitude, f_low, f_high)
    siemens = np.asarray(conductance, dtype=np.float64)
    return np.maximum(siemens + sigma * rng.standard_normal(sigma.shape), 0.0)
