"""How far the conductances of cells lie apart, from device to device and from write to write.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        conductance of a cell                                       S
G_med    its median over cells, or over writes                       S
sigma    standard deviation of ln G                                  1
=======  ==========================================================  ====

::

    ln G ~ N(ln G_med, sigma^2),  so that the mean is G_med exp(sigma^2 / 2)

A factor from device to device is drawn once a cell, one from cycle to cycle at each write. Both
multiply: their variances add. High-resistance states spread more than low-resistance ones; between
them sigma follows the conductance linearly, which also holds where the lowest conductance is 0.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ranges import checked

__all__ = ["LARGEST_SIGMA", "lognormal", "sigma_of_state", "without_window"]

Floats = NDArray[np.float64]

LARGEST_SIGMA = 2.0
"""Above it a spread is taken for a percentage: at 2, one cell in six is 7 times its median."""


def lognormal(median: ArrayLike, sigma: ArrayLike, rng: np.random.Generator) -> Floats:
    """Return conductances drawn around their medians.

    Parameters
    ----------
    median
        Of each cell, at least 0 [S]; 0 stays 0.
    sigma
        Standard deviation of ln G, of the medians' shape or one for all.
    rng
        Draws one number a cell, whatever sigma is.

    Returns
    -------
    NDArray
        Of the medians' shape [S].

    Raises
    ------
    ValueError
        Where a median is negative, or a sigma outside [0, `LARGEST_SIGMA`].
    """
    centre = checked("median conductance", median, 0.0, unit="S")
    width = checked("spread (a fraction, not a percentage)", sigma, 0.0, LARGEST_SIGMA)
    drawn: Floats = centre * np.exp(width * rng.standard_normal(centre.shape))
    return drawn


def sigma_of_state(
    conductance: ArrayLike, g_min: float, g_max: float, sigma_hrs: float, sigma_lrs: float
) -> Floats:
    """Return the sigma of each cell, from `sigma_hrs` at `g_min` to `sigma_lrs` at `g_max`.

    Raises
    ------
    ValueError
        Where g_min isn't below g_max.
    """
    if not 0 <= g_min < g_max:
        msg = f"g_min must be from 0 to below g_max = {g_max:g} S, not {g_min!r}"
        raise ValueError(msg)
    x = np.clip((np.asarray(conductance, dtype=np.float64) - g_min) / (g_max - g_min), 0.0, 1.0)
    sigma: Floats = sigma_hrs + (sigma_lrs - sigma_hrs) * x
    return sigma


def without_window(g_hrs: ArrayLike, g_lrs: ArrayLike, ratio: float = 1.0) -> NDArray[np.bool_]:
    """Return which cells conduct in LRS no more than `ratio` times what they do in HRS."""
    low, high = (np.asarray(g, dtype=np.float64) for g in (g_hrs, g_lrs))
    lost: NDArray[np.bool_] = ~(high > ratio * low)
    return lost
