"""One state variable under a constant drive: how far it moves in a given time.

Under a constant voltage every device here is autonomous, dx/dt = r(x), with x between two stops.
Rates of switching devices span thirty decades, and one cell of an array may switch within a
nanosecond while its neighbour doesn't move. So each cell takes steps of its own: none moves by
more than a small part of the range, and none is longer than the rate's own time constant. The
number of steps then depends on how far a cell goes, not on how fast.

A rate that jumps, as at a gate that closes, is a stop of its own: the device gives each cell the
stops that hold under its voltage, and no step ever crosses one.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import EngineError

__all__ = ["Rate", "advance", "advance_evenly"]

Floats = NDArray[np.float64]

Rate = Callable[[Floats, NDArray[np.intp]], Floats]
"""Takes states, and which of the cells they belong to; returns dx/dt."""

_LARGEST_MOVE = 1e-2
_PROBE = 1e-6
_NEAR = 1e-3
_MOST_STEPS = 20_000


def advance_evenly(rate: Floats, x: Floats, width: float, low: Floats, high: Floats) -> Floats:
    """Return x after `width` seconds at a rate that doesn't depend on x; this is exact.

    Parameters
    ----------
    rate
        dx/dt of each cell, (n,).
    x
        States at the start, (n,).
    width
        Time [s].
    low, high
        Stops of each cell, (n,).
    """
    return np.clip(x + rate * width, low, high)


def advance(
    rate: Rate, x: Floats, width: float, low: Floats, high: Floats, *, stride: float = 1.0
) -> Floats:
    """Return x after `width` seconds, by fourth-order Runge-Kutta steps within [low, high].

    Parameters
    ----------
    rate
        Of the cells.
    x
        States at the start, (n,).
    width
        Time [s].
    low, high
        Stops of each cell, (n,); where they are equal the cell rests.
    stride
        How many times longer steps are than accurate ones.

    Raises
    ------
    EngineError
        Where a rate isn't a number, or the states don't come to an end of the time.
    """
    x = np.clip(np.array(x, dtype=np.float64), low, high)
    left = np.full(x.shape, float(width))
    active = np.flatnonzero((left > 0) & (high > low))
    for _ in range(_MOST_STEPS):
        if not active.size:
            return x
        stops = low[active], high[active]
        now = x[active], left[active]
        x[active], left[active] = _step(rate, active, now, stops, stride)
        active = active[left[active] > 0]
    cell = int(active[0])
    msg = f"the state of cell {cell} must come to the end of {width:g} s within {_MOST_STEPS} steps"
    raise EngineError(msg)


def _step(
    rate: Rate,
    which: NDArray[np.intp],
    now: tuple[Floats, Floats],
    stops: tuple[Floats, Floats],
    stride: float,
) -> tuple[Floats, Floats]:
    """Return states and times left after one step of each cell."""
    (at, time), (low, high) = now, stops

    def inside(state: Floats) -> Floats:
        # A stage may overshoot where a rate runs away; outside its stops a model means nothing.
        return rate(np.clip(state, low, high), which)

    span = high - low
    first = _bounded(rate(at, which), at, low, high)
    wrong = np.flatnonzero(~np.isfinite(first))
    if wrong.size:
        value = float(first[wrong[0]])
        msg = f"rate of cell {int(which[wrong[0]])} must be a finite number, not {value!r}"
        raise EngineError(msg)
    # A state at rest is where it will be, however short its time constant.
    resting = np.abs(first) * time <= 1e-9 * span
    if resting.all():
        return np.clip(at + first * time, low, high), np.zeros(at.shape)
    probe = _PROBE * span
    slope = (inside(at + probe) - first) / probe
    with np.errstate(divide="ignore", over="ignore"):
        step = stride * np.minimum(_LARGEST_MOVE * span / np.abs(first), 0.3 / np.abs(slope))
    step = np.where(resting, time, np.minimum(step, time))
    second = inside(at + step / 2 * first)
    third = inside(at + step / 2 * second)
    fourth = inside(at + step * third)
    moved = at + step / 6 * (first + 2 * second + 2 * third + fourth)
    moved = np.where(resting, at + first * time, moved)
    # The last of the way to an equilibrium is exponential, so one step takes all of the time.
    settling = (slope < 0) & (np.abs(first) <= _NEAR * span * np.abs(slope)) & ~resting
    safe = np.where(settling, slope, -1.0)
    moved = np.where(settling, at + first / safe * np.expm1(safe * time), moved)
    done = settling | (step >= time)
    return np.clip(moved, low, high), np.where(done, 0.0, time - step)


def _bounded(rate: Floats, x: Floats, low: Floats, high: Floats) -> Floats:
    # At a stop only the way back is open.
    return np.where(((x <= low) & (rate < 0)) | ((x >= high) & (rate > 0)), 0.0, rate)
