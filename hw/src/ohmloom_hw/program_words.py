"""Words of the windows of write-verify, on the host's side: packed from what is meant, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from ohmloom_analog.level_program import LevelProgram
from ohmloom_analog.write_spec import RampOrder
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.register_model import Field

__all__ = [
    "LEVEL_STRIDE",
    "LEVEL_WORDS",
    "TARGET_FIELDS",
    "WRITTEN_FIELDS",
    "CellFaults",
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

LEVEL_STRIDE = 16
"""Words from one level of LEVELS to the next."""


def _pulse_words(name: str) -> tuple[tuple[Field, ...], ...]:
    def code(what: str, low: int) -> Field:
        return Field(name=f"{name}_{what}", low=low, width=12, doc=f"code of {what}")

    return (
        (code("drive_start", 0), code("drive_stop", 16)),
        (code("drive_step", 0), code("gate_start", 16)),
        (code("gate_stop", 0), code("gate_step", 16)),
        (
            Field(name=f"{name}_width_start", low=0, width=16, doc="of the first pulse [cycles]"),
            Field(name=f"{name}_width_stop", low=16, width=16, doc="of the longest [cycles]"),
        ),
        (
            Field(name=f"{name}_width_step", low=0, width=16, doc="from one to the next [cycles]"),
            Field(name=f"{name}_order", low=16, width=3, doc=", ".join(get_args(RampOrder))),
            Field(name=f"{name}_restart", low=19, width=1, doc="those that grew start anew"),
        ),
    )


LEVEL_WORDS: tuple[tuple[Field, ...], ...] = (
    (Field(name="target", low=0, width=12, doc="verify code"),),
    (
        Field(name="below", low=0, width=12, doc="how far a code may be below"),
        Field(name="above", low=16, width=12, doc="how far a code may be above"),
    ),
    *_pulse_words("set"),
    *_pulse_words("reset"),
)
"""The fields of an entry of LEVELS, word by word; the words after them are 0."""

TARGET_FIELDS = (
    Field(name="level", low=0, width=8, doc="level"),
    Field(name="trim", low=8, width=7, doc="signed, added to the level's target code"),
    Field(name="locked", low=15, width=1, doc="no pulse for this cell"),
)
"""The fields of a cell of TARGET; two cells share a word."""

WRITTEN_FIELDS = (
    Field(name="code", low=0, width=12, doc="the last read"),
    Field(name="pulses", low=12, width=8, doc="pulses given"),
    Field(name="flips", low=20, width=6, doc="changes of direction"),
    Field(name="relapsed", low=26, width=1, doc="moved after the relaxation time"),
    Field(name="status", low=29, width=3, doc="what became of it"),
)
"""The fields of a word of WRITTEN."""

_CELL_BITS, _CELL_MASK = 16, 0xFFFF
_FAULT_BITS, _FAULTS_A_WORD = 4, 8


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


@dataclass(frozen=True, kw_only=True, slots=True)
class CellFaults:
    """What a march test has against a cell."""

    stuck_hrs: bool = False
    """It stays at low conductance."""
    stuck_lrs: bool = False
    """It stays at high conductance."""
    up: bool = False
    """It can't be raised from low conductance."""
    down: bool = False
    """It can't be lowered from high conductance."""

    def __bool__(self) -> bool:
        """Return whether anything is wrong."""
        return self.stuck_hrs or self.stuck_lrs or self.up or self.down

    @property
    def names(self) -> tuple[str, ...]:
        """What is wrong, in words."""
        found = {
            "stuck at HRS": self.stuck_hrs,
            "stuck at LRS": self.stuck_lrs,
            "no way up": self.up,
            "no way down": self.down,
        }
        return tuple(name for name, wrong in found.items() if wrong)


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
    for name, plan in (("set", program.set), ("reset", program.reset)):
        for what in ("drive", "gate", "width"):
            ramp = getattr(plan, what)
            for end in ("start", "stop", "step"):
                numbers[f"{name}_{what}_{end}"] = getattr(ramp, end)
        numbers[f"{name}_order"] = get_args(RampOrder).index(plan.order)
        numbers[f"{name}_restart"] = int(plan.restart)
    words = [sum(field.insert(numbers[field.name]) for field in fields) for fields in LEVEL_WORDS]
    return words + [0] * (LEVEL_STRIDE - len(words))


def pack_targets(targets: Sequence[Target]) -> list[int]:
    """Return the words of TARGET, two cells a word, the first in the low bits."""
    halves = [
        sum(field.insert(value) for field, value in zip(TARGET_FIELDS, _parts(target), strict=True))
        for target in targets
    ]
    halves += [0] * (len(halves) % 2)
    return [low | high << _CELL_BITS for low, high in zip(halves[::2], halves[1::2], strict=True)]


def unpack_targets(words: Sequence[int], count: int) -> list[Target]:
    """Return the first cells of the words of TARGET."""
    halves = [word >> shift & _CELL_MASK for word in words for shift in (0, _CELL_BITS)]
    level, trim, locked = TARGET_FIELDS
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
    return sum(field.insert(int(getattr(outcome, field.name))) for field in WRITTEN_FIELDS)


def unpack_written(word: int) -> Outcome:
    """Return what a word of WRITTEN says."""
    found = {field.name: field.extract(word) for field in WRITTEN_FIELDS}
    return Outcome(
        status=WriteStatus(found["status"]),
        pulses=found["pulses"],
        flips=found["flips"],
        relapsed=bool(found["relapsed"]),
        code=found["code"],
    )


def unpack_wear(word: int) -> Wear:
    """Return what a word of WEAR says."""
    return Wear(set=word & 0xFFFF, reset=word >> 16)


def unpack_faults(words: Sequence[int], count: int) -> list[CellFaults]:
    """Return the first cells of the words of FAULTS, eight cells a word."""
    shifts = range(0, _FAULT_BITS * _FAULTS_A_WORD, _FAULT_BITS)
    nibbles = [word >> shift & 0xF for word in words for shift in shifts]
    return [
        CellFaults(
            stuck_hrs=bool(nibble & 1),
            stuck_lrs=bool(nibble & 2),
            up=bool(nibble & 4),
            down=bool(nibble & 8),
        )
        for nibble in nibbles[:count]
    ]


def _parts(target: Target) -> tuple[int, int, int]:
    return target.level, target.trim & 0x7F, int(target.locked)
