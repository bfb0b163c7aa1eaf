"""What a pulse does varies from cycle to cycle, whatever the device.

======  ======================================================  ====
symbol  name                                                    unit
======  ======================================================  ====
G       conductance at the read voltage                         S
dG      by how much the pulse moves it by the device's law      S
a       cycle factor                                            1
c       `WriteSpec.cycle_spread`                                1
======  ======================================================  ====

::

    G <- G + a dG, within the device's window;   ln a ~ N(0, ln(1 + c^2))

So a has the median 1 and the standard deviation c of its mean, and a pulse never moves a cell the
other way. It is drawn once a pulse, for the cell that the pulse is for; what half-selected cells
creep has none.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import Device, State

__all__ = ["cycle_factor", "varied"]

Floats = NDArray[np.float64]

_NODES = 129


def cycle_factor(spread: float, rng: np.random.Generator) -> float:
    """Return a, from one draw where there is a spread."""
    if spread == 0:
        return 1.0
    return float(np.exp(np.sqrt(np.log1p(spread**2)) * rng.standard_normal()))


def varied(device: Device, before: State, after: State, factor: float, v_read: float) -> State:
    """Return the state of a memory that went `factor` times as far as the mean.

    Parameters
    ----------
    device
        Its physics.
    before, after
        Each quantity of the shape (1,).
    factor
        a.
    v_read
        Read voltage [V].
    """
    name = device.state_names[0]
    if factor == 1:
        return after
    if isinstance(device, OneStateDevice):
        start, end = float(before[name][0]), float(after[name][0])
        return {name: np.array([_scaled(device, start, end, factor, v_read)])}
    # All others store a conductance.
    bounds = device.from_normalised(np.array([0.0, 1.0]))[name]
    moved = before[name] + factor * (after[name] - before[name])
    return {**after, name: np.clip(moved, bounds.min(), bounds.max())}


def _scaled(
    device: OneStateDevice, start: float, end: float, factor: float, v_read: float
) -> float:
    rises = (end - start) * (device.highest - device.lowest) > 0
    goal = device.highest if rises else device.lowest
    places = np.linspace(start, goal, _NODES)
    conductance = device.current_of(np.full(_NODES, v_read), places)[0] / v_read
    ends = device.current_of(np.full(2, v_read), np.array([start, end]))[0] / v_read
    wanted = max(ends[0] + factor * (ends[1] - ends[0]), float(conductance.min()))
    # The logarithm of a conductance is nearly straight where the conductance is not.
    order = slice(None) if rises else slice(None, None, -1)
    return float(np.interp(np.log(wanted), np.log(conductance[order]), places[order]))
