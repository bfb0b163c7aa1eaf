"""The two families of lines of a crossbar, each solved exactly while the other stands still.

With all bit lines held, every word line is a ladder of its own, and the other way round. A sweep
over the word lines and one over the bit lines, in turns, is block Gauss-Seidel on the nodal
equations; `gradient` accelerates it.

Inside, cells are counted from the open ends of both lines, so bit lines run backwards; callers
see them forwards.
"""

import numpy as np

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.ladder import Ladder
from ohmloom_analog.engines.protocol import Floats

__all__ = ["Sweeps"]


class Sweeps:
    """A crossbar, or its linearisation with other conductances."""

    def __init__(self, crossbar: Crossbar, conductance: Floats | None = None) -> None:
        given = crossbar.conductance if conductance is None else conductance
        self.conductance: Floats = np.array(given[:, ::-1], order="C")
        """Of the cells, bit lines backwards, (R, L) [S]."""
        word_segments, bit_segments = crossbar.segments()
        self._word_segments, self._bit_segments = word_segments[:, ::-1], bit_segments.T[::-1]
        self._word = Ladder.of(self.conductance, self._word_segments)
        self._bit = Ladder.of(self.conductance.T, self._bit_segments)
        self._last = self._bit_segments[:, -1]
        self._turned: Floats = np.empty(0)

    def word_coefficients(self) -> tuple[Floats, Floats, Floats]:
        """Return f, h and the driven voltages of the word lines, (R, L)."""
        return self._word.passed, self._word.series, self._word.driven

    def bit_coefficients(self) -> tuple[Floats, Floats]:
        """Return f and h of the bit lines, (R, L)."""
        f, h = self._bit.passed, self._bit.series
        return np.ascontiguousarray(f.T), np.ascontiguousarray(h.T)

    def change(self, row: int, line: int, conductance: float) -> None:
        """Give one cell another conductance [S]."""
        inside = self.conductance.shape[1] - 1 - line
        self.conductance[row, inside] = conductance
        self._word.replace(row, self.conductance[row], self._word_segments[row])
        self._bit.replace(inside, self.conductance[:, inside], self._bit_segments[inside])

    def driven(self, voltages: Floats) -> Floats:
        """Return the word voltages that drivers (n, R) [V] alone lead to, (n, R, L) [V]."""
        answer: Floats = voltages[:, :, np.newaxis] * self._word.driven
        return answer

    def word(self, currents: Floats) -> Floats:
        """Return the word voltages for currents into the word nodes, in their place."""
        return self._word.solve(currents)

    def bit(self, currents: Floats, out: Floats | None = None) -> Floats:
        """Return the bit voltages for currents into the bit nodes, (n, R, L) [A]."""
        n, rows, lines = currents.shape
        if self._turned.shape != (n, lines, rows):
            self._turned = np.empty((n, lines, rows))
        self._turned[:] = currents.transpose(0, 2, 1)
        solved = self._bit.solve(self._turned).transpose(0, 2, 1)
        if out is None:
            return np.ascontiguousarray(solved)
        out[:] = solved
        return out

    def outputs(self, bit: Floats, cells: Floats) -> Floats:
        """Return the currents into the grounds, from voltages and currents of the cells, (n, L).

        The drop over the last segment is had without a difference, so it is the exact one.
        """
        if self._last.all():
            answer: Floats = bit[:, -1] / self._last
            return answer
        total: Floats = cells.sum(axis=1)
        return total
