"""The other bridge: single digital pins tied to nodes of a SPICE circuit, in time.

The RTL owns time, in its own integer steps. The circuit runs ahead of it by one window at most;
where its nodes cross a threshold in that window, the pins follow when the RTL gets there, at the
instant interpolated between two time points. Where the RTL drives a pin before the window is over,
what the circuit did after that instant is taken back, and the edge begins at exactly its time. So
no delay through the circuit depends on the window, and none is off by more than a SPICE step.

Whatever stops the circuit fails the test: the bridge's task raises what ngspice says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.handle import LogicObject
from cocotb.task import Task
from cocotb.triggers import First, Timer, Trigger, ValueChange
from cocotb.utils import get_sim_time, get_time_from_sim_steps
from numpy.typing import NDArray

from ohmloom_analog.engines.stepping import SteppedTransient
from ohmloom_analog.errors import BridgeError

__all__ = ["Drive", "Sense", "SpiceBridge"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drive:
    """An output of the RTL that is a source of the circuit."""

    pin: LogicObject
    """The output."""
    source: str
    """Name of the source."""
    low: float = 0.0
    """Level of a 0 [V]."""
    high: float
    """Level of a 1 [V]."""
    edge: float
    """From one level to the other [s]."""
    unknown: float | None = None
    """Level of anything but 0 and 1 [V]; None where that fails the test."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sense:
    """An input of the RTL that is told whether a node is above a threshold."""

    pin: LogicObject
    """The input."""
    vector: str
    """Saved vector of the node."""
    threshold: float
    """Where it changes [V]."""
    hysteresis: float = 0.0
    """Between the thresholds of rising and falling [V]."""


class SpiceBridge:
    """Couple pins and circuit.

    Parameters
    ----------
    transient
        The circuit, not yet begun.
    drives, senses
        How its pins are tied.
    window
        How far the circuit may run ahead [s].

    Raises
    ------
    ValueError
        Where the window isn't above 0.
    """

    def __init__(
        self,
        transient: SteppedTransient,
        *,
        drives: Sequence[Drive],
        senses: Sequence[Sense],
        window: float,
    ) -> None:
        if not 0 < window < np.inf:
            msg = f"window must be finite and above 0 s, not {window!r}"
            raise ValueError(msg)
        self._transient, self._drives, self._senses = transient, drives, senses
        self._step = float(get_time_from_sim_steps(1, "sec"))
        self._window = max(round(window / self._step), 1)
        self._begun = _now()
        self._levels: dict[str, float] = {}
        self._high = [False] * len(senses)
        self.edges = 0
        """Edges of the RTL that the circuit has seen."""
        self.crossings = 0
        """Crossings that the RTL has seen."""

    def start(self) -> Task[None]:
        """Couple them from now on, until the test ends."""
        return cocotb.start_soon(self._run())

    async def _run(self) -> None:
        for index, sense in enumerate(self._senses):
            value = self._transient.values([sense.vector])[sense.vector]
            self._high[index] = value > sense.threshold
            sense.pin.value = int(self._high[index])
        self._drive()
        while True:
            goal = _now() + self._window
            point = self._transient.advance(self._seconds(goal))
            for time, index in self._crossed(point, goal):
                if await self._interrupted(time):
                    break
                self._high[index] = not self._high[index]
                self._senses[index].pin.value = int(self._high[index])
                self.crossings += 1
            else:
                await self._interrupted(goal)
            self._drive()

    def _seconds(self, step: int) -> float:
        return (step - self._begun) * self._step

    async def _interrupted(self, until: int) -> bool:
        """Wait for a time, and tell whether the RTL drove a pin before."""
        while (left := until - _now()) > 0:
            timer = Timer(left, "step")
            changes: list[Trigger] = [ValueChange(drive.pin) for drive in self._drives]
            if await First(timer, *changes) is not timer and self._changed():
                return True
        return False

    def _changed(self) -> dict[str, Drive]:
        return {
            drive.source: drive
            for drive in self._drives
            if self._level(drive) != self._levels.get(drive.source)
        }

    def _drive(self) -> None:
        """Hand the edges of this instant to the circuit."""
        changed = self._changed()
        if not changed:
            return
        now = self._seconds(_now())
        if self._transient.time - now > self._step / 2:
            self._transient.restart(now)
        for source, drive in changed.items():
            level = self._level(drive)
            self._transient.ramp({source: level}, drive.edge, start=now)
            self._levels[source] = level
            self.edges += 1

    def _level(self, drive: Drive) -> float:
        value = drive.pin.value
        if value.is_resolvable:
            return drive.high if int(value) else drive.low
        if drive.unknown is None:
            seconds = self._seconds(_now())
            msg = f"drive of {drive.source} must be 0 or 1 at {seconds:g} s, not {value}"
            raise BridgeError(msg)
        return drive.unknown

    def _crossed(self, point: int, goal: int) -> list[tuple[int, int]]:
        """Return when senses change in the last window, each with its number, in order."""
        found = []
        for index, sense in enumerate(self._senses):
            times, values = self._transient.since(point, sense.vector)
            if not np.isfinite(values).all():
                msg = f"{sense.vector} must be finite numbers, not have one that is not"
                raise BridgeError(msg)
            for time in _crossings(sense, self._high[index], times, values):
                step = self._begun + round(time / self._step)
                found.append((min(max(step, _now()), goal), index))
        return sorted(found)


def _crossings(sense: Sense, high: bool, times: Floats, values: Floats) -> list[float]:
    """Return the times [s] at which a comparator changes, interpolated between time points."""
    half = sense.hysteresis / 2
    found = []
    for begin in range(len(values) - 1):
        before, after = values[begin], values[begin + 1]
        bound = sense.threshold - half if high else sense.threshold + half
        if after < bound if high else after > bound:
            # Where the threshold itself has moved, by hysteresis or by the RTL, it's now.
            part = min(max((bound - before) / (after - before), 0.0), 1.0) if after != before else 0
            found.append(float(times[begin] + part * (times[begin + 1] - times[begin])))
            high = not high
    return found


def _now() -> int:
    return int(get_sim_time("step"))
