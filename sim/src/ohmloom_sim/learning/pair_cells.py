"""Differential pairs in an exact array, moved by pulses: a twin whose cells learn.

A cell stands at a level of `CellLayout.bits`, as the cells of the twin do, and at a fraction of a
level besides, which no read shows: a pulse may move it by less than a level. A weight is the
difference between two cells. A pulse that makes it grow is one SET of the first and one RESET of
the second, and the other way round.

======  =====================================================================  ==========
symbol  name                                                                   unit
======  =====================================================================  ==========
u       place of a cell in its range, towards where the pulse moves it         1
a       asymmetry: a step is `step` (1 - a u)                                  1
======  =====================================================================  ==========
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.learning.rules import Pulse

__all__ = ["FRACTION", "PairCells", "PairModel"]

Integers = NDArray[np.int64]

FRACTION = 16
"""Parts of a level that a cell can stand at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairModel:
    """How cells answer to pulses.

    Raises
    ------
    ValueError
        Where a number is out of range.
    """

    bits: int = 7
    """Bits of a level."""
    step: float = 1.0
    """Levels that a pulse moves a cell in the middle of nowhere, without asymmetry."""
    asymmetry: float = 0.0
    """How much smaller a step is at the end of the range, as a share of it."""
    noise: float = 0.0
    """Standard deviation of a step, as a share of it."""
    stuck: float = 0.0
    """Share of the cells that stand at an end of their range and don't move."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low, high in (
            ("bits", 1, 12),
            ("step", 1 / FRACTION, 1 << 12),
            ("asymmetry", 0, 1),
            ("noise", 0, 10),
            ("stuck", 0, 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                msg = f"{name} must be in [{low}, {high}], not {value}"
                raise ValueError(msg)

    @property
    def top(self) -> int:
        """Highest place of a cell [fractions of a level]."""
        return (FRACTION << self.bits) - 1


class PairCells:
    """An array of pairs, at random places in the middle half of their range at first.

    Parameters
    ----------
    inputs, outputs
        Rows and columns of weights.
    model
        How cells answer to pulses.
    rng
        Of first places, stuck cells and noise.
    """

    def __init__(
        self, inputs: int, outputs: int, model: PairModel, rng: np.random.Generator
    ) -> None:
        places, faults, self._noise = rng.spawn(3)
        shape = (2, inputs, outputs)
        self._model = model
        self._places = places.integers(model.top // 4, 3 * model.top // 4 + 1, shape)
        self.stuck = faults.random(shape) < model.stuck
        """Cells that don't move, (2, inputs, outputs): first cells, then second ones."""
        ends = faults.choice(np.array([0, model.top]), shape)
        self._places = np.where(self.stuck, ends, self._places)
        self.wear: Integers = np.zeros(shape, dtype=np.int64)
        """Pulses that each cell has got, likewise."""

    @property
    def levels(self) -> Integers:
        """Level of each cell, (2, inputs, outputs)."""
        return self._places // FRACTION

    def sums(self, inputs: Integers) -> Integers:
        """Return the sums of samples, (samples, outputs), for inputs (samples, inputs)."""
        levels = self.levels
        return np.asarray(inputs @ (levels[0] - levels[1]))

    def apply(self, pulses: Sequence[Pulse]) -> None:
        """Give pulses, in their order."""
        if not pulses:
            return
        most = max(pulse.number for pulse in pulses)
        for turn in range(most):
            # A list holds each weight once, so that its weights can be pulsed together.
            due = [pulse for pulse in pulses if pulse.number > turn]
            rows, columns = np.array([(p.row, p.column) for p in due]).T
            up = np.array([p.up for p in due])
            self._move(0, rows, columns, up)
            self._move(1, rows, columns, ~up)

    def _move(self, side: int, rows: Integers, columns: Integers, up: NDArray[np.bool_]) -> None:
        model = self._model
        self.wear[side, rows, columns] += 1
        before = self._places[side, rows, columns]
        towards = np.where(up, before, model.top - before) / model.top
        size = model.step * FRACTION * (1 - model.asymmetry * towards)
        if model.noise:
            size = size * (1 + model.noise * self._noise.standard_normal(size.shape))
        moved = np.clip(before + np.where(up, 1, -1) * np.rint(size).astype(np.int64), 0, model.top)
        kept = self.stuck[side, rows, columns]
        self._places[side, rows, columns] = np.where(kept, before, moved)
