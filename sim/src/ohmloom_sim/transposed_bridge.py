"""Transposed reads at an array port: bit lines driven, word lines converted by the model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.packing import packed, unpacked
from ohmloom_sim.port_pins import Pin, now_ps, number_at, refuse
from ohmloom_sim.recording import Recorder

__all__ = ["TransposedBridge", "TransposedModel"]

IntArray = NDArray[np.int64]


class TransposedModel(Protocol):
    """What answers: an `ohmloom_analog.tile.AnalogTile`, or anything like it."""

    def apply_lines(self, codes: IntArray) -> None:
        """Drive the bit lines with DAC codes, one a line."""
        ...

    def convert_rows(self, rows: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
        """Convert word lines; return their codes and whether each was clipped."""
        ...


class TransposedBridge:
    """Answer the conversions of transposed reads; `ArrayBridge` keeps the protocol.

    Parameters
    ----------
    line_levels
        DAC codes of all bit lines, line 0 in the low bits.
    model
        What answers.
    spec
        Geometry of the port.
    index
        Number of the tile, for messages and recordings.
    recorder
        Takes down every pass: the codes of its lines as inputs, those of rows as what was
        converted; `Recorder(lines=rows)`.
    """

    def __init__(
        self,
        line_levels: Pin,
        model: TransposedModel,
        *,
        spec: ChipSpec,
        index: int,
        recorder: Recorder | None = None,
    ) -> None:
        self._pin, self._model, self._spec, self._index = line_levels, model, spec, index
        self._recorder = recorder
        self._last_select = spec.rows
        self.conversions = 0
        """Number of conversions that were served."""

    def put(self, model: TransposedModel) -> None:
        """Put another model behind the port, which is at rest."""
        self._model = model

    def convert(self, select: int, started_ps: int) -> tuple[int, int]:
        """Return codes and over-range bits of the word lines that are selected.

        A pass converts all word lines in the order of `select`, so that one begins where that
        doesn't rise.
        """
        share = min(self._spec.adc.columns_per_adc, self._spec.rows)
        if select >= share:
            refuse(self._index, f"select must be below {share}, not {select}")
        shown = number_at(self._index, "line_levels", self._pin, "at a conversion")
        inputs = unpacked(shown, self._spec.input.slice_bits, self._spec.lines)
        self._model.apply_lines(inputs)
        rows = np.arange(select, self._spec.rows, self._spec.adc.columns_per_adc)
        codes, clipped = self._model.convert_rows(rows)
        self.conversions += 1
        if self._recorder is not None:
            if select <= self._last_select:
                self._recorder.begin(self._index, inputs, started_ps)
            self._recorder.add(rows, codes, clipped, now_ps())
        self._last_select = select
        return packed(codes, self._spec.adc.bits), packed(clipped, 1)
