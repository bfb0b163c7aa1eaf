"""Sampling at an array port: it stands between a port and what answers there, and only counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Direction, Operation
from ohmloom_sim.coverage.array_points import adc_bins, bin_of_range, dac_bins, several
from ohmloom_sim.coverage.counts import CoverCounts

__all__ = ["SampledArray"]

IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]


class SampledArray:
    """An array whose passes, conversions and pulses are counted, as the chip sees them.

    Parameters
    ----------
    model
        What answers: for each kind of access that the port makes it has the method.
    spec
        The chip.
    counts
        Where samples go.
    """

    def __init__(self, model: Any, spec: ChipSpec, counts: CoverCounts) -> None:
        self._model, self._spec, self._counts = model, spec, counts
        self._dac, self._adc = dac_bins(spec), adc_bins(spec)

    def apply(self, codes: IntArray) -> None:
        """Drive the word lines."""
        self._sort("input code", self._dac, codes)
        self._note_encoding()
        self._model.apply(codes)

    def convert(self, lines: IntArray) -> tuple[IntArray, Flags]:
        """Convert lines."""
        codes, clipped = self._model.convert(lines)
        self._sort("ADC code", self._adc, codes)
        high = clipped & (codes > self._spec.code_maximum // 2)
        for name, which in (("none", ~clipped), ("low", clipped & ~high), ("high", high)):
            times = int(which.sum())
            if times:
                self._counts.hit("codes", "over-range", name, times)
                pair = f"{self._spec.encoding}, {name}"
                self._counts.hit("encodings", "encoding and over-range", pair, times)
        return codes, clipped

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        """Read one cell by itself."""
        code, clipped = self._model.verify(row, line)
        self._counts.hit("programming", "verify read", "out of range" if clipped else "in range")
        return code, clipped

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        """Give one cell a pulse."""
        self._counts.hit("programming", "pulse", op.value if isinstance(op, Direction) else op)
        self._model.pulse(op, row, line, drive=drive, gate=gate, width=width)

    def apply_lines(self, codes: IntArray) -> None:
        """Drive the bit lines."""
        self._model.apply_lines(codes)

    def convert_rows(self, rows: IntArray) -> tuple[IntArray, Flags]:
        """Convert word lines."""
        codes, clipped = self._model.convert_rows(rows)
        return codes, clipped

    def _sort(self, name: str, bins: tuple[range, ...], codes: IntArray) -> None:
        which, times = np.unique(np.asarray(codes) // len(bins[0]), return_counts=True)
        for place, count in zip(which.tolist(), times.tolist(), strict=True):
            self._counts.hit("codes", name, bin_of_range(bins[place]), count)

    def _note_encoding(self) -> None:
        spec = self._spec
        for name, kind in (
            ("encoding", spec.encoding),
            ("weight slices", several(spec.weight_slices)),
            ("input slices", several(spec.input.slices)),
            ("levels", "two" if spec.tile[0].cell.levels == 2 else "more"),
            ("arithmetic code", spec.defence.an),
        ):
            self._counts.hit("encodings", name, kind)
