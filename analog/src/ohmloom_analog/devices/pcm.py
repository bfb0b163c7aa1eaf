"""Phase-change memory as it serves inference: programming, drift, read noise, temperature.

=======  ==============================================================  ====
symbol   name                                                            unit
=======  ==============================================================  ====
G        conductance of one device, as verified after programming        S
G_max    highest conductance of the window                               S
u        G / G_max                                                       1
nu       drift exponent of a device                                      1
t        time since programming was verified                             s
t_0      time from programming to verification, 20 s                     s
t_r      duration of a read, 250 ns                                      s
Q        amplitude of its 1/f noise: S_G / G^2 = Q^2 / f                 1
E_a      activation energy of the amorphous part's conduction            eV
=======  ==============================================================  ====

::

    sigma_programming / (G_max / 25) = 0.26348 + 1.9650 u - 1.1731 u^2            [uS]
    nu = |m + s N(0, 1)|,  m = clip(-0.0155 ln u + 0.0244, 0.049, 0.1),
                           s = clip(-0.0125 ln u - 0.0059, 0.008, 0.045)
    G(t) = G ((t + t_0) / t_0)^-nu
    Q = min(0.0088 / u^0.65, 0.2),  sigma_read = G(t) Q sqrt(ln((t + t_0 + t_r) / (2 t_r)))
    1/G(T) = 1/G_max + (1/G - 1/G_max) exp(E_a/k (1/T - 1/T_0))

Programming itself is `ohmloom_analog.programming_error`, under the name ``pcm``. The drift hardly
depends on temperature. Source: Joshi et al., Nat. Commun. 11, 2473 (2020), a million devices of
doped GST, with G_max = 25 uS; as in IBM/aihwkit at 4545f11b52, pcm.py. Q follows the conductance
as programmed, as there.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.devices.physics import BOLTZMANN_EV
from ohmloom_analog.ranges import checked

__all__ = [
    "DRIFT_REFERENCE",
    "READ_DURATION",
    "drift_exponent",
    "drift_exponent_sample",
    "flicker_amplitude",
    "pcm_at_temperature",
    "read_noise_sigma",
]

Floats = NDArray[np.float64]

DRIFT_REFERENCE = 20.0
"""t_0 [s]."""
READ_DURATION = 250e-9
"""t_r [s]."""

# Below this share of the window all three laws have reached their limits.
_LEAST_SHARE = 1e-6


def drift_exponent(conductance: ArrayLike, g_max: float) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of nu at conductances [S] of a window up to `g_max` [S].

    Raises
    ------
    ValueError
        Where a conductance is negative or not finite.
    """
    log = np.log(_share(conductance, g_max))
    mean: Floats = np.clip(-0.0155 * log + 0.0244, 0.049, 0.1)
    spread: Floats = np.clip(-0.0125 * log - 0.0059, 0.008, 0.045)
    return mean, spread


def drift_exponent_sample(conductance: ArrayLike, g_max: float, rng: np.random.Generator) -> Floats:
    """Return the nu of each device, one draw each; the parameters are those of `drift_exponent`."""
    mean, spread = drift_exponent(conductance, g_max)
    nu: Floats = np.abs(mean + spread * rng.standard_normal(mean.shape))
    return nu


def flicker_amplitude(conductance: ArrayLike, g_max: float) -> Floats:
    """Return Q at conductances [S] of a window up to `g_max` [S]."""
    q: Floats = np.minimum(0.0088 / _share(conductance, g_max) ** 0.65, 0.2)
    return q


def read_noise_sigma(
    programmed: ArrayLike,
    drifted: ArrayLike,
    age: float,
    g_max: float,
    *,
    duration: float = READ_DURATION,
) -> Floats:
    """Return the standard deviation of one read of each device [S].

    Parameters
    ----------
    programmed
        Conductance as verified [S].
    drifted
        Conductance at `age` [S].
    age
        t [s].
    g_max
        Highest conductance of the window [S].
    duration
        t_r [s].

    Raises
    ------
    ValueError
        Where a conductance or the age is negative, or the duration isn't within (0, 10 s].
    """
    seconds = float(checked("age", age, 0.0, unit="s")) + DRIFT_REFERENCE
    if not 0 < duration <= 10:
        msg = f"duration of a read must be above 0 and at most 10 s, not {duration!r}"
        raise ValueError(msg)
    now = checked("conductance", drifted, 0.0, unit="S")
    memory = np.sqrt(np.log((seconds + duration) / (2 * duration)))
    sigma: Floats = now * flicker_amplitude(programmed, g_max) * memory
    return sigma


def pcm_at_temperature(
    conductance: ArrayLike,
    temperature: float,
    g_max: float,
    *,
    activation: float = 0.25,
    reference: float = 300.0,
) -> Floats:
    """Return what devices conduct at another temperature [S].

    The crystalline part, 1 / `g_max`, is in series with the amorphous one and doesn't change.

    Parameters
    ----------
    conductance
        At the reference temperature, at most `g_max` [S].
    temperature, reference
        Where the devices are, and where they were read [K].
    g_max
        Highest conductance of the window [S].
    activation
        E_a, 0.2 to 0.3 eV at the field of a read [eV].

    Raises
    ------
    ValueError
        Where a conductance is outside [0, g_max], or a temperature below 1 K.
    """
    siemens = checked("conductance", conductance, 0.0, g_max * (1 + 1e-9), unit="S")
    here, there = (
        float(checked("temperature", kelvin, 1.0, unit="K")) for kelvin in (temperature, reference)
    )
    factor = np.exp(activation / BOLTZMANN_EV * (1 / here - 1 / there))
    amorphous = np.maximum(g_max - siemens, 0.0)
    moved: Floats = siemens * g_max / (siemens + amorphous * factor)
    return moved


def _share(conductance: ArrayLike, g_max: float) -> Floats:
    if not 0 < g_max < np.inf:
        msg = f"g_max must be finite and above 0 S, not {g_max!r}"
        raise ValueError(msg)
    siemens = checked("conductance", conductance, 0.0, unit="S")
    return np.maximum(siemens / g_max, _LEAST_SHARE)
