"""Words of the windows of write-verify, on the host's side: packed from what is meant, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.level_program import LevelProgram, PulsePlan
from ohmloom_analog.write_spec import RampOrder
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.march_registers import CELLS_PER_WORD, FAULT_BITS
from ohmloom_hw.program_registers import (
    LEVEL_WORDS,
    PLAN_WORDS,
    TARGET_HALF,
    WEAR_WORD,
    WORDS_PER_LEVEL,
    WRITTEN_WORD,
)

__all__ = [
    "Target",
    "Wear",
    "pack_level",
    "pack_targets",
    "pack_written",
    "unpack_faults",
    "unpack_targets",
    "unpack_wear",
    "unpack_written",
]

_CELL_BITS, _CELL_MASK = 16, 0xFFFF


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a cell is to become.

    Raises
    ------
    ValueError
        Where level or trim are out of range.
    """

    level: int = 0
    """Level of the level file."""
    trim: int = 0
    """Added to the level's target code, from -64 to 63."""
    locked: bool = False
    """Whether the cell gets no pulse."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.level <= 0xFF:
            msg = f"level must be in [0, 255], not {self.level}"
            raise ValueError(msg)
        if not -64 <= self.trim <= 63:
            msg = f"trim must be in [-64, 63], not {self.trim}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wear:
    """Pulses that a cell has got since the chip was reset, each at most 65535."""

    set: int
    """SET pulses."""
    reset: int
    """RESET pulses."""


def pack_level(program: LevelProgram, target: int) -> list[int]:
    """Return the words of one level of LEVELS.

    Parameters
    ----------
    target
        Verify code of the level.

    Raises
    ------
    ValueError
        Where a number doesn't fit its field.
    """
    numbers = {"target": target, "below": program.below, "above": program.above}
    words = [
        sum(field.insert(numbers[field.name]) for field in fields)
        for fields in LEVEL_WORDS[: -2 * len(PLAN_WORDS)]
    ]
    words += [*_plan(program.set), *_plan(program.reset)]
    return words + [0] * (WORDS_PER_LEVEL - len(words))


def pack_targets(targets: Sequence[Target]) -> list[int]:
    """Return the words of TARGET, two cells a word, the first in the low bits."""
    halves = [
        sum(field.insert(value) for field, value in zip(TARGET_HALF, _parts(target), strict=True))
        for target in targets
    ]
    halves += [0] * (len(halves) % 2)
    return [low | high << _CELL_BITS for low, high in zip(halves[::2], halves[1::2], strict=True)]


def unpack_targets(words: Sequence[int], count: int) -> list[Target]:
    """Return the first cells of the words of TARGET."""
    halves = [word >> shift & _CELL_MASK for word in words for shift in (0, _CELL_BITS)]
    level, trim, locked = TARGET_HALF
    sign = 1 << (trim.width - 1)
    return [
        Target(
            level=level.extract(half),
            trim=(trim.extract(half) ^ sign) - sign,
            locked=bool(locked.extract(half)),
        )
        for half in halves[:count]
    ]


def pack_written(outcome: Outcome) -> int:
    """Return the word of WRITTEN of a cell."""
    return sum(field.insert(int(getattr(outcome, field.name))) for field in WRITTEN_WORD)


def unpack_written(word: int) -> Outcome:
    """Return what a word of WRITTEN says."""
    found = {field.name: field.extract(word) for field in WRITTEN_WORD}
    return Outcome(
        status=WriteStatus(found["status"]),
        pulses=found["pulses"],
        flips=found["flips"],
        relapsed=bool(found["relapsed"]),
        code=found["code"],
    )


def unpack_wear(word: int) -> Wear:
    """Return what a word of WEAR says."""
    raised, lowered = (field.extract(word) for field in WEAR_WORD)
    return Wear(set=raised, reset=lowered)


def unpack_faults(words: Sequence[int], count: int) -> list[CellFault]:
    """Return the first cells of the words of FAULTS, the first in the low bits."""
    shifts = range(0, FAULT_BITS * CELLS_PER_WORD, FAULT_BITS)
    mask = (1 << FAULT_BITS) - 1
    return [CellFault(word >> shift & mask) for word in words for shift in shifts][:count]


def _plan(plan: PulsePlan) -> list[int]:
    numbers = {
        f"{what}_{end}": getattr(getattr(plan, what), end)
        for what in ("drive", "gate", "width")
        for end in ("start", "stop", "step")
    }
    numbers["order"] = get_args(RampOrder).index(plan.order)
    numbers["restart"] = int(plan.restart)
    return [sum(field.insert(numbers[field.name]) for field in fields) for fields in PLAN_WORDS]


def _parts(target: Target) -> tuple[int, int, int]:
    return target.level, target.trim & 0x7F, int(target.locked)
