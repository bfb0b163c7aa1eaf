"""Faults that are put into a chip on purpose: of what kind, how many, and where they fell."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec

__all__ = [
    "ChipFaults",
    "FaultKind",
    "StuckLine",
    "WordFlip",
    "fault_size",
    "faulty_codes",
    "flipped_inputs",
    "stuck_columns",
    "word_flips",
]

IntArray = NDArray[np.int64]


class FaultKind(StrEnum):
    """What goes wrong."""

    COLUMNS = "columns"
    """Columns of which one line's codes are stuck; the size is their number in the chip."""
    FLIPS = "flips"
    """Bits of the digital memories; the size is the probability of a bit in each inference."""
    SPIKES = "spikes"
    """Conversions with any code at all; the size is the probability of one."""
    CELLS = "cells"
    """Cells stuck at their lowest or highest conductance; the size is their share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StuckLine:
    """A bit line whose converter always gives the same."""

    tile: int
    """Its tile."""
    line: int
    """Its place among the lines of the tile."""
    code: int
    """What the converter gives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordFlip:
    """A bit that is turned round in each entry of one word of the input buffer."""

    sample: int
    """Sample before whose run that happens."""
    word: int
    """Word of the buffer."""
    bit: int
    """Bit of its entries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChipFaults:
    """Faults at the array ports of a chip, and in its input buffer."""

    lines: tuple[StuckLine, ...] = ()
    """Lines that are stuck."""
    spikes: float = 0.0
    """Probability that a conversion gives any code at all."""
    flips: tuple[WordFlip, ...] = ()
    """Words that go wrong in the input buffer."""
    seed: int = 0
    """Of the spikes."""

    def __post_init__(self) -> None:
        """Check the probability."""
        if not 0 <= self.spikes <= 1:
            msg = f"spikes must be in [0, 1], not {self.spikes!r}"
            raise ValueError(msg)

    def to_json(self) -> dict[str, Any]:
        """Return the faults as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        lines = tuple(StuckLine(**line) for line in plain["lines"])
        flips = tuple(WordFlip(**flip) for flip in plain["flips"])
        return cls(**{**plain, "lines": lines, "flips": flips})

    def of_tile(self, tile: int) -> dict[int, int]:
        """Return the codes of a tile's stuck lines, by the line."""
        return {stuck.line: stuck.code for stuck in self.lines if stuck.tile == tile}


def fault_size(kind: FaultKind, text: str) -> float:
    """Read the size of a fault.

    Raises
    ------
    ValueError
        Where it isn't a whole number of columns, or a share.
    """
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if kind is FaultKind.COLUMNS:
        if size < 0 or not size.is_integer():
            msg = f"number of stuck columns must be a whole number of at least 0, not '{text}'"
            raise ValueError(msg)
    elif not 0 <= size <= 1:
        msg = f"size of {kind.value} must be in [0, 1], not '{text}'"
        raise ValueError(msg)
    return size


def stuck_columns(
    spec: ChipSpec, mapping: Mapping, count: int, rng: np.random.Generator
) -> tuple[StuckLine, ...]:
    """Draw columns in use, and of each a line that gives code 0 or the highest.

    With one seed, a higher count only adds columns.

    Raises
    ------
    ValueError
        Where fewer columns are in use.
    """
    used = [
        (place.tile, column) for place in mapping.placements for column in range(len(place.outputs))
    ]
    if count > len(used):
        msg = f"stuck columns must be at most the {len(used)} in use, not {count}"
        raise ValueError(msg)
    order = rng.permutation(len(used))
    sides = rng.integers(0, spec.lines_per_column, len(used))
    high = rng.random(len(used)) < 0.5
    return tuple(
        StuckLine(
            tile=used[place][0],
            line=used[place][1] * spec.lines_per_column + int(sides[place]),
            code=spec.code_maximum if high[place] else 0,
        )
        for place in order[:count]
    )


def faulty_codes(
    spec: ChipSpec, codes: IntArray, stuck: dict[int, int], spikes: float, rng: np.random.Generator
) -> IntArray:
    """Return codes, (..., lines), as they are with stuck lines and spikes."""
    wrong = codes.copy()
    if spikes > 0:
        hit = rng.random(codes.shape) < spikes
        wrong[hit] = rng.integers(0, spec.code_maximum, int(hit.sum()), endpoint=True)
    for line, code in stuck.items():
        wrong[..., line] = code
    return wrong


def word_flips(
    spec: ChipSpec, inputs: IntArray, share: float, rng: np.random.Generator
) -> tuple[WordFlip, ...]:
    """Draw a wrong word of the input buffer for a share of the samples x inputs.

    Raises
    ------
    ValueError
        Where inputs have a sign, so that not every bit can be turned round, or fill no word.
    """
    lanes = 32 // spec.entry_bits
    words = inputs.shape[1] // lanes
    if spec.input.signed or not words:
        msg = (
            f"inputs must be unsigned and at least {lanes} to have flips, not "
            f"{inputs.shape[1]}{' and signed' if spec.input.signed else ''}"
        )
        raise ValueError(msg)
    hit = np.flatnonzero(rng.random(len(inputs)) < share)
    return tuple(
        WordFlip(
            sample=int(sample),
            word=int(rng.integers(words)),
            bit=int(rng.integers(spec.input.bits)),
        )
        for sample in hit
    )


def flipped_inputs(spec: ChipSpec, inputs: IntArray, flips: tuple[WordFlip, ...]) -> IntArray:
    """Return samples x inputs as they are with the flips."""
    lanes, wrong = 32 // spec.entry_bits, inputs.copy()
    for flip in flips:
        wrong[flip.sample, flip.word * lanes : (flip.word + 1) * lanes] ^= 1 << flip.bit
    return wrong
