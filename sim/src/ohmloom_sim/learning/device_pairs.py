"""Differential pairs of devices that move: wires, half-selected cells and converters with them.

Column j of the weights is the difference of the lines 2 j and 2 j + 1. An input is driven at the
highest code of the converters, positive and negative ones in a pass each. A pulse is the first one
of the section `write` of the chip, for either direction, without a verify read.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import SpecError
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.write_spec import CODE_BITS
from ohmloom_analog.write_verify import Direction
from ohmloom_hw.learning.rules import Pulse

__all__ = ["DevicePairs", "letters_chip"]

Integers = NDArray[np.int64]

_TOP = (1 << CODE_BITS) - 1


def letters_chip() -> ChipSpec:
    """Return the chip that learns letters where no other is given."""
    return load_spec(str(Path(__file__).with_name("letters.toml")))


class DevicePairs:
    """The first tile of a chip as an array that learns, at random levels at first.

    Parameters
    ----------
    spec
        The chip: its first tile has pairs and a section `write`.
    engine
        One of `ohmloom_analog.engines.ENGINE_NAMES`; with "transient" ngspice moves the cells.
    seed
        Of first levels, of devices, and of all noise.

    Raises
    ------
    SpecError
        Where weights aren't pairs, or the chip doesn't say how the tile is written.
    EngineError
        Where the engine is missing.
    """

    def __init__(self, spec: ChipSpec, *, engine: str, seed: int) -> None:
        if spec.encoding != "diff_pair":
            msg = f"encoding of a chip that learns must be diff_pair, not {spec.encoding}"
            raise SpecError(msg)
        write = write_spec_of(spec, 0)
        self._spec, self._top = spec, (1 << spec.input.slice_bits) - 1
        self._pulses = {
            Direction.SET: (write.set, write.drive_full, write.gate_full),
            Direction.RESET: (write.reset, write.drive_full, write.gate_full),
        }
        rng, middle = np.random.default_rng(seed), spec.tile_specs[0].cell.levels // 2
        first = [rng.integers(1, middle + 1, (spec.rows, spec.lines)) for _ in range(spec.tiles)]
        self.chip = AnalogChip.build(spec, first, engine=engine, seed=seed)
        """The chip."""
        self.wear: Integers = np.zeros((2, spec.rows, spec.lines // 2), dtype=np.int64)
        """Pulses that each cell has got, (2, inputs, outputs)."""

    @property
    def inputs(self) -> int:
        """Rows of weights."""
        return self._spec.rows

    @property
    def outputs(self) -> int:
        """Columns of weights."""
        return self._spec.lines // 2

    def sums(self, inputs: Integers) -> Integers:
        """Return the sums of samples, (samples, outputs), for inputs (samples, inputs) of +-1."""
        return np.array([self._sum(sample) for sample in inputs])

    def _sum(self, sample: Integers) -> Integers:
        positive = self._read(np.where(sample > 0, self._top, 0))
        negative = self._read(np.where(sample < 0, self._top, 0))
        codes = positive - negative
        return np.asarray(codes[0::2] - codes[1::2])

    def _read(self, codes: Integers) -> Integers:
        tile = self.chip.tiles[0]
        tile.apply(codes)
        return tile.convert(np.arange(self._spec.lines))[0]

    def apply(self, pulses: Sequence[Pulse]) -> None:
        """Give pulses, in their order: of each one on the first cell, one on the second."""
        for pulse in pulses:
            for _ in range(pulse.number):
                for side in range(2):
                    way = Direction.SET if pulse.up == (side == 0) else Direction.RESET
                    self._pulse(way, pulse.row, 2 * pulse.column + side)
                    self.wear[side, pulse.row, pulse.column] += 1

    def _pulse(self, way: Direction, row: int, line: int) -> None:
        plan, drive_full, gate_full = self._pulses[way]
        self.chip.tiles[0].pulse(
            way,
            row,
            line,
            drive=round(plan.drive.start / drive_full * _TOP),
            gate=round(plan.gate.start / gate_full * _TOP),
            width=plan.width.start,
        )
