"""What the physics of several devices has in common."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOLTZMANN_EV", "sinh_current"]

Floats = NDArray[np.float64]

BOLTZMANN_EV = 8.617333262e-5
"""Boltzmann's constant [eV/K], SI 2019."""


def sinh_current(factor: Floats, steepness: float, voltage: Floats) -> tuple[Floats, Floats]:
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
