"""Random telegraph noise: a trap in a cell that fills and empties, and lowers the conductance.

==============  ===================================================  ====
symbol          name                                                 unit
==============  ===================================================  ====
s               occupation, 0 or 1                                   1
tau_0, tau_1    mean dwell in 0 and in 1                             s
a               relative drop of the conductance while s = 1         1
==============  ===================================================  ====

::

    1/tau = 1/tau_0 + 1/tau_1,   e = 1 - exp(-dt/tau)
    P(0 -> 1) = e tau / tau_0,   P(1 -> 0) = e tau / tau_1
    G = G_0 (1 - a s),           ln a ~ N(ln a_med, sigma_a^2)

The step is exact for any dt: it counts no switches, it draws where the trap is found. Amplitudes
grow with the cell's resistance and saturate near 1: a_med = x / (1 + x) with x = a_ref G_ref / G.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = [
    "telegraph_amplitude",
    "telegraph_conductance",
    "telegraph_dwell",
    "telegraph_median",
    "telegraph_start",
    "telegraph_step",
]

Floats = NDArray[np.float64]
Occupation = NDArray[np.bool_]

_LARGEST = 0.999


def telegraph_median(conductance: ArrayLike, g_reference: float, amplitude: float = 0.01) -> Floats:
    """Return the median amplitude of cells, given that of cells at a reference conductance.

    Parameters
    ----------
    conductance
        Of each cell; at 0 the amplitude is 1 [S].
    g_reference
        Conductance at which `amplitude` holds, usually the highest one [S].
    amplitude
        Small-signal amplitude there; 0.5 to 2 percent for low-resistance states.

    Raises
    ------
    ValueError
        Where a number is out of range.
    """
    siemens = checked("conductance", conductance, 0.0, unit="S")
    if not 0 < g_reference < np.inf:
        msg = f"g_reference must be finite and above 0 S, not {g_reference!r}"
        raise ValueError(msg)
    x = float(checked("amplitude of a trap", amplitude, 0.0, 1.0)) * g_reference
    # A trap that takes nothing takes nothing from a cell without conductance either.
    total = siemens + x
    median: Floats = np.divide(x, total, out=np.zeros(siemens.shape), where=total > 0)
    return median


def telegraph_amplitude(
    median: ArrayLike, rng: np.random.Generator, *, sigma: float = 0.8
) -> Floats:
    """Return the amplitude of each cell's trap, drawn once, below 1.

    Parameters
    ----------
    median
        Of each cell, in [0, 1].
    rng
        Draws one number a cell.
    sigma
        Standard deviation of ln a; 0.7 to 1 in the literature.
    """
    centre = checked("median amplitude of a trap", median, 0.0, 1.0)
    width = float(checked("spread of a trap's amplitude", sigma, 0.0, 2.0))
    return np.minimum(centre * np.exp(width * rng.standard_normal(centre.shape)), _LARGEST)


def telegraph_dwell(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    shortest: float = 1e-6,
    longest: float = 1.0,
) -> Floats:
    """Return mean dwells, drawn with a uniform logarithm between two times [s]."""
    if not 0 < shortest <= longest < np.inf:
        msg = f"shortest and longest dwell must rise from above 0 s, not {shortest!r}, {longest!r}"
        raise ValueError(msg)
    dwell: Floats = np.exp(rng.uniform(np.log(shortest), np.log(longest), shape))
    return dwell


def telegraph_start(tau_0: ArrayLike, tau_1: ArrayLike, rng: np.random.Generator) -> Occupation:
    """Return occupations after a long time, one uniform number a cell."""
    empty, full = _dwells(tau_0, tau_1)
    occupied: Occupation = rng.random(empty.shape) < full / (empty + full)
    return occupied


def telegraph_step(
    occupied: Occupation,
    duration: float,
    tau_0: ArrayLike,
    tau_1: ArrayLike,
    rng: np.random.Generator,
) -> Occupation:
    """Return the occupations some time later, one uniform number a cell.

    Parameters
    ----------
    occupied
        Before, one a cell.
    duration
        How much later, from 0 to infinity [s].
    tau_0, tau_1
        Mean dwells of each cell's trap, or of all, empty and full [s].
    rng
        Draws.

    Raises
    ------
    ValueError
        Where the duration is negative, or a dwell isn't above 0.
    """
    if not duration >= 0:
        msg = f"duration of a telegraph step must be at least 0 s, not {duration!r}"
        raise ValueError(msg)
    empty, full = _dwells(tau_0, tau_1)
    occupied, empty, full = np.broadcast_arrays(occupied, empty, full)
    tau = 1 / (1 / empty + 1 / full)
    moved = -np.expm1(-duration / tau) * tau
    change = rng.random(empty.shape) < moved / np.where(occupied, full, empty)
    after: Occupation = occupied ^ change
    return after


def telegraph_conductance(
    conductance: ArrayLike, amplitude: ArrayLike, occupied: Occupation
) -> Floats:
    """Return what the cells conduct with their traps as they are [S]."""
    left: Floats = np.asarray(conductance, dtype=np.float64) * (
        1 - np.asarray(amplitude, dtype=np.float64) * occupied
    )
    return left


def _dwells(tau_0: ArrayLike, tau_1: ArrayLike) -> tuple[Floats, Floats]:
    tiny = float(np.finfo(np.float64).tiny)
    empty = checked("mean dwell of an empty trap", tau_0, tiny, unit="s")
    full = checked("mean dwell of a full trap", tau_1, tiny, unit="s")
    empty, full = np.broadcast_arrays(empty, full)
    return empty, full
