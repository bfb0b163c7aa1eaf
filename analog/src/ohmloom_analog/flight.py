"""How far one state moves in a given time, at a rate that depends on the state alone.

=======  ===================================================  ====
symbol   name                                                 unit
=======  ===================================================  ====
x        state                                                any
r(x)     its rate                                             1/s
t        time                                                 s
=======  ===================================================  ====

A state with a rate of its own goes one way until it meets a stop or an equilibrium, so that time is
a function of the place::

    t(x) = integral from x_0 to x of dx' / r(x')

Rates of memories span many decades while their logarithms are smooth. So 1/r is taken as
exponential between the nodes of a grid, which makes each interval's time

    dt = dx (1/r_2 - 1/r_1) / ln(r_1 / r_2)

The grid is drawn together around the way that is really gone, and is made finer until twice the
nodes change the end by less than a thousandth of the way. A rate of 0 or of the other sign ends the
way; the last interval before it is divided until it is short.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import EngineError

__all__ = ["Flight", "fly"]

Floats = NDArray[np.float64]

_ROUGH = 17
_FINE = 33
_MOST = 4097
_USED = 4
_ZOOMS = 40
_PART = 1e-3
_STILL = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Flight:
    """The way that was gone."""

    end: float
    """Where the state is."""
    places: Floats
    """Nodes on the way, (n,)."""
    times: Floats
    """When each was reached, (n,) [s]; the last is all of the time."""


def fly(
    rate: Callable[[Floats], Floats], start: float, stops: tuple[float, float], width: float
) -> Flight:
    """Return the way of a state.

    Parameters
    ----------
    rate
        Takes states, (n,); returns dx/dt of each.
    start
        State at first, between the stops.
    stops
        Lowest and highest state.
    width
        Time [s].

    Raises
    ------
    EngineError
        Where a rate is no number, or the way isn't found.
    """
    span = stops[1] - stops[0]
    first = float(_checked(rate(np.array([start])))[0])
    goal = stops[1] if first > 0 else stops[0]
    if abs(first) * width <= _STILL * span or goal == start:
        end = min(max(start + first * width, stops[0]), stops[1])
        return _at_rest(start, end, width)
    goal = _reached(rate, start, goal, width, span)
    count, before = _FINE, np.inf
    while count <= _MOST:
        places = np.linspace(start, goal, count)
        slowness = _slowness(rate(places), first)
        flown = _flown(places, slowness, width)
        if abs(flown.end - before) <= _PART * abs(flown.end - start) + _STILL * span:
            return flown
        if before == np.inf:
            half = _flown(places[::2], slowness[::2], width)
            if abs(flown.end - half.end) <= _PART * abs(flown.end - start) + _STILL * span:
                return flown
        before, count = flown.end, 2 * count - 1
    msg = f"the way of a state from {start:g} must be found with {_MOST} nodes"
    raise EngineError(msg)


def _reached(
    rate: Callable[[Floats], Floats], start: float, goal: float, width: float, span: float
) -> float:
    """Return a place behind the end, of which the way is a good part, or the end itself."""
    for _ in range(_ZOOMS):
        places = np.linspace(start, goal, _ROUGH)
        slowness = _slowness(rate(places), goal - start)
        times = np.concatenate([[0.0], np.cumsum(_intervals(places, slowness))])
        beyond = np.flatnonzero(times >= width)
        if not beyond.size:
            return goal
        last = int(beyond[0])
        goal = float(places[last])
        # Before an equilibrium the way ends anywhere in the last interval, however long it is.
        closed = np.isinf(slowness[last]) and abs(goal - places[last - 1]) > 1e-6 * span
        if last >= _USED and not closed:
            return goal
        if abs(goal - start) <= _STILL * span:
            return goal
    return goal


def _flown(places: Floats, slowness: Floats, width: float) -> Flight:
    times = np.concatenate([[0.0], np.cumsum(_intervals(places, slowness))])
    beyond = np.flatnonzero(times >= width)
    if not beyond.size:
        # It waits at the stop for the rest of the time.
        return Flight(
            end=float(places[-1]),
            places=np.append(places, places[-1]),
            times=np.append(times, width),
        )
    last = int(beyond[0])
    share = _share(width - times[last - 1], places, slowness, last)
    end = float(places[last - 1] + share * (places[last] - places[last - 1]))
    return Flight(
        end=end, places=np.append(places[:last], end), times=np.append(times[:last], width)
    )


def _share(left: float, places: Floats, slowness: Floats, last: int) -> float:
    """Return what part of an interval is gone in the time that is left."""
    p, q = float(slowness[last - 1]), float(slowness[last])
    whole = abs(float(places[last] - places[last - 1]))
    if np.isinf(q):
        return 1 - float(np.exp(-left / (p * whole)))
    steep = np.log(q / p)
    if abs(steep) < 1e-9:
        return min(left / (p * whole), 1.0)
    return min(float(np.log1p(steep * left / (p * whole)) / steep), 1.0)


def _intervals(places: Floats, slowness: Floats) -> Floats:
    """Return the time in each interval; infinite where it isn't passed."""
    p, q = slowness[:-1], slowness[1:]
    passed = np.isfinite(p) & np.isfinite(q)
    p, q = np.where(passed, p, 1.0), np.where(passed, q, 1.0)
    steep = np.log(q / p)
    level = np.abs(steep) < 1e-6
    mean = np.where(level, (p + q) / 2, (q - p) / np.where(level, 1.0, steep))
    times: Floats = np.where(passed, np.abs(np.diff(places)) * mean, np.inf)
    return times


def _slowness(rate: Floats, way: float) -> Floats:
    """Return 1/r along a way; infinite where the state doesn't go on."""
    ahead = _checked(rate) * np.sign(way)
    return np.divide(1.0, ahead, out=np.full(ahead.shape, np.inf), where=ahead > 0)


def _checked(rate: Floats) -> Floats:
    wrong = np.flatnonzero(~np.isfinite(rate))
    if wrong.size:
        msg = f"rate of a state must be a finite number, not {float(rate[wrong[0]])!r}"
        raise EngineError(msg)
    return rate


def _at_rest(start: float, end: float, width: float) -> Flight:
    return Flight(end=end, places=np.array([start, end]), times=np.array([0.0, width]))
