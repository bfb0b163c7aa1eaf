"""How far one state moves in a given time, at a rate that depends on the state alone.

=======  ===================================================  ====
symbol   name                                                 unit
=======  ===================================================  ====
x        state                                                any
r(x)     its rate                                             1/s
t        time                                                 s
c        where the rate ends: an equilibrium or a threshold   any
s        coordinate along the way                             any
P        dt/ds                                                s
=======  ===================================================  ====

A state with a rate of its own goes one way until it meets a stop or the end of its rate, so that
time is a function of the place::

    t(x) = integral from x_0 to x of dx' / r(x')

Rates of memories span many decades while their logarithms are smooth. So P is taken as exponential
between the nodes of a grid, which makes each interval's time

    dt = ds (P_2 - P_1) / ln(P_2 / P_1)

with s = x; and with s = -ln |x - c| where the rate ends at c on the way, so that near c any power
of the distance is exact. The grid is drawn together around the way that is really gone, and is made
finer until twice the nodes change the end by less than a thousandth of the way.
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
_ZOOMS = 60
_PART = 1e-3
_STILL = 1e-9
_CLOSE = 1e-7


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
        return Flight(end=end, places=np.array([start, end]), times=np.array([0.0, width]))
    way = _Way(rate, start, goal, span)
    way.narrow(width)
    count, before = _FINE, np.inf
    while count <= _MOST:
        grid = way.grid(count)
        if way.widened(grid, width):
            continue
        flown = way.flown(grid, width)
        if before == np.inf:
            before = way.flown(grid[:, ::2], width).end
        if abs(flown.end - before) <= _PART * abs(flown.end - start) + _STILL * span:
            return flown
        before, count = flown.end, 2 * count - 1
    msg = f"the way of a state from {start:g} must be found with {_MOST} nodes"
    raise EngineError(msg)


class _Way:
    """A coordinate s that rises along the way, and the part of it that matters."""

    def __init__(
        self, rate: Callable[[Floats], Floats], start: float, goal: float, span: float
    ) -> None:
        self._rate, self._start, self._goal, self._span = rate, start, goal, span
        self._sign = 1.0 if goal > start else -1.0
        self._closed = False
        self._from, self._to = 0.0, abs(goal - start)
        self._last = self._to

    def narrow(self, width: float) -> None:
        """Draw the end of the grid in, until the way is a good part of it."""
        for _ in range(_ZOOMS):
            grid = self.grid(_ROUGH)
            slowness = grid[1]
            closed = np.flatnonzero(np.isinf(slowness))
            times = _times(grid)
            beyond = np.flatnonzero(times >= width)
            if not beyond.size:
                return
            reached = int(beyond[0])
            if closed.size and reached == int(closed[0]):
                self._close(float(grid[0, reached - 1]), float(grid[0, reached]))
                continue
            self._to = float(grid[0, reached])
            if reached >= _USED:
                return

    def widened(self, grid: Floats, width: float) -> bool:
        """Draw the end of the grid out where the way leads beyond it, and tell whether it did."""
        if self._to >= self._last or _times(grid)[-1] >= width:
            return False
        self._to = min(self._from + 1.5 * (self._to - self._from), self._last)
        return True

    def grid(self, count: int) -> Floats:
        """Return s and P at the nodes, (2, n)."""
        s = np.linspace(self._from, self._to, count)
        ahead = self._sign * _checked(self._rate(self._place(s)))
        slowness = np.divide(1.0, ahead, out=np.full(count, np.inf), where=ahead > 0)
        if self._closed:
            slowness = slowness * np.exp(-s)
        return np.stack([s, slowness])

    def flown(self, grid: Floats, width: float) -> Flight:
        """Return the way on a grid."""
        s, slowness = grid
        times = _times(grid)
        beyond = np.flatnonzero(times >= width)
        places = self._place(s)
        if not beyond.size:
            # It waits at the stop for the rest of the time.
            return Flight(
                end=float(places[-1]),
                places=np.append(places, places[-1]),
                times=np.append(times, width),
            )
        last = int(beyond[0])
        left = (width - float(times[last - 1])) / float(slowness[last - 1])
        whole = float(s[last] - s[last - 1])
        steep = float(np.log(slowness[last] / slowness[last - 1])) / whole
        gone = left if abs(steep * whole) < 1e-9 else float(np.log1p(steep * left)) / steep
        end = float(self._place(np.array([s[last - 1] + min(gone, whole)]))[0])
        return Flight(
            end=end, places=np.append(places[:last], end), times=np.append(times[:last], width)
        )

    def _place(self, s: Floats) -> Floats:
        if self._closed:
            return self._goal - self._sign * np.exp(-s)
        return self._start + self._sign * s

    def _close(self, going: float, ended: float) -> None:
        """Find where the rate ends between two distances, and count from there."""
        while ended - going > _CLOSE * self._span:
            inside = np.linspace(going, ended, _ROUGH)
            ahead = self._sign * _checked(self._rate(self._place(inside)))
            first = int(np.flatnonzero(~(ahead > 0))[0]) if (ahead <= 0).any() else _ROUGH - 1
            going, ended = float(inside[max(first - 1, 0)]), float(inside[max(first, 1)])
        self._goal = self._start + self._sign * ended
        self._closed = True
        self._from = -float(np.log(ended))
        self._to = self._last = -float(np.log(max(ended - going, _CLOSE * self._span)))


def _times(grid: Floats) -> Floats:
    """Return when each node is reached; infinite where it isn't."""
    s, slowness = grid
    p, q = slowness[:-1], slowness[1:]
    passed = np.isfinite(p) & np.isfinite(q)
    p, q = np.where(passed, p, 1.0), np.where(passed, q, 1.0)
    steep = np.log(q / p)
    level = np.abs(steep) < 1e-6
    mean = np.where(level, (p + q) / 2, (q - p) / np.where(level, 1.0, steep))
    return np.concatenate([[0.0], np.cumsum(np.where(passed, np.diff(s) * mean, np.inf))])


def _checked(rate: Floats) -> Floats:
    wrong = np.flatnonzero(~np.isfinite(rate))
    if wrong.size:
        msg = f"rate of a state must be a finite number, not {float(rate[wrong[0]])!r}"
        raise EngineError(msg)
    return rate
