"""Chebyshev iteration over compiled sweeps: the fast way to many vectors.

A sweep takes bit voltages x to A x + d. How far that is from x tells how good x is; that much is
done in double precision. What x lacks is then found in single precision, which is twice as fast:
by the slow modes' part, put in directly (`modes`), and a Chebyshev iteration for the rest
(`rough`). Each such round gains up to six digits.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import kernels
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.lanes import WIDTH
from ohmloom_analog.engines.modes import slow_modes
from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.rough import Rough
from ohmloom_analog.engines.solution import AIM, LIMIT
from ohmloom_analog.engines.sweeps import Sweeps

__all__ = ["Chebyshev", "load_kernels"]

Singles = NDArray[np.float32]

# As far as single precision is worth going at once, and what it can be counted on to gain.
_SINGLE = 1e7
_GAIN = 1e5

# The bound adds up what rounding does at every cell, which in truth cancels at the outputs: a
# further round would lower what is stated and hardly change what is found.
_GOOD = LIMIT / 2

# A refinement that gains less than this is the last one.
_PROGRESS = 0.3


class Chebyshev:
    """A crossbar of which is known how a sweep acts on it."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._cells = sweeps.conductance
        self._wires = sweeps.word_coefficients()
        self._bits = sweeps.bit_coefficients()
        shape = (*self._cells.shape, WIDTH)
        self._x, self._t = np.zeros((2, *shape))
        self._row, self._misfit = np.zeros(shape[1:]), np.zeros(WIDTH)
        # What a sweep leaves in t is of no use to the single precision that follows.
        self._single = Rough(self._cells, self._wires, self._bits, self._t)
        self._modes = slow_modes(self._single)
        self._none = np.empty((*self._cells.shape, 0), np.float32)

    def currents(self, voltages: Floats) -> tuple[Floats, Floats]:
        """Return outputs (n, L) [A] and their relative errors (n,) for drivers (n, R) [V]."""
        (n, rows), lines = voltages.shape, self._cells.shape[1]
        outputs, errors = np.empty((n, lines)), np.empty(n)
        block = np.zeros((rows, WIDTH))
        for start in range(0, n, WIDTH):
            given = voltages[start : start + WIDTH]
            block[:, : len(given)] = given.T
            block[:, len(given) :] = 0.0
            found, error = self._block(block)
            outputs[start : start + WIDTH] = found.T[: len(given), ::-1]
            errors[start : start + WIDTH] = error[: len(given)]
        return outputs, errors

    def _block(self, voltages: Floats) -> tuple[Floats, Floats]:
        """Refine in double precision what single precision makes of the rest.

        Takes drivers (R, 8) [V]; returns outputs (L, 8) [A] and their errors, (8,).
        """
        cells, bits, modes, rough = self._cells, self._bits, self._modes, self._single
        shares = np.empty((modes.gain.size, WIDTH), np.float32)
        rough.drive(voltages, modes.currents, shares)
        worst, best = np.inf, np.inf
        while True:
            shares *= modes.gain[:, np.newaxis]
            rough.begin(modes.fields, shares)
            rough.iterate(modes.slowest, min(worst / AIM * 10, _SINGLE))
            if worst == np.inf:
                self._x[:] = rough.x
            else:
                kernels.add(self._x, rough.x)
            kernels.down(cells, *self._wires, bits[0], voltages, self._x, self._t)
            # What the last segment passes on of the Norton current is the output.
            outputs = bits[0][-1][:, np.newaxis] * self._t[-1]
            # The shares of the modes are for a round that may not come.
            known = worst > _GAIN * _GOOD
            self._project(shares if known else shares[:0])
            scale = np.abs(outputs).max(axis=0)
            error = self._misfit / np.where(scale > 0, scale, 1.0)
            worst = float(error.max())
            if worst <= _GOOD or not worst < _PROGRESS * best:
                return outputs, error
            if len(shares) and not known:
                self._project(shares)
            best = worst

    def _project(self, shares: Singles) -> None:
        currents = self._modes.currents if len(shares) else self._none
        kernels.project(
            self._cells,
            *self._bits,
            currents,
            self._x,
            self._t,
            self._row,
            self._single.lack,
            self._misfit,
            shares,
        )


def load_kernels() -> None:
    """Use every kernel once, so that all are compiled, or read from the cache."""
    # Wires that count this much make for slow modes.
    small = Crossbar(np.full((8, 8), 1e-3), r_word=50.0, r_bit=50.0)
    sweeps = Sweeps(small)
    Chebyshev(sweeps).currents(np.ones((1, 8)))
    solved(sweeps, np.zeros((1, 8)), np.ones((1, 8, 8)), kernels.descend)
