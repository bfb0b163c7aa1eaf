"""What the physics of several devices has in common."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOLTZMANN_EV", "HOTTEST", "sinh_current"]

Floats = NDArray[np.float64]

BOLTZMANN_EV = 8.617333262e-5
"""Boltzmann's constant [eV/K], SI 2019."""

HOTTEST = 1500.0
"""Where the temperature of a filament is held, since no model means anything beyond [K]."""


def sinh_current(
    factor: Floats, steepness: float | Floats, voltage: Floats
) -> tuple[Floats, Floats]:
    """Return i = factor sinh(steepness v) [A] and its slope [S].

    Parameters
    ----------
    factor
        Of each device, at its state [A].
    steepness
        Of the current [1/V].
    voltage
        Across each device [V].
    """
    u = steepness * voltage
    return factor * np.sinh(u), factor * steepness * np.cosh(u)
