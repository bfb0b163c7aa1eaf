"""Reads of a chip's arrays, wires and noise included, for the functional model of the logic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.mapping import Mapping

__all__ = ["ArrayReads"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ArrayReads:
    """The arrays of a chip as `ohmloom_sim.defended_run.Reads`, sample by sample."""

    chip: AnalogChip
    """The arrays, behind any engine."""
    mapping: Mapping
    """What they hold."""

    def codes(
        self, step: int, number: int, driven: IntArray, samples: IntArray, times: int
    ) -> IntArray:
        """Return codes of all lines, (times, samples, lines), see `Reads`."""
        spec = self.chip.spec
        tile = self.chip.tiles[self.mapping.placements[step].tile]
        lines = np.arange(spec.lines)
        found = np.zeros((times, len(driven), spec.lines), dtype=np.int64)
        codes = np.zeros(spec.rows, dtype=np.int64)
        for place, sample in enumerate(driven):
            codes[: driven.shape[1]] = sample
            tile.apply(codes)
            for turn in range(times):
                found[turn, place] = tile.convert(lines)[0]
        return found
