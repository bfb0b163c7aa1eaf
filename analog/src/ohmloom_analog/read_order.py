"""In which order the lines of a tile are converted, and which random numbers each takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec

__all__ = ["ReadOrder", "conversion_rounds"]

IntArray = NDArray[np.int64]


def conversion_rounds(spec: ChipSpec, used: int | None = None) -> list[NDArray[np.intp]]:
    """Return the lines that are converted together, round by round, as long as one is in use.

    Parameters
    ----------
    used
        Lines in use, from line 0; None for all. All converters take part in each round.
    """
    share = min(spec.adc.columns_per_adc, spec.lines if used is None else used)
    return [np.arange(first, spec.lines, spec.adc.columns_per_adc) for first in range(share)]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadOrder:
    """In which order a pass converts lines: round by round, each as often as it is read."""

    rounds: Sequence[NDArray[np.intp]]
    """Lines that are converted together; each line is in one round at most."""
    reads: int = 1
    """How often each conversion is done, one right after the other."""

    def __post_init__(self) -> None:
        """Check that something is converted."""
        if not self.rounds or self.reads < 1:
            msg = (
                f"rounds and reads must be at least 1, not {len(self.rounds)} rounds of "
                f"{self.reads} reads"
            )
            raise ValueError(msg)

    @cached_property
    def lines(self) -> NDArray[np.intp]:
        """Lines that are converted, round by round, (n,)."""
        return np.concatenate([np.asarray(lines, dtype=np.intp) for lines in self.rounds])

    @property
    def conversions(self) -> int:
        """Conversions of a pass."""
        return self.reads * len(self.lines)

    def places(self, kinds: int, kind: int, extra: int = 0) -> IntArray:
        """Return which of the numbers of a pass each conversion takes, reads x lines.

        Parameters
        ----------
        kinds
            How many numbers in a row, each of all lines together, a conversion takes.
        kind
            Which of them is asked for.
        extra
            Numbers beside the lines that each of these takes, after them.
        """
        found, first = [], 0
        for lines in self.rounds:
            step = kinds * (len(lines) + extra)
            begins = first + step * np.arange(self.reads) + kind * (len(lines) + extra)
            found.append(begins[:, np.newaxis] + np.arange(len(lines)))
            first += step * self.reads
        return np.concatenate(found, axis=1)

    def last_places(self) -> IntArray:
        """Return where the one extra number of each conversion is, reads x lines."""
        found, first = [], 0
        for lines in self.rounds:
            step = len(lines) + 1
            ends = first + step * np.arange(1, self.reads + 1) - 1
            found.append(np.repeat(ends[:, np.newaxis], len(lines), axis=1))
            first += step * self.reads
        return np.concatenate(found, axis=1)
