"""Phase-change memory under equal SET pulses: the staircase of its conductance.

=======  ==============================================================  ====
symbol   name                                                            unit
=======  ==============================================================  ====
g        conductance in units of U                                       1
U        unit of the fit; 1 uS for the device that was measured          S
n        SET pulses since the last RESET, the one at hand included       1
e        exp(-n / 2.6), the memory of the RESET                          1
=======  ==============================================================  ====

::

    g <- g - 0.084 g + 0.880 + 1.40 e + (0.091 g + 0.260 + 2.15 e) N(0, 1)
    mean after k more pulses:  g_inf + K e_0 exp(-k/2.6) + (g - g_inf - K e_0) 0.916^k
                               g_inf = 0.880 / 0.084,   K = 1.40 / (1 - 0.916 exp(1/2.6))
    read noise:  sigma = 0.03 g + 0.13

The mean is written for any k, so that a pulse of another width is that share of a pulse, and a
circuit can follow the same curve in time. Source: Nandakumar et al., J. Appl. Phys. 124, 152135
(2018), as in YigitDemirag/srnn-pcm at 2d91783602, xbar.py.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = [
    "equivalent_pulses",
    "mean_after_set",
    "mean_gain",
    "pulse_read_noise_sigma",
    "sample_after_set",
    "staircase_limit",
]

Floats = NDArray[np.float64]

_LOSS, _GAIN, _FRESH = 0.084, 0.880, 1.40
_MEMORY = 2.6
_LIMIT = _GAIN / _LOSS
_K = _FRESH / (1 - (1 - _LOSS) * np.exp(1 / _MEMORY))
# After so many pulses a step of the mean is a millionth of the unit.
_MOST = 200.0


def staircase_limit(unit: float) -> float:
    """Return the mean conductance to which SET pulses lead [S]."""
    return _LIMIT * unit


def mean_after_set(
    conductance: ArrayLike, before: ArrayLike, pulses: ArrayLike, unit: float
) -> Floats:
    """Return the mean conductance after SET pulses [S].

    Parameters
    ----------
    conductance
        Before them [S].
    before
        SET pulses since the last RESET, until now.
    pulses
        How many follow; a pulse of a share of the width is that share.
    unit
        U [S].
    """
    g, n, k = (np.asarray(a, dtype=np.float64) for a in (conductance, before, pulses))
    memory = _K * np.exp(-n / _MEMORY)
    rest = (g / unit - _LIMIT - memory) * (1 - _LOSS) ** k
    mean: Floats = unit * (_LIMIT + memory * np.exp(-k / _MEMORY) + rest)
    return mean


def mean_gain(conductance: ArrayLike, before: ArrayLike, unit: float) -> Floats:
    """Return the slope of the mean against the number of pulses [S]."""
    g, n = (np.asarray(a, dtype=np.float64) for a in (conductance, before))
    memory = _K * np.exp(-n / _MEMORY)
    rest = (g / unit - _LIMIT - memory) * np.log(1 - _LOSS)
    gain: Floats = unit * (rest - memory / _MEMORY)
    return gain


def sample_after_set(
    conductance: ArrayLike,
    before: ArrayLike,
    pulses: float,
    *,
    unit: float,
    window: tuple[float, float],
    rng: np.random.Generator,
) -> Floats:
    """Return conductances after SET pulses, each with its own deviation at every pulse [S].

    Parameters
    ----------
    conductance, before, unit
        As of `mean_after_set`.
    pulses
        How many follow; the rest of a pulse deviates by the root of its share. More than 200 are
        drawn as 200: the distribution stands by then.
    window
        Lowest and highest conductance, at which each step is clipped [S].
    rng
        Draws one number a cell and pulse.
    """
    g = np.array(conductance, dtype=np.float64)
    n = np.asarray(before, dtype=np.float64)
    left = min(float(checked("SET pulses", pulses, 0.0)), _MOST)
    while left > 1e-9:
        share = 1.0 if left > 1 - 1e-9 else left
        mean = mean_after_set(g, n, share, unit)
        memory = np.exp(-(n + share) / _MEMORY)
        sigma = (0.091 * g / unit + 0.260 + 2.15 * memory) * unit * np.sqrt(share)
        g = np.clip(mean + sigma * rng.standard_normal(g.shape), *window)
        n, left = n + share, left - share
    return g


def equivalent_pulses(conductance: ArrayLike, start: float, unit: float) -> Floats:
    """Return after how many SET pulses the mean has come from `start` to a conductance.

    Parameters
    ----------
    conductance
        Of each cell [S]; above the limit of the staircase it is taken as at its end.
    start
        Conductance after RESET [S].
    unit
        U [S].
    """
    pulses = np.concatenate([np.linspace(0, 20, 201), np.linspace(21, _MOST, 180)])
    means = np.maximum.accumulate(mean_after_set(start, 0.0, pulses, unit))
    found: Floats = np.interp(np.asarray(conductance, dtype=np.float64), means, pulses)
    return found


def pulse_read_noise_sigma(conductance: ArrayLike, unit: float) -> Floats:
    """Return the standard deviation of one read after the staircase's fit [S]."""
    sigma: Floats = 0.03 * checked("conductance", conductance, 0.0, unit="S") + 0.13 * unit
    return sigma
