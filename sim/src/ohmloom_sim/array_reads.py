"""Reads of a chip's arrays, wires and noise included, in the order in which the chip makes them."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.read_order import ReadOrder, conversion_rounds
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.input_passes import input_passes
from ohmloom_sim.recording import Recording
from ohmloom_sim.repeated_reads import combined_reads

__all__ = ["ArrayReads"]

IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Taken:
    """What a step's sums were made of, samples first."""

    inputs: IntArray
    codes: IntArray
    clipped: IntArray
    halved: Mask

    @classmethod
    def empty(cls, spec: ChipSpec, samples: int, passes: int) -> Self:
        return cls(
            inputs=np.zeros((samples, passes, spec.rows), dtype=np.int64),
            codes=np.full((samples, passes, spec.lines), -1, dtype=np.int64),
            clipped=np.zeros((samples, passes), dtype=np.int64),
            halved=np.zeros((samples, passes), dtype=np.bool_),
        )


@dataclass(kw_only=True, eq=False, slots=True)
class ArrayReads:
    """The arrays of a chip as `ohmloom_sim.defended_run.Reads`.

    Each tile serves one step, so its passes of many samples may be read at once, sample by sample
    as in the chip. Where a step may be read again the samples have to come one at a time, since a
    second read of one is before the first of the next.
    """

    chip: AnalogChip
    """The arrays, behind any engine that knows no time."""
    mapping: Mapping
    """What they hold."""
    samples: int
    """How many there are going to be."""
    conversions: int = 0
    """Codes that the chip has counted so far, those of lines in use."""
    clipped: int = 0
    """Those of them that were clipped."""
    _taken: dict[int, _Taken] = field(default_factory=dict)

    def read(
        self, step: int, driven: IntArray, samples: IntArray, *, average: int, vote: int
    ) -> tuple[IntArray, Mask]:
        """Return codes of all lines and which are clipped, see `Reads`.

        Lines that the step doesn't reach aren't converted, and have the code -1.
        """
        spec, place = self.chip.spec, self.mapping.placements[step]
        used = len(place.outputs) * spec.lines_per_column
        order = ReadOrder(rounds=conversion_rounds(spec, used), reads=average * vote)
        count, passes, rows = driven.shape
        levels = np.zeros((count, passes, spec.rows), dtype=np.int64)
        levels[..., :rows] = driven
        found = self.chip.tiles[place.tile].read_passes(levels.reshape(-1, spec.rows), order)
        shape = (count, passes)
        codes = _by_line(spec, order, found[0], shape)
        over = _by_line(spec, order, found[1].astype(np.int64), shape) > 0
        code, clipped = combined_reads(codes, over, vote)
        # Lines that weren't converted stand for nothing.
        code = np.where(codes[0] < 0, -1, code)
        self._note(step, levels, (code, clipped), samples)
        return code, clipped

    def _note(
        self, step: int, levels: IntArray, found: tuple[IntArray, Mask], samples: IntArray
    ) -> None:
        spec, (code, clipped) = self.chip.spec, found
        used = len(self.mapping.placements[step].outputs) * spec.lines_per_column
        self.conversions += code[..., :used].size
        self.clipped += int(clipped[..., :used].sum())
        whole = self._passes(step)
        taken = self._taken.setdefault(step, _Taken.empty(spec, self.samples, whole))
        halved = levels.shape[1] > whole
        counts = clipped.sum(axis=-1)
        if halved:
            shift = spec.input.half_bits
            levels = levels[:, ::2] + (levels[:, 1::2] << shift)
            low, high = code[:, ::2], code[:, 1::2]
            code = np.where(low < 0, -1, low + (high << shift))
            counts = counts[:, ::2] + counts[:, 1::2]
        taken.inputs[samples], taken.codes[samples] = levels, code
        taken.clipped[samples], taken.halved[samples] = counts, halved

    def _passes(self, step: int) -> int:
        place = self.mapping.placements[step]
        signed = self.mapping.network.layers[place.layer].signed
        return len(input_passes(self.chip.spec, signed=signed))

    def recording(self) -> Recording:
        """Return the passes whose sums were taken, in the chip's order; no time is known of them.

        Raises
        ------
        ValueError
            Where not every step was read.
        """
        steps = range(len(self.mapping.placements))
        if len(self._taken) < len(steps):
            msg = f"steps that were read must be all {len(steps)}, not {len(self._taken)}"
            raise ValueError(msg)
        joined = {
            name: np.concatenate([getattr(self._taken[step], name) for step in steps], axis=1)
            for name in ("inputs", "codes", "clipped", "halved")
        }
        tiles = [np.full(self._passes(k), self.mapping.placements[k].tile) for k in steps]
        flat = {name: part.reshape(-1, *part.shape[2:]) for name, part in joined.items()}
        none = np.zeros(len(flat["clipped"]), dtype=np.int64)
        tile = np.tile(np.concatenate(tiles), self.samples)
        return Recording(tile=tile, start_ps=none, end_ps=none, **flat)


def _by_line(
    spec: ChipSpec, order: ReadOrder, values: IntArray, shape: tuple[int, int]
) -> IntArray:
    """Return what was read, passes x reads x lines, as reads x samples x passes x all lines."""
    every = np.full((*values.shape[:2], spec.lines), -1, dtype=np.int64)
    every[..., order.lines] = values
    return every.reshape(*shape, order.reads, spec.lines).transpose(2, 0, 1, 3)
