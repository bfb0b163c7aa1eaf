"""Cells that move exactly as they are told, in an array that can be written, and their ends.

What becomes of them is known without the chip: the integer reference writes cells of the same kind.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.level_program import LevelProgram, level_programs, target_code
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import CellWriter, Direction, Limits, Operation, Outcome, Pulse

__all__ = [
    "LIMITS",
    "FlippingCell",
    "ObedientArray",
    "ObedientCell",
    "cells_of_all_kinds",
    "expected_outcome",
    "fresh_copies",
    "middle_level",
]

IntArray = NDArray[np.int64]

LIMITS = Limits(pulses=8, flips=3, confirm=2, relax=True)
"""When such cells are good, and when they are given up."""


@dataclass(kw_only=True, slots=True)
class ObedientCell:
    """A cell that does as it is told: how far each pulse moves its code."""

    code: int
    """What it reads as."""
    up: tuple[int, ...] = (0,)
    """What SET pulses add, one after the other, the last again and again."""
    down: tuple[int, ...] = (0,)
    """What RESET pulses take."""
    slips: int = 0
    """What it loses once after it has been read as often as makes it good."""
    clipped: bool = False
    """Whether its reads are out of range."""
    reads: int = 0
    """How often it was read."""
    given: list[Operation] = field(default_factory=list)
    """The pulses that it got."""

    def read(self) -> int:
        """Return its code, which may slip at that."""
        self.reads += 1
        if self.slips and self.reads > LIMITS.confirm:
            self.code, self.slips = self.code - self.slips, 0
        return self.code

    def pulse(self, op: Operation) -> None:
        """Move it."""
        steps = self.down if op is Direction.RESET else self.up
        number = min(sum(known == op for known in self.given), len(steps) - 1)
        self.code += -steps[number] if op is Direction.RESET else steps[number]
        self.given.append(op)


@dataclass(kw_only=True, slots=True)
class FlippingCell(ObedientCell):
    """A cell that each pulse brings to one end."""

    top: int
    """Its code after a SET pulse."""

    def pulse(self, op: Operation) -> None:
        """Move it to the other end."""
        self.code = 0 if op is Direction.RESET else self.top


class ObedientArray:
    """An array of such cells; those that aren't named are at code 0 for good."""

    def __init__(self, cells: dict[tuple[int, int], ObedientCell] | None = None) -> None:
        self.cells = cells or {}
        """By word line and bit line."""

    def apply(self, codes: IntArray) -> None:
        """Drive the word lines, which moves nothing."""

    def convert(self, lines: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Convert lines, to codes that tell them apart."""
        return lines % 5, lines < 0

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        """Read one cell by itself."""
        cell = self.cells.get((row, line), ObedientCell(code=0))
        return cell.read(), cell.clipped

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        """Give one cell a pulse."""
        self.cells.setdefault((row, line), ObedientCell(code=0)).pulse(op)


def middle_level(spec: ChipSpec) -> tuple[int, LevelProgram, int]:
    """Return a level in the middle, its pulses, and its verify code."""
    cell = spec.tile[0].cell
    level = cell.levels // 2
    code = target_code(spec, 0, cell.g_min + level * cell.g_step)
    return level, level_programs(spec, 0)[level], code


def cells_of_all_kinds(target: int, reach: int) -> list[ObedientCell]:
    """Return cells that end in all the ways that there are."""
    off, step = reach + 4, reach + 4
    return [
        ObedientCell(code=target),
        ObedientCell(code=target - off, up=(step,)),
        ObedientCell(code=target - 3 * off, up=(off,)),
        ObedientCell(code=target + 3 * off, down=(off,)),
        ObedientCell(code=target - off, up=(2 * off,), down=(off,)),
        ObedientCell(code=target - off),
        ObedientCell(code=target + off),
        ObedientCell(code=target - off, up=(2 * off,), down=(2 * off,)),
        ObedientCell(code=target, slips=off, up=(off,)),
        ObedientCell(code=target, clipped=True),
    ]


def expected_outcome(spec: ChipSpec, cell: ObedientCell, limits: Limits) -> Outcome:
    """Return what becomes of a cell, by the integer reference on a cell of the same kind."""
    _, program, target = middle_level(spec)
    writer = CellWriter(program, target, limits)
    action = writer.first()
    while not isinstance(action, Outcome):
        if isinstance(action, Pulse):
            cell.pulse(action.direction)
            action = writer.after_pulse()
        else:
            action = writer.after_read(cell.read())
    return action


def fresh_copies(cells: list[ObedientCell]) -> list[ObedientCell]:
    """Return the same cells as they were before a pulse."""
    return [replace(cell, given=[]) for cell in cells]
