"""A transposed read of a tile: codes drive its bit lines, and its word lines are converted.

=========  ====================================================  ====
symbol     name                                                  unit
=========  ====================================================  ====
V_j        magnitude of the voltage of bit line j                V
G_ij       conductance of the cell of word line i and bit line j S
g_min      conductance of a cell at its lowest level             S
I_i        magnitude of the current of word line i               A
=========  ====================================================  ====

Without wires::

    I_i = sum_j V_j G_ij,    I_ref = g_min sum_j V_j

Switches put a driver with r_source at the end of each bit line where a read senses it, and an
amplifier with r_sense at the end of each word line where a read drives it. The drivers give
negative voltages, so that cells see the polarity of a read, and amplifiers give current away
instead of taking it; all are told by their magnitudes. The reference line is held at 0 V. It
can't make the reference of a row: that is a current of its own, through one resistor of g_min a
driver, which lies outside the array and has none of its wires. So g_min cancels, as in a read.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.adc import Adc
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.dac import Dac
from ohmloom_analog.engines.protocol import Engine
from ohmloom_analog.errors import BridgeError
from ohmloom_analog.read_noise import ReadNoise
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tia import Tia

__all__ = ["TransposedRead", "transposed_crossbar"]

Floats = NDArray[np.float64]


def transposed_crossbar(crossbar: Crossbar) -> Crossbar:
    """Return the crossbar whose inputs are the bit lines and whose outputs are the word lines.

    It is `Crossbar.reciprocal` with r_source at the drivers and r_sense at the amplifiers still: it
    is the lines that change their places, and not what is at their ends. Its word line L - 1 - j is
    bit line j, and its bit line R - 1 - i is word line i.
    """
    turned = crossbar.reciprocal()
    return Crossbar(
        turned.conductance,
        r_word=turned.r_word,
        r_bit=turned.r_bit,
        r_source=crossbar.r_source,
        r_sense=crossbar.r_sense,
        c_word=turned.c_word,
        c_bit=turned.c_bit,
        law=turned.law,
        cut_word=turned.cut_word,
        cut_bit=turned.cut_bit,
    )


class TransposedRead:
    """Drivers at the bit lines, amplifiers and converters at the word lines.

    The converters are those of a read, one after the other; each word line has an amplifier of its
    own.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    engine
        Solves the array from that side; it holds this tile's from now on.
    rng
        Draws the amplifiers' gains and offsets, then all noise of the converters in the order of
        the calls.
    """

    def __init__(
        self, spec: ChipSpec, index: int, engine: Engine, rng: np.random.Generator
    ) -> None:
        self.engine = engine
        """What solves the array."""
        self._reference = spec.tile_specs[index].cell.g_min
        self._dac = Dac(spec.dac, spec.input.slice_bits)
        self._tia = Tia(spec.tia, spec.rows, spec.full_scale_current(index), rng)
        self._adc = Adc(spec.adc)
        self._noisy_drivers = spec.dac.noise > 0
        self._rng = rng
        self._loaded = False
        self._crossbar: Crossbar | None = None
        self._codes: NDArray[np.int64] | None = None
        self._voltages: Floats | None = None
        self._settled: Floats | None = None
        self._currents: Floats | None = None

    @property
    def currents(self) -> Floats:
        """Currents of the word lines, the reference subtracted, (R,) [A].

        Noise that a pass holds is in them, and that of single conversions isn't.
        """
        return _driven(self._currents)

    @property
    def settled(self) -> Floats:
        """Currents of the word lines as they were solved, (R,) [A]."""
        return _driven(self._settled)

    def load(self, crossbar: Crossbar) -> None:
        """Take the array of the tile, the reference line last, in place of the one before."""
        self._crossbar, self._loaded = crossbar, False
        self._forget()

    def apply(self, codes: ArrayLike, noise: ReadNoise | None) -> bool:
        """Drive the bit lines with codes (lines,), and let the array settle.

        Parameters
        ----------
        noise
            Of the array; None for none.

        Returns
        -------
        bool
            Whether the array was solved: the codes are others, or their drivers noisy.

        Raises
        ------
        ValueError
            Where there isn't one code a line, or a code is out of range.
        """
        assert self._crossbar is not None
        wanted, lines = np.asarray(codes), self._crossbar.lines - 1
        if wanted.shape != (lines,):
            msg = f"codes must have the shape ({lines},), not {wanted.shape}"
            raise ValueError(msg)
        again = self._codes is not None and np.array_equal(wanted, self._codes)
        solves = not again or self._noisy_drivers
        if solves:
            self._solve(wanted)
        elif noise is None or not noise.of_pass:
            return False
        found = _driven(self._settled) - self._reference * float(_driven(self._voltages).sum())
        if noise is not None and noise.of_pass:
            every = np.append(_driven(self._voltages), 0.0)
            found = found + noise.held(every, transposed=True)
        self._currents = found
        return solves

    def convert(
        self, rows: ArrayLike, noise: ReadNoise | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Sample some word lines.

        Returns
        -------
        codes
            One a row, in the order asked for.
        over_range
            Whether the code is clipped.

        Raises
        ------
        BridgeError
            Where the bit lines were never driven.
        ValueError
            Where there is no such row.
        """
        assert self._crossbar is not None
        chosen = np.asarray(rows, dtype=np.intp)
        wrong = np.flatnonzero((chosen < 0) | (chosen >= self._crossbar.rows))
        if wrong.size:
            msg = f"row must be in [0, {self._crossbar.rows - 1}], not {int(chosen[wrong[0]])}"
            raise ValueError(msg)
        currents = self.currents[chosen]
        if noise is not None:
            currents = currents + noise.sampled_rows(self.settled, chosen)
        return self._adc.convert(self._tia.outputs(chosen, currents, self._rng), self._rng)

    def _solve(self, codes: NDArray[np.int64]) -> None:
        voltages = self._dac.voltages(codes, self._rng)
        # Should the engine fail, there aren't the currents of other codes left.
        self._forget()
        if not self._loaded:
            assert self._crossbar is not None
            self.engine.load(transposed_crossbar(self._crossbar))
            self._loaded = True
        driven = np.append(voltages, 0.0)[::-1]
        self._settled = self.engine.currents(np.ascontiguousarray(driven))[::-1]
        self._codes, self._voltages = codes.astype(np.int64), voltages

    def _forget(self) -> None:
        self._codes = self._voltages = self._settled = self._currents = None


def _driven(values: Floats | None) -> Floats:
    if values is None:
        msg = "the bit lines of a tile must be driven before its word lines are read"
        raise BridgeError(msg)
    return values
