"""One array's writing side: codes of pulses go in, codes of verify reads come out."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.array_cells import ArrayCells
from ohmloom_analog.cell_bank import CellPulse, PulseEngine
from ohmloom_analog.cell_streams import CellStreams
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.read_noise import ReadNoise
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.verify_read import VerifyRead
from ohmloom_analog.writable_cells import WritableCells
from ohmloom_analog.write_spec import CODE_BITS
from ohmloom_analog.write_verify import Direction, Operation

__all__ = ["TileWriter"]

Floats = NDArray[np.float64]

_TOP = (1 << CODE_BITS) - 1


class TileWriter:
    """What stands behind the writing signals of one array port.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles; it must have a section `write`.
    held
        The cells at first.
    streams
        What the cells draw from: ``cycle`` for pulses, ``verify`` for reads.
    engine
        Knows what a pulse does; None for the one of the cells' access.

    Raises
    ------
    SpecError
        Where the chip doesn't say how the tile is written.
    """

    def __init__(
        self,
        spec: ChipSpec,
        index: int,
        held: ArrayCells,
        streams: CellStreams,
        *,
        engine: PulseEngine | None = None,
    ) -> None:
        self.cells = WritableCells(spec, index, held, streams, engine=engine)
        """The cells."""
        self.reads = 0
        """Verify reads so far."""
        self._spec, self._index, self._streams = spec, index, streams
        self._write = write_spec_of(spec, index)
        self._read = VerifyRead(spec, index)
        self._moved = False

    def verify(self, row: int, line: int, alone: Callable[[int], Floats]) -> tuple[int, bool]:
        """Return the code of one cell, and whether it is clipped.

        Parameters
        ----------
        alone
            Gives the currents of all lines, (lines + 1,) [A], with the read voltage on one row and
            0 V on all others; asked for where no transistors keep the other cells out of it.

        Raises
        ------
        ValueError
            Where there is no such cell.
        """
        self._check(row, line)
        self.reads += 1
        memory = float(self.cells.conductance[row, line])
        rng = self._streams.of("verify", row, line)
        if self.cells.in_series:
            conductance = self.cells.read(row, line)
        else:
            conductance = float(alone(row)[line]) / self._spec.dac.v_read
        return self._read.code(conductance, memory, rng)

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        """Give one cell a pulse; `ohmloom_analog.tile.AnalogTile.pulse` tells the parameters."""
        self._check(row, line)
        for name, code in (("drive", drive), ("gate", gate)):
            if not 0 <= code <= _TOP:
                msg = f"{name} of a pulse must be a code from 0 to {_TOP}, not {code!r}"
                raise ValueError(msg)
        if not 0 < width < math.inf:
            msg = f"width of a pulse must be finite and above 0 s, not {width!r}"
            raise ValueError(msg)
        self.cells.pulse(
            CellPulse(
                row=row,
                line=line,
                resets=op is Direction.RESET,
                drive=drive / _TOP * self._write.drive_full,
                gate=gate / _TOP * self._write.gate_full,
                width=width,
            )
        )
        self._moved = True

    def held(self) -> ArrayCells:
        """Return the cells as they are now."""
        return self.cells.held()

    def moved(self) -> ArrayCells | None:
        """Return the cells if there was a pulse since this was last asked, else None."""
        if not self._moved:
            return None
        self._moved = False
        return self.held()

    def noise(self, held: ArrayCells) -> ReadNoise | None:
        """Return the noise of reads of the cells as they are now, begun anew."""
        return held.noise(self._spec, self._index, self._streams.seed)

    def _check(self, row: int, line: int) -> None:
        rows, lines = self.cells.conductance.shape
        for name, value, count in (("row", row, rows), ("line", line, lines)):
            if not 0 <= value < count:
                msg = f"{name} of a cell must be in [0, {count - 1}], not {value}"
                raise ValueError(msg)
