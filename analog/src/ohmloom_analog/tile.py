"""One array with its converters: codes go in, codes come out."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.adc import Adc
from ohmloom_analog.batch_reads import BatchReads
from ohmloom_analog.cells import OHMIC, CellLaw
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.dac import Dac
from ohmloom_analog.engines.protocol import Engine, TimedEngine
from ohmloom_analog.errors import BridgeError
from ohmloom_analog.lifetime import Cuts
from ohmloom_analog.read_noise import ReadNoise
from ohmloom_analog.read_order import ReadOrder
from ohmloom_analog.settling import Settling
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tia import Tia
from ohmloom_analog.tile_observer import TileObserver
from ohmloom_analog.tile_writer import TileWriter
from ohmloom_analog.transposed_read import TransposedRead
from ohmloom_analog.write_verify import Operation

__all__ = ["AnalogTile"]


class AnalogTile:
    """What stands behind one array port.

    The array is solved when the word lines change, and only then. No random draw depends on
    what the engine answers, so two engines under the same stimulus see the same noise.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    conductance
        Of the cells, the reference line last, (R, lines + 1) [S].
    engine
        Solves the array; it holds this tile's from now on.
    rng
        Draws the amplifiers' gains and offsets, then all noise of the converters in the order of
        the calls.
    law
        What the cells make of their conductances.
    broken
        Lines that are cut.
    noise
        Noise of the array; None for none. It draws from streams of its own.
    wire_factor
        What the temperature makes of the resistance of the wires.
    writer
        Moves the cells by pulses, and holds them from then on; None for cells that stay.
    transposed
        Reads them from their bit lines; None where there is no such read.

    Raises
    ------
    ValueError
        Where the conductances don't fit the tile.
    """

    def __init__(
        self,
        spec: ChipSpec,
        index: int,
        conductance: ArrayLike,
        engine: Engine,
        rng: np.random.Generator,
        *,
        law: CellLaw = OHMIC,
        broken: Cuts | None = None,
        noise: ReadNoise | None = None,
        wire_factor: float = 1.0,
        writer: TileWriter | None = None,
        transposed: TransposedRead | None = None,
    ) -> None:
        wires = spec.tile_specs[index].wires
        self.crossbar = Crossbar(
            np.asarray(conductance),
            r_word=wires.r_word * wire_factor,
            r_bit=wires.r_bit * wire_factor,
            r_source=wires.r_source,
            r_sense=wires.r_sense,
            law=law,
            cut_word=broken.word if broken else (),
            cut_bit=broken.bit if broken else (),
            c_word=wires.c_word,
            c_bit=wires.c_bit,
        )
        """Cells and lines, the reference line last."""
        shape = (spec.rows, spec.lines + 1)
        if self.crossbar.conductance.shape != shape:
            found = self.crossbar.conductance.shape
            msg = f"conductance of tile {index} must have the shape {shape}, not {found}"
            raise ValueError(msg)
        self.lsb_current = spec.full_scale_current(index) / spec.code_maximum
        """Current between two ADC codes [A]."""
        self.conversions = 0
        """Codes given so far."""
        self.clipped = 0
        """Codes given so far that were clipped."""
        self.observer: TileObserver | None = None
        """Told of everything that happens in the array; None for nobody."""
        self.settling: Settling | None = None
        """By how much reads weren't settled; None where none was, or the engine has no time."""
        self._noise = noise
        self._writer = writer
        self._transposed = transposed
        self._v_read = spec.dac.v_read
        self._rows: dict[int, NDArray[np.float64]] = {}
        self._dac = Dac(spec.dac, spec.input.slice_bits)
        self._tia = Tia(spec.tia, spec.lines, spec.full_scale_current(index), rng)
        self._adc = Adc(spec.adc)
        self._rng = rng
        self._engine = engine
        self._codes: NDArray[np.int64] | None = None
        self._voltages: NDArray[np.float64] | None = None
        self._settled: NDArray[np.float64] | None = None
        self._currents: NDArray[np.float64] | None = None
        engine.load(self.crossbar)
        if transposed is not None:
            transposed.load(self.crossbar)

    @property
    def voltages(self) -> NDArray[np.float64]:
        """Voltages of the drivers, (R,) [V]."""
        return _driven(self._voltages)

    @property
    def currents(self) -> NDArray[np.float64]:
        """Currents of the converted lines, the reference line's subtracted, (lines,) [A].

        Noise that a pass holds is in them, and that of single conversions isn't.
        """
        return _driven(self._currents)

    def apply(self, codes: ArrayLike) -> None:
        """Drive the word lines with codes (R,), and let the array settle.

        Raises
        ------
        ValueError
            Where there isn't one code a row, or a code is out of range.
        """
        wanted = np.asarray(codes)
        if wanted.shape != (self.crossbar.rows,):
            msg = f"codes must have the shape ({self.crossbar.rows},), not {wanted.shape}"
            raise ValueError(msg)
        self._refresh()
        again = self._codes is not None and np.array_equal(wanted, self._codes)
        if not again or self._dac.noisy:
            voltages = self._dac.voltages(wanted, self._rng)
            # Should the engine fail, the tile isn't left with the currents of other codes.
            self._codes = self._voltages = self._settled = self._currents = None
            self._settled = self._engine.currents(voltages)
            self._voltages = voltages
            self._note_settling(self._engine, self._settled)
            self._codes = wanted.astype(np.int64)
        elif self._noise is None or not self._noise.of_pass:
            return
        every = _driven(self._settled)
        if self._noise is not None and self._noise.of_pass:
            every = every + self._noise.held(_driven(self._voltages))
        self._currents = every[:-1] - every[-1]
        if self.observer is not None:
            self.observer.driven(_driven(self._voltages), self.currents)

    @property
    def writer(self) -> TileWriter:
        """What moves the cells.

        Raises
        ------
        BridgeError
            Where nothing does.
        """
        if self._writer is None:
            msg = "a tile must have a section write in its chip's description to be written"
            raise BridgeError(msg)
        return self._writer

    @property
    def writable(self) -> bool:
        """Whether pulses move the cells."""
        return self._writer is not None

    def verify(self, row: int, line: int) -> tuple[int, bool]:
        """Read one cell by itself, in its own range.

        The read voltage of the highest code stands on its word line, and the reference line's
        current isn't subtracted, so that this line's cells can be read, too.

        Returns
        -------
        code
            `ohmloom_analog.level_program` tells what it stands for.
        over_range
            Whether the code is clipped.

        Raises
        ------
        BridgeError
            Where the tile isn't written.
        ValueError
            Where there is no such cell.
        """
        return self.writer.verify(row, line, self._alone)

    def pulse(
        self, op: Operation, row: int, line: int, *, drive: int, gate: int, width: float
    ) -> None:
        """Give one cell a pulse; later reads see what it did.

        Parameters
        ----------
        op
            SET and "form" drive its word line, RESET its bit line.
        row, line
            The cell; the reference line is the last.
        drive
            Code of the voltage between its lines.
        gate
            Code of the voltage of its gate line.
        width
            How long [s].

        Raises
        ------
        BridgeError
            Where the tile isn't written.
        ValueError
            Where there is no such cell, or a code or the width is out of range.
        """
        self.writer.pulse(op, row, line, drive=drive, gate=gate, width=width)
        if self.observer is not None:
            self.observer.pulsed(op, width, self.writer.cells.conductance)

    def read_passes(
        self, codes: NDArray[np.int64], order: ReadOrder
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Drive the word lines with passes x R codes and convert, pass after pass.

        The codes are those that `apply` and `convert` would give one after the other, see
        `ohmloom_analog.batch_reads`. The word lines have to be driven anew for the next single
        read.

        Returns
        -------
        codes
            Passes x reads x lines, the lines as in `order.lines`.
        over_range
            Which of them are clipped.

        Raises
        ------
        ValueError
            Where there isn't one code a row, or a code is out of range; for an engine that knows of
            time.
        """
        if codes.ndim != 2 or codes.shape[1] != self.crossbar.rows:
            msg = f"codes must have the shape (passes, {self.crossbar.rows}), not {codes.shape}"
            raise ValueError(msg)
        self._refresh()
        self._codes = self._voltages = self._settled = self._currents = None
        batch = BatchReads(
            dac=self._dac,
            engine=self._engine,
            noise=self._noise,
            tia=self._tia,
            adc=self._adc,
            rng=self._rng,
        )
        found, over_range = batch.read(codes, order)
        self.conversions += found.size
        self.clipped += int(over_range.sum())
        return found, over_range

    def _note_settling(self, engine: Engine, currents: NDArray[np.float64]) -> None:
        # Not before the first read, which an error has to be of.
        if isinstance(engine, TimedEngine):
            worst = self.settling or Settling()
            self.settling = worst.after(currents, engine.settling_error, self.lsb_current)

    def _alone(self, row: int) -> NDArray[np.float64]:
        """Return the currents of all lines with the read voltage on one row alone [A]."""
        self._refresh()
        if row not in self._rows:
            voltages = np.zeros(self.crossbar.rows)
            voltages[row] = self._v_read
            self._rows[row] = self._engine.currents(voltages)
        return self._rows[row]

    def _refresh(self) -> None:
        """Have the engine solve the cells as pulses have left them."""
        if self._writer is None:
            return
        held = self._writer.moved()
        if held is None:
            return
        self.crossbar = replace(self.crossbar, conductance=held.conductance, law=held.law)
        self._codes = None
        self._rows.clear()
        self._noise = self._writer.noise(held)
        self._engine.load(self.crossbar)
        if self._transposed is not None:
            self._transposed.load(self.crossbar)

    def convert(self, lines: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Sample some lines.

        Returns
        -------
        codes
            One a line, in the order asked for.
        over_range
            Whether the code is clipped.

        Raises
        ------
        BridgeError
            Where the lines were never driven.
        ValueError
            Where there is no such line.
        """
        chosen = np.asarray(lines, dtype=np.intp)
        wrong = np.flatnonzero((chosen < 0) | (chosen >= self.crossbar.lines - 1))
        if wrong.size:
            line = int(chosen[wrong[0]])
            msg = f"line must be in [0, {self.crossbar.lines - 2}], not {line}"
            raise ValueError(msg)
        currents = self.currents[chosen]
        if self._noise is not None:
            currents = currents + self._noise.sampled(_driven(self._settled), chosen)
        outputs = self._tia.outputs(chosen, currents, self._rng)
        if self.observer is not None:
            self.observer.sampled(chosen, outputs)
        return self._counted(*self._adc.convert(outputs, self._rng))

    @property
    def transposed(self) -> TransposedRead:
        """What reads the cells from their bit lines.

        Raises
        ------
        BridgeError
            Where nothing does.
        """
        if self._transposed is None:
            msg = "learning.transposed must be true in a chip's description for a transposed read"
            raise BridgeError(msg)
        return self._transposed

    def apply_lines(self, codes: ArrayLike) -> None:
        """Drive the bit lines with codes (lines,), and let the array settle.

        `ohmloom_analog.transposed_read` tells of ends, signs and reference; the word lines are at
        rest in a read of the rows, and the bit lines in a read of the lines.

        Raises
        ------
        BridgeError
            Where there is no transposed read.
        ValueError
            Where there isn't one code a line, or a code is out of range.
        """
        read = self.transposed
        self._refresh()
        if read.apply(codes, self._noise):
            self._note_settling(read.engine, read.settled)

    def convert_rows(self, rows: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Sample some word lines, as `convert` samples bit lines.

        Raises
        ------
        BridgeError
            Where there is no transposed read, or the bit lines were never driven.
        ValueError
            Where there is no such row.
        """
        return self._counted(*self.transposed.convert(rows, self._noise))

    def _counted(
        self, codes: NDArray[np.int64], over_range: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        self.conversions += len(codes)
        self.clipped += int(over_range.sum())
        return codes, over_range


def _driven(values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if values is None:
        msg = "the word lines of a tile must be driven before it is read"
        raise BridgeError(msg)
    return values
