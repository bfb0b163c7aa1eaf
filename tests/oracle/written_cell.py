"""A cell that is written, and what the integer reference does with it."""

import random
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from level_files import programs

from ohmloom_analog.level_program import LevelProgram
from ohmloom_analog.write_verify import (
    CellWriter,
    Direction,
    Limits,
    Outcome,
    Pulse,
    Read,
    WriteStatus,
)

TOP = 4095


@dataclass
class Cell:
    """Moves with each pulse by a random amount, and reads with noise."""

    seed: int
    rng: random.Random = field(init=False)

    def __post_init__(self):
        self.rng = random.Random(self.seed)
        self.code = self.rng.uniform(0, TOP)
        self.reach = self.rng.choice((30, 300, 1500))
        self.noise = self.rng.choice((0, 20, 200))

    def read(self):
        return min(max(round(self.code + self.rng.gauss(0, self.noise)), 0), TOP)

    def average(self, conversions):
        total = sum(self.read() for _ in range(conversions))
        return (2 * total + conversions) // (2 * conversions)

    def pulse(self, direction):
        sign = 1 if direction is Direction.SET else -1
        self.code = min(max(self.code + sign * self.reach * self.rng.random(), 0), TOP)


@dataclass
class Case:
    """A cell's job."""

    program: LevelProgram
    level_target: int
    trim: int
    limits: Limits
    seed: int
    forming: bool = False
    conversions: int = 1

    def expected(self):
        """Return the actions of the reference, the last of them the outcome."""
        cell = Cell(self.seed)
        program = replace(self.program, above=2 * TOP) if self.forming else self.program
        writer = CellWriter(program, self.level_target + self.trim, self.limits)
        actions = [writer.first()]
        while not isinstance(actions[-1], Outcome):
            if isinstance(actions[-1], Read):
                actions.append(writer.after_read(cell.average(self.conversions)))
            else:
                cell.pulse(actions[-1].direction)
                actions.append(writer.after_pulse())
        if self.forming and actions[-1].status is WriteStatus.TOO_MANY_PULSES:
            actions[-1] = replace(actions[-1], status=WriteStatus.NOT_FORMED)
        return actions

    def pulses(self):
        return [action for action in self.expected() if isinstance(action, Pulse)]


def limits(most=255):
    return st.builds(
        Limits,
        pulses=st.integers(0, min(40, most)) | st.just(most),
        flips=st.integers(0, 8) | st.just(63),
        confirm=st.integers(1, 4) | st.just(16),
        relax=st.booleans(),
    )


def cases():
    return st.builds(
        Case,
        program=programs(),
        level_target=st.integers(0, TOP),
        trim=st.integers(-64, 63),
        limits=limits(),
        seed=st.integers(0, 2**32),
    )
