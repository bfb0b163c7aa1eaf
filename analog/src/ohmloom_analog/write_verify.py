"""Write-verify of one cell, in integers: what the chip's engine does, step by step.

The algorithm asks for reads and pulses and knows nothing of who does them::

    step = CellWriter(program, target, limits)
    action = step.first()
    while not isinstance(action, Outcome):
        action = step.after_read(read()) if isinstance(action, Read) else step.after_pulse(...)

It is the reference of the engine in hardware, and writes the arrays of simulations without one.
"""

import enum
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ohmloom_analog.level_program import LevelProgram, PulsePlan
from ohmloom_analog.write_spec import WriteSpec

__all__ = [
    "CellWriter",
    "Direction",
    "Limits",
    "Operation",
    "Outcome",
    "Pulse",
    "Read",
    "WriteStatus",
]


class Direction(enum.Enum):
    """Of a pulse."""

    SET = "set"
    """Raises the conductance."""
    RESET = "reset"
    """Lowers it."""


Operation: TypeAlias = Direction | Literal["form"]
"""What a pulse is for; one that forms stands on the lines like one that sets."""


class WriteStatus(enum.IntEnum):
    """What became of a cell; content of a result's status field."""

    UNTOUCHED = 0
    WRITTEN = 1
    TOO_MANY_PULSES = 2
    TOO_MANY_FLIPS = 3
    LOCKED = 4
    ABORTED = 5
    READ_FAILED = 6
    NOT_FORMED = 7

    @property
    def failed(self) -> bool:
        """Whether the cell is given up: it gets no pulse until the host has cleared its result."""
        return self in (
            WriteStatus.TOO_MANY_PULSES,
            WriteStatus.TOO_MANY_FLIPS,
            WriteStatus.READ_FAILED,
            WriteStatus.NOT_FORMED,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When a cell is given up, and when it is good."""

    pulses: int
    """Pulses at most, 1 to 255."""
    flips: int
    """Changes of direction at most, 0 to 63."""
    confirm: int
    """Reads in a row within tolerance, 1 to 16."""
    relax: bool
    """Whether a good cell is confirmed once more after the relaxation time."""

    @classmethod
    def of(cls, write: WriteSpec) -> "Limits":
        """Return those of a spec."""
        return cls(
            pulses=write.pulses,
            flips=write.flips,
            confirm=write.confirm,
            relax=write.relax_time > 0,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """Read the cell; its code is the average of the conversions, halves rounded up."""

    relaxed: bool
    """Whether the relaxation time must pass before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """Give the cell one pulse."""

    direction: Direction
    """Which way."""
    drive: int
    """Code of the drivers."""
    gate: int
    """Code of the gate."""
    width: int
    """Clock cycles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of the cell."""

    status: WriteStatus
    """In one word."""
    pulses: int
    """Pulses given."""
    flips: int
    """Changes of direction."""
    relapsed: bool
    """Whether it had moved out of tolerance after the relaxation time."""
    code: int
    """The last read."""


Action: TypeAlias = Read | Pulse | Outcome


class CellWriter:
    """Bring one cell to its target.

    Parameters
    ----------
    program
        Pulses and tolerance of its level.
    target
        Verify code that is wanted.
    limits
        When to give up, when to be content.
    """

    def __init__(self, program: LevelProgram, target: int, limits: Limits) -> None:
        self._program, self._target, self._limits = program, target, limits
        self._pulses = self._flips = self._good = 0
        self._direction: Direction | None = None
        self._drive = self._gate = self._width = 0
        self._relaxed = self._relapsed = False

    def first(self) -> Action:
        """Return the first action, a read."""
        return Read(relaxed=False)

    def after_pulse(self) -> Action:
        """Return what follows a pulse, a read."""
        return Read(relaxed=False)

    def after_read(self, code: int) -> Action:
        """Return what follows from a read."""
        low, high = self._target - self._program.below, self._target + self._program.above
        if low <= code <= high:
            return self._inside(code)
        if self._relaxed:
            # What a pulse follows is a cell to be written anew, and to be confirmed anew.
            self._relaxed, self._relapsed = False, True
        self._good = 0
        return self._next(Direction.SET if code < low else Direction.RESET, code)

    def _inside(self, code: int) -> Action:
        self._good += 1
        if self._good < self._limits.confirm:
            return Read(relaxed=False)
        if self._limits.relax and not self._relaxed:
            self._relaxed, self._good = True, 0
            return Read(relaxed=True)
        return self._outcome(WriteStatus.WRITTEN, code)

    def _next(self, direction: Direction, code: int) -> Action:
        if self._pulses == self._limits.pulses:
            return self._outcome(WriteStatus.TOO_MANY_PULSES, code)
        turned = self._direction is not None and direction is not self._direction
        if turned and self._flips == self._limits.flips:
            return self._outcome(WriteStatus.TOO_MANY_FLIPS, code)
        program = self._program
        plan = program.set if direction is Direction.SET else program.reset
        if direction is self._direction:
            self._grow(plan)
        else:
            self._drive, self._gate = plan.drive.start, plan.gate.start
            self._width = plan.width.start
        self._flips += turned
        self._direction = direction
        self._pulses += 1
        return Pulse(direction=direction, drive=self._drive, gate=self._gate, width=self._width)

    def _grow(self, plan: PulsePlan) -> None:
        """Let the first of the three grow that isn't at its stop."""
        values = {"d": self._drive, "g": self._gate, "w": self._width}
        ramps = {"d": plan.drive, "g": plan.gate, "w": plan.width}
        for place, name in enumerate(plan.order):
            if values[name] != ramps[name].stop:
                values[name] = ramps[name].after(values[name])
                if plan.restart:
                    for earlier in plan.order[:place]:
                        values[earlier] = ramps[earlier].start
                break
        self._drive, self._gate, self._width = values["d"], values["g"], values["w"]

    def _outcome(self, status: WriteStatus, code: int) -> Outcome:
        return Outcome(
            status=status,
            pulses=self._pulses,
            flips=self._flips,
            relapsed=self._relapsed,
            code=code,
        )
