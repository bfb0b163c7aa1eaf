"""Reads of a chip's arrays in the order of the hardware, taken down as a co-simulation's are.

A converter takes its lines one after the other, each as often as reads are averaged or voted on.
With the same seed this draws the same random numbers as the emitted Verilog's array ports do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.mapping import Mapping
from ohmloom_sim.recording import Recorder
from ohmloom_sim.repeated_reads import median_of_means

__all__ = ["RecordedReads"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RecordedReads:
    """The arrays of a chip as `ohmloom_sim.defended_run.Reads`, for one sample after the other."""

    chip: AnalogChip
    """The arrays, behind any engine."""
    mapping: Mapping
    """What they hold."""
    recorder: Recorder
    """Takes down every pass; its times are all 0."""

    def codes(
        self, step: int, number: int, driven: IntArray, samples: IntArray, times: int
    ) -> IntArray:
        """Return codes of all lines, (times, 1, lines), see `Reads`; 0 of those not in use.

        Raises
        ------
        ValueError
            Where there is more than one sample: the hardware runs all steps of each.
        """
        if len(driven) != 1:
            msg = f"samples of a recorded read must be 1, not {len(driven)}"
            raise ValueError(msg)
        spec, place = self.chip.spec, self.mapping.placements[step]
        tile = self.chip.tiles[place.tile]
        codes = np.zeros(spec.rows, dtype=np.int64)
        codes[: driven.shape[1]] = driven[0]
        tile.apply(codes)
        self.recorder.begin(place.tile, codes, 0)
        found = np.zeros((times, 1, spec.lines), dtype=np.int64)
        used = len(place.outputs) * spec.lines_per_column
        share = spec.adc.columns_per_adc
        for select in range(min(share, used)):
            lines = np.arange(select, spec.lines, share)
            reads = [tile.convert(lines) for _ in range(times)]
            found[:, 0, lines] = [taken for taken, _ in reads]
            clipped = np.array([over for _, over in reads])
            self._add(lines, found[:, 0, lines], clipped)
        return found

    def _add(self, lines: IntArray, codes: IntArray, clipped: NDArray[np.bool_]) -> None:
        # A mean is out of range where one of its reads is, and a vote where most means are.
        vote = self.chip.spec.defence.vote
        voters = clipped.reshape(vote, len(codes) // vote, -1).any(axis=1)
        over = voters.sum(axis=0) > vote // 2
        self.recorder.add(lines, median_of_means(codes, vote), over, 0)
