"""Tiki-Taka: gradients go to a fast array, and what lasts of them to the one that is used.

Pulses of the learning rule move array A. Every few samples a row of A is read by a product with a
unit vector, and how far it is from its zero is added to a buffer; where that reaches a threshold,
the weight of array C gets a pulse, and the buffer loses the threshold. Products use C.

======  ================================================================  ==========
symbol  name                                                              unit
======  ================================================================  ==========
a_ij    what a read of row i gives for column j, less that of its zero    sum LSB
h_ij    buffer: h <- clip(h + a_ij)                                       sum LSB
T       threshold                                                         sum LSB
======  ================================================================  ==========

``n = abs(h_ij) // T`` pulses go to C, in the direction of h_ij, which loses n T. Asymmetric cells
of A are drawn by random pulses to where both directions weigh the same, which spoils no weight
of C: what they forget was noise.

The zero of a weight of A is where pulses up and down move it by the same. Before anything is
learnt, weights are brought there by as many pulses up as down, in turn, and read: the zero-shifting
of the source. Without these pulses the zero is where they happen to stand, and asymmetric cells
then feed the way from there to where they are drawn to into C for ever.

Source: Gokmen, Frontiers in Artificial Intelligence 4, 699148 (2021), the version with a digital
buffer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.learning.rules import Pulse
from ohmloom_sim.learning.learner import LearningArray

__all__ = ["TikiTakaArrays", "TikiTakaSettings"]

Integers = NDArray[np.int64]

_MOST_BITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class TikiTakaSettings:
    """When and how A is handed over to C.

    Raises
    ------
    ValueError
        Where a number is out of range.
    """

    every: int = 1
    """Samples from one read of a row of A to the next, of the row that follows."""
    threshold: int = 64
    """Size of the buffer for which a weight of C gets a pulse [sum LSB]."""
    settling: int = 0
    """Pulses in either direction that bring each weight of A to its zero first."""
    bits: int = 16
    """Bits of the buffer, its sign included; it saturates."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.every < 1:
            msg = f"every must be at least 1, not {self.every}"
            raise ValueError(msg)
        if self.settling < 0:
            msg = f"settling must be at least 0, not {self.settling}"
            raise ValueError(msg)
        if not 2 <= self.bits <= _MOST_BITS:
            msg = f"bits must be in [2, {_MOST_BITS}], not {self.bits}"
            raise ValueError(msg)
        most = (1 << (self.bits - 1)) - 1
        if not 1 <= self.threshold <= most:
            msg = f"threshold must be in [1, {most}] for {self.bits} bits, not {self.threshold}"
            raise ValueError(msg)


class TikiTakaArrays:
    """Two arrays as one that learns.

    Parameters
    ----------
    fast
        A, which takes the pulses of the rule.
    slow
        C, whose sums are used.
    settings
        When A is handed over.
    """

    def __init__(
        self, fast: LearningArray, slow: LearningArray, settings: TikiTakaSettings
    ) -> None:
        self._fast, self._slow, self._settings = fast, slow, settings
        _, inputs, outputs = fast.wear.shape
        self._rows = np.eye(inputs, dtype=np.int64)
        for up in (True, False) * settings.settling:
            fast.apply([Pulse(i, j, up, 1) for i in range(inputs) for j in range(outputs)])
        self._start = fast.sums(self._rows)
        self.buffer: Integers = np.zeros(self._start.shape, dtype=np.int64)
        """What has been read and not been handed over, (inputs, outputs)."""
        self.handed = 0
        """Pulses that weights of C have got."""
        self._samples = 0

    @property
    def wear(self) -> Integers:
        """Pulses that each cell has got, (2, 2 x inputs, outputs): rows of A, then those of C."""
        return np.concatenate([self._fast.wear, self._slow.wear], axis=1)

    def sums(self, inputs: Integers) -> Integers:
        """Return the sums of C, (samples, outputs), for inputs (samples, inputs)."""
        return self._slow.sums(inputs)

    def apply(self, pulses: Sequence[Pulse]) -> None:
        """Give the pulses of a sample to A, and hand a row over if it is time."""
        self._fast.apply(pulses)
        self._samples += 1
        if self._samples % self._settings.every == 0:
            self._hand_over((self._samples // self._settings.every - 1) % len(self._rows))

    def _hand_over(self, row: int) -> None:
        settings, most = self._settings, (1 << (self._settings.bits - 1)) - 1
        moved = self._fast.sums(self._rows[row : row + 1])[0] - self._start[row]
        held = np.clip(self.buffer[row] + moved, -most - 1, most)
        numbers = np.abs(held) // settings.threshold
        self.buffer[row] = held - np.sign(held) * numbers * settings.threshold
        due = np.flatnonzero(numbers)
        self._slow.apply(
            [
                Pulse(row, column, bool(held[column] > 0), int(numbers[column]))
                for column in due.tolist()
            ]
        )
        self.handed += int(numbers.sum())
