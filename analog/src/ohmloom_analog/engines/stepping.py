"""A transient of ngspice that stops where it is told to, and goes on from there.

Whoever calls owns the time. Sources change on ramps whose corners are time points of the
transient, and it stops at exactly the time asked for, so that what is driven from outside happens
when it happens and not a step later.
"""

import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.engines.simulator import Simulator
from ohmloom_analog.errors import EngineError

__all__ = ["SteppedTransient"]

Floats = NDArray[np.float64]

# Far beyond any simulation; a transient that ended by itself couldn't be resumed.
_END = 1e3
# Time points nearer to each other than this many longest steps are one to ngspice.
_RESOLUTION = 5e-5
# 8 MB of saved vectors, then the past is forgotten.
_MOST_VALUES = 1_000_000
# PySpice takes 1023 characters at a time.
_COMMAND = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ramp:
    start: float
    before: float
    end: float
    after: float

    def at(self, time: float) -> float:
        part = (time - self.start) / (self.end - self.start)
        return self.before + (self.after - self.before) * min(max(part, 0.0), 1.0)


class SteppedTransient:
    """One circuit under way.

    Parameters
    ----------
    owner
        The ngspice of the process.
    netlist
        Its first line is the title; it saves what is to be read, and has no analysis.
    sources
        Names of its sources that are driven, with the levels from which they start [V] or [A].
    capacitors
        Its capacitors from a node to ground, each with the saved vector that is its voltage: all
        that it remembers of what was.
    longest_step
        Longest time step [s].

    Raises
    ------
    EngineError
        Where ngspice refuses the netlist, or stops before the time it is sent to.
    ValueError
        Where a time or level can't be, or a source isn't driven.
    """

    def __init__(
        self,
        owner: Simulator,
        netlist: str,
        sources: Mapping[str, float],
        capacitors: Mapping[str, str],
        *,
        longest_step: float,
    ) -> None:
        if not 0 < longest_step < np.inf:
            msg = f"longest step must be finite and above 0 s, not {longest_step!r}"
            raise ValueError(msg)
        self._owner, self._step = owner, longest_step
        self._capacitors = dict(capacitors)
        self._title = netlist.partition("\n")[0]
        self._ramps = {
            name: _Ramp(start=0.0, before=level, end=longest_step, after=level)
            for name, level in sources.items()
        }
        self._plots: list[str] = []
        self._origin = self._now = 0.0
        self._points = self._from = 0
        owner.load(netlist)
        weakref.finalize(self, owner.abandon, self._title, self._plots)
        self._write(self._ramps)
        self._begin()

    @property
    def time(self) -> float:
        """How far the transient is [s]."""
        return self._origin + self._now

    @property
    def points(self) -> int:
        """Time points that are held."""
        return self._points

    def ramp(self, levels: Mapping[str, float], duration: float, *, start: float) -> None:
        """Drive sources to new levels, from wherever they are.

        Parameters
        ----------
        levels
            New level of each source [V] or [A].
        duration
            Of the ramp [s].
        start
            When it begins [s]; where that has passed, the ramp is already under way.
        """
        unknown = sorted(set(levels) - set(self._ramps))
        if unknown:
            msg = f"source must be one of {', '.join(self._ramps)}, not {unknown[0]!r}"
            raise ValueError(msg)
        if not duration > _RESOLUTION * self._step:
            least = _RESOLUTION * self._step
            msg = f"duration of a ramp must be above {least:g} s at this step, not {duration!r}"
            raise ValueError(msg)
        wrong = [level for level in levels.values() if not np.isfinite(level)]
        if wrong:
            msg = f"level of a source must be finite, not {wrong[0]!r}"
            raise ValueError(msg)
        if not levels:
            return
        self._resumable()
        begin = start - self._origin
        ramps = {
            name: _Ramp(
                start=begin,
                before=self._ramps[name].at(begin),
                end=begin + duration,
                after=float(level),
            )
            for name, level in levels.items()
        }
        self._write(ramps)
        self._ramps.update(ramps)
        self._set_corners(ramps.values())

    def advance(self, until: float) -> int:
        """Go on to a time [s]; a time that has passed, or is too near to be told apart, is now.

        Returns
        -------
        int
            The time point from which it went on, for `since`.
        """
        goal = until - self._origin
        nearest = _RESOLUTION * self._step
        if not goal > self._now + nearest:
            return self._points - 1
        if not goal < _END:
            msg = f"time must be before {self._origin + _END:g} s, not {until!r}"
            raise ValueError(msg)
        if self._points * (1 + len(self._capacitors)) > _MOST_VALUES:
            self.restart()
        self._resumable()
        goal = until - self._origin
        self._from = self._points - 1
        self._owner.set_breakpoint(goal)
        self._go("resume", goal, nearest)
        if not abs(self._now - goal) <= nearest:
            msg = f"ngspice must stop at {until:g} s, not at {self.time:g} s"
            raise EngineError(msg)
        return self._from

    def values(self, vectors: Iterable[str]) -> dict[str, float]:
        """Return saved vectors as they are now."""
        found = {}
        for name in vectors:
            value = float(self._owner.tail(self._plot, name, self._points - 1)[-1])
            if not np.isfinite(value):
                msg = f"ngspice: {name} at {self.time:g} s must be a finite number, not {value!r}"
                raise EngineError(msg)
            found[name] = value
        return found

    def since(self, point: int, vector: str) -> tuple[Floats, Floats]:
        """Return times [s] and values of a saved vector, from a time point on."""
        times = self._owner.tail(self._plot, "time", point)
        return times + self._origin, self._owner.tail(self._plot, vector, point)

    def restart(self, at: float | None = None) -> None:
        """Begin anew, so that what was before needn't be held, or what came after is taken back.

        Parameters
        ----------
        at
            Time [s], within the last advance; None for now.
        """
        owner = self._owner
        owner.select(self._title)
        passed = self._now if at is None else at - self._origin
        held = {vector: self._at(vector, passed) for vector in self._capacitors.values()}
        self._ramps = {
            name: _Ramp(
                start=ramp.start - passed,
                before=ramp.before,
                end=ramp.end - passed,
                after=ramp.after,
            )
            for name, ramp in self._ramps.items()
        }
        self._commands(
            f"alter {name} ic = {held[vector]!r}" for name, vector in self._capacitors.items()
        )
        self._write(self._ramps)
        owner.discard(self._plots.pop())
        self._origin += passed
        self._begin()
        self._set_corners(self._ramps.values())

    def _at(self, vector: str, time: float) -> float:
        times = self._owner.tail(self._plot, "time", self._from)
        # Before the first time point nothing has moved yet.
        earliest = float(times[0]) if self._from else 0.0
        if not earliest <= time <= times[-1]:
            first, last = earliest + self._origin, self.time
            msg = f"time must be from {first:g} to {last:g} s, not {time + self._origin!r}"
            raise ValueError(msg)
        value = float(np.interp(time, times, self._owner.tail(self._plot, vector, self._from)))
        if not np.isfinite(value):
            msg = f"ngspice: {vector} at {self.time:g} s must be a finite number, not {value!r}"
            raise EngineError(msg)
        return value

    def _set_corners(self, ramps: Iterable[_Ramp]) -> None:
        corners = {corner for ramp in ramps for corner in (ramp.start, ramp.end)}
        for corner in sorted(corners):
            if corner > self._now + _RESOLUTION * self._step:
                self._owner.set_breakpoint(corner)

    def _resumable(self) -> None:
        # What another circuit has done since has taken this one's place.
        if self._owner.under_way == self._title:
            self._owner.select(self._title)
        else:
            self.restart()

    def _begin(self) -> None:
        # There are no breakpoints to set before the first time point.
        first = self._step * 1e-3
        self._points = self._from = 0
        step = self._step
        self._go(f"tran {step!r} {_END!r} 0 {step!r} uic", first, first)

    def _go(self, command: str, goal: float, tolerance: float) -> None:
        begins = command != "resume"
        self._owner.run_until(command, goal, tolerance)
        if begins:
            self._plot = self._owner.last_plot
            self._plots.append(self._plot)
        times = self._owner.tail(self._plot, "time", max(self._points - 1, 0))
        self._points = max(self._points - 1, 0) + len(times)
        self._now = float(times[-1])
        if not np.isfinite(self._now):
            msg = f"ngspice must stop at {goal:g} s, not at {self._now!r} s"
            raise EngineError(msg)

    def _write(self, ramps: Mapping[str, _Ramp]) -> None:
        self._commands(f"alter @{name}[pwl] = [ {_corners(ramp)} ]" for name, ramp in ramps.items())

    def _commands(self, commands: Iterable[str]) -> None:
        waiting = ""
        for command in commands:
            if waiting and len(waiting) + len(command) + 1 > _COMMAND:
                self._owner.command(waiting)
                waiting = ""
            waiting = f"{waiting};{command}" if waiting else command
        if waiting:
            self._owner.command(waiting)


def _corners(ramp: _Ramp) -> str:
    """Return the ramp as ngspice takes it: from time 0 on, in rising order."""
    if ramp.end <= 0:
        points = [(0.0, ramp.after), (_END, ramp.after)]
    elif ramp.start <= 0:
        points = [(0.0, ramp.at(0.0)), (ramp.end, ramp.after)]
    else:
        points = [(0.0, ramp.before), (ramp.start, ramp.before), (ramp.end, ramp.after)]
    return " ".join(f"{time!r} {level!r}" for time, level in points)
