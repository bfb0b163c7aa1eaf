"""One state variable under a constant drive: how far it moves in a given time.

Under a constant voltage every device here is autonomous, dx/dt = r(x), with x between two stops.
Rates of switching devices span thirty decades, and one cell of an array may switch within a
nanosecond while its neighbour doesn't move. So each cell takes steps of its own: none moves by
more than a small part of the range, and none is longer than the rate's own time constant. The
number of steps then depends on how far a cell goes, not on how fast.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import EngineError

__all__ = ["advance"]

Floats = NDArray[np.float64]
Rate = Callable[[Floats, NDArray[np.intp]], Floats]

_LARGEST_MOVE = 2e-3
_PROBE = 1e-6
_MOST_STEPS = 20_000


def advance(rate: Rate, x: Floats, width: float, low: float, high: float) -> Floats:
    """Return x after `width` seconds, by fourth-order Runge-Kutta steps within [low, high].

    Parameters
    ----------
    rate
        Takes states, and which of the cells they belong to; returns dx/dt.
    x
        States at the start, (n,).
    width
        Time [s].
    low, high
        Stops of the state.

    Raises
    ------
    EngineError
        Where a rate isn't a number, or the states don't come to an end of the time.
    """
    x = np.clip(np.array(x, dtype=np.float64), low, high)
    left = np.full(x.shape, float(width))
    active = np.flatnonzero(left > 0)
    span = high - low

    def inside(state: Floats, which: NDArray[np.intp]) -> Floats:
        # A stage may overshoot where a rate runs away; outside its stops a model means nothing.
        return rate(np.clip(state, low, high), which)

    for _ in range(_MOST_STEPS):
        if not active.size:
            return x
        at, time = x[active], left[active]
        first = _bounded(rate(at, active), at, low, high)
        wrong = np.flatnonzero(~np.isfinite(first))
        if wrong.size:
            cell, value = int(active[wrong[0]]), float(first[wrong[0]])
            msg = f"rate of cell {cell} must be a finite number, not {value!r}"
            raise EngineError(msg)
        probe = _PROBE * span
        slope = (inside(at + probe, active) - first) / probe
        with np.errstate(divide="ignore", over="ignore"):
            step = np.minimum(_LARGEST_MOVE * span / np.abs(first), 0.5 / np.abs(slope))
        # A state at rest is where it will be, however short its time constant.
        resting = np.abs(first) * time <= 1e-9 * span
        step = np.where(resting, time, np.minimum(step, time))
        moved = _runge_kutta(inside, at, step, active, first)
        x[active] = np.clip(np.where(resting, at + first * time, moved), low, high)
        left[active] = np.where(step >= time, 0.0, time - step)
        active = active[left[active] > 0]
    cell = int(active[0])
    msg = f"the state of cell {cell} must come to the end of {width:g} s within {_MOST_STEPS} steps"
    raise EngineError(msg)


def _runge_kutta(
    rate: Rate, x: Floats, step: Floats, which: NDArray[np.intp], first: Floats
) -> Floats:
    second = rate(x + step / 2 * first, which)
    third = rate(x + step / 2 * second, which)
    fourth = rate(x + step * third, which)
    return x + step / 6 * (first + 2 * second + 2 * third + fourth)


def _bounded(rate: Floats, x: Floats, low: float, high: float) -> Floats:
    # At a stop only the way back is open.
    return np.where(((x <= low) & (rate < 0)) | ((x >= high) & (rate > 0)), 0.0, rate)
