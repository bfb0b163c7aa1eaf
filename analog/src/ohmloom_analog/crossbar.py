"""A crossbar: its cells, and the resistances of its lines.

The wire convention, for R word lines (inputs, rows) and L bit lines (outputs)::

    V[i] --r_source--+--r_word--o--r_word--o-- ... --o   (far end open)
                                |          |         |
                              G[i,0]     G[i,1]   G[i,L-1]
                                |          |         |
                                o          o         o   bit lines, downwards:
                              r_bit      r_bit     r_bit
                                |          |         |
                               ...        ...       ...  after the last row one more
                              r_bit      r_bit     r_bit
                                |          |         |
                             r_sense    r_sense   r_sense
                                |          |         |
                               I[0]       I[1]     I[L-1]   into virtual ground

A word line is driven at its left end by an ideal source, through r_source and one segment r_word
before the first cell; neighbouring cells are one r_word apart. A bit line has one r_bit between
neighbouring cells and one after the last row, then r_sense, then the virtual ground; the output
is the current into that ground. The other ends of both lines are open. A cut takes the place of
a segment: of the one on the left of a cell in a word line, of the one below it in a bit line.
"""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.cells import OHMIC, CellLaw, turned

__all__ = ["Crossbar"]


@dataclass(frozen=True, eq=False, slots=True)
class Crossbar:
    """Cells between word and bit lines; the module states how they are wired.

    Parameters
    ----------
    conductance
        Anything that makes an (R, L) array of numbers; it is copied and can't be written to.

    Raises
    ------
    ValueError
        Where a conductance or resistance is negative, infinite or NaN, the conductances aren't a
        matrix with at least one row and one line, or a cut is beside no cell.
    """

    conductance: NDArray[np.float64]
    """Conductance of each cell, (R, L) [S]."""
    _: KW_ONLY
    r_word: float = 0.0
    """One segment of a word line [ohm]."""
    r_bit: float = 0.0
    """One segment of a bit line [ohm]."""
    r_source: float = 0.0
    """Driver at the left end of each word line [ohm]."""
    r_sense: float = 0.0
    """Input of the sense circuit at the bottom end of each bit line [ohm]."""
    c_word: float = 0.0
    """Capacitance to ground of a word line at each cell [F]; only a transient sees it."""
    c_bit: float = 0.0
    """Capacitance to ground of a bit line at each cell [F]; only a transient sees it."""
    law: CellLaw = OHMIC
    """What the cells make of their conductances."""
    cut_word: tuple[tuple[int, int], ...] = ()
    """Cells (row, line) on whose left the word line is cut."""
    cut_bit: tuple[tuple[int, int], ...] = ()
    """Cells (row, line) below which the bit line is cut."""

    def __post_init__(self) -> None:
        """Copy and check."""
        object.__setattr__(self, "conductance", _conductances(self.conductance))
        for field in fields(self):
            if field.name.startswith(("r_", "c_")):
                value = float(getattr(self, field.name))
                if not 0 <= value < np.inf:
                    unit = "ohm" if field.name.startswith("r_") else "F"
                    msg = f"{field.name} must be finite and at least 0 {unit}, not {value!r}"
                    raise ValueError(msg)
                object.__setattr__(self, field.name, value)
            if field.name.startswith("cut_"):
                cuts = _cuts(field.name, getattr(self, field.name), self.conductance.shape)
                object.__setattr__(self, field.name, cuts)

    def linearised(self) -> "Crossbar":
        """Return the crossbar of plain resistors that this one is.

        Raises
        ------
        ValueError
            Where its cells aren't linear.
        """
        if not self.law.linear:
            msg = "the law of the cells must be linear, not one with a changing slope"
            raise ValueError(msg)
        if self.law is OHMIC:
            return self
        _, slope = self.law.current_and_slope(np.zeros(self.conductance.shape), self.conductance)
        return replace(self, conductance=slope, law=OHMIC)

    def changed(self, row: int, line: int, conductance: float) -> "Crossbar":
        """Return the crossbar with another conductance of one cell [S]."""
        cells = self.conductance.copy()
        cells[row, line] = conductance
        return replace(self, conductance=cells)

    def reciprocal(self) -> "Crossbar":
        """Return the crossbar driven from its outputs, with outputs at its drivers.

        By reciprocity its map from voltages to currents is the transposed one. To drive bit lines
        from their bottom end as word lines from their left end, rows and lines are also counted
        backwards. Voltages and currents are of the opposite sign, so that cells whose law knows a
        polarity see the one that they see from the other side.
        """
        rows, lines = self.conductance.shape

        def moved(cuts: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
            return tuple((lines - 1 - line, rows - 1 - row) for row, line in cuts)

        return replace(
            self,
            conductance=turned(self.conductance),
            law=self.law.turned(),
            r_word=self.r_bit,
            r_bit=self.r_word,
            r_source=self.r_sense,
            r_sense=self.r_source,
            c_word=self.c_bit,
            c_bit=self.c_word,
            cut_word=moved(self.cut_bit),
            cut_bit=moved(self.cut_word),
        )

    def segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the resistance of each segment of the word and of the bit lines, (R, L) [ohm].

        A word line's segment lies on the left of its cell, a bit line's below; the first of the
        one and the last of the other hold the terminals' resistances, too. A cut is infinite.
        """
        word = np.full(self.conductance.shape, self.r_word)
        word[:, 0] += self.r_source
        bit = np.full(self.conductance.shape, self.r_bit)
        bit[-1] += self.r_sense
        for segments, cuts in ((word, self.cut_word), (bit, self.cut_bit)):
            for row, line in cuts:
                segments[row, line] = np.inf
        return word, bit

    @property
    def rows(self) -> int:
        """Word lines R."""
        return int(self.conductance.shape[0])

    @property
    def lines(self) -> int:
        """Bit lines L."""
        return int(self.conductance.shape[1])


def _cuts(
    name: str, given: Iterable[Iterable[int]], shape: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    cuts = []
    for cut in given:
        row, line = cut
        if not (0 <= row < shape[0] and 0 <= line < shape[1]):
            msg = f"{name} must name cells of {shape[0]} x {shape[1]}, not ({row}, {line})"
            raise ValueError(msg)
        cuts.append((int(row), int(line)))
    return tuple(sorted(set(cuts)))


def _conductances(given: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            msg = f"conductance must be real numbers, not {array.dtype}"
            raise ValueError(msg)
        array = array.astype(np.float64)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        msg = "conductance must have rows of equal length"
        raise ValueError(msg) from None
    if array.ndim != 2 or 0 in array.shape:
        msg = f"conductance must be a matrix of at least one row and one line, not {array.shape}"
        raise ValueError(msg)
    wrong = np.argwhere(~((array >= 0) & (array < np.inf)))
    if wrong.size:
        row, line = (int(k) for k in wrong[0])
        value = float(array[row, line])
        msg = f"conductance[{row}, {line}] must be finite and at least 0 S, not {value!r}"
        raise ValueError(msg)
    array.setflags(write=False)
    return array
