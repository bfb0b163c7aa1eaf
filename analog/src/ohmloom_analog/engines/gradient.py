"""Conjugate gradients over sweeps: the fast way to one vector, or to a few.

With w and b the voltages of word and bit nodes, W and B the sweeps, and g the cells, the word
voltages are eliminated: b = B g W g b + ... . That is a symmetric positive definite system
S b = (B^-1 - g W g) b = q in b with B as a preconditioner, whose preconditioned eigenvalues lie
within (0, 1]: only a few of them, of modes that span the crossbar, are small. An iteration costs
one sweep of each kind.

No resistance is ever divided by: B^-1 p is carried along by recurrence, in amperes.
"""

from collections.abc import Callable

import numpy as np

from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.solution import AIM, Solution, relative
from ohmloom_analog.engines.sweeps import Sweeps

__all__ = ["solved"]

_RESTARTS = 3

# What part of sources may be expected to reach an output; less costs a restart.
_OUTPUT = 0.03


def solved(
    sweeps: Sweeps,
    voltages: Floats,
    sources: Floats | None = None,
    descend: Callable[..., int] | None = None,
) -> Solution:
    """Return the best solution that can be had within the iterations that are worth it.

    Parameters
    ----------
    sweeps
        The lines.
    voltages
        Of the drivers, (n, R) [V].
    sources
        Currents through the cells besides what their conductances carry, from word to bit line,
        (n, R, L) [A].
    descend
        The compiled iteration of `kernels`, where there is one vector, of sources alone.
    """
    inner = None if sources is None else np.ascontiguousarray(sources[:, :, ::-1])
    problem = _Problem(sweeps, voltages, inner, descend)
    rows, lines = sweeps.conductance.shape
    left = 100 + max(rows, lines)
    if descend is None:
        state = problem.swept(np.zeros(problem.drive.shape))
    else:
        state, used = problem.descended(np.zeros(problem.drive.shape), left)
        left -= used
    for _ in range(1 + _RESTARTS):
        if (state.error <= AIM).all() or left <= 0:
            break
        state, used = problem.improved(state, left)
        left -= used
    return Solution(
        currents=state.outputs[:, ::-1],
        word=state.word[:, :, ::-1],
        bit=state.bit[:, :, ::-1],
        error=state.error,
    )


class _State:
    """Bit voltages, and what a sweep over both families makes of them."""

    __slots__ = ("bit", "error", "outputs", "scale", "word")

    def __init__(
        self, word: Floats, bit: Floats, outputs: Floats, misfit: Floats, cells: Floats
    ) -> None:
        self.word, self.bit, self.outputs = word, bit, outputs
        self.error = relative(misfit, outputs, cells)
        self.scale = relative(np.ones(len(misfit)), outputs, cells)


class _Problem:
    def __init__(
        self,
        sweeps: Sweeps,
        voltages: Floats,
        sources: Floats | None,
        descend: Callable[..., int] | None,
    ) -> None:
        self._sweeps, self._descend = sweeps, descend
        self._g = sweeps.conductance
        self._sources = sources
        self.drive = sweeps.driven(voltages)

    def swept(self, bit: Floats) -> _State:
        """Sweep once over the word lines, then over the bit lines."""
        currents = self._g * bit
        if self._sources is not None:
            currents -= self._sources
        word = self._sweeps.word(currents)
        word += self.drive
        currents = self._g * word
        if self._sources is not None:
            currents += self._sources
        after = self._sweeps.bit(currents)
        misfit = np.abs(after - bit)
        misfit *= self._g
        cells = word - after
        cells *= self._g
        if self._sources is not None:
            cells += self._sources
        outputs = self._sweeps.outputs(after, cells)
        return _State(word, after, outputs, misfit.sum(axis=(1, 2)), cells)

    def improved(self, state: _State, limit: int) -> tuple[_State, int]:
        """Iterate from a swept state until it is good, or stays as it is."""
        g, sweeps = self._g, self._sweeps
        x = state.bit.copy()
        # B^-1 x is what the last sweep fed the bit lines with; the residual is the difference.
        r = self._word_of(x)
        r -= state.word
        r *= g
        z = sweeps.bit(r)
        p, mp = z.copy(), r.copy()
        spare, q = np.empty_like(z), np.empty_like(z)
        rz = _dots(r, z)
        best, scale = state, state.scale
        for used in range(1, limit + 1):
            np.multiply(g, p, out=q)
            q = sweeps.word(q)
            q *= g
            np.subtract(mp, q, out=q)
            pq = _dots(p, q)
            step = np.divide(rz, pq, out=np.zeros_like(rz), where=pq > 0)[:, None, None]
            x += np.multiply(p, step, out=spare)
            r -= np.multiply(q, step, out=spare)
            z = sweeps.bit(r, out=z)
            np.abs(z, out=spare)
            spare *= g
            misfit = spare.sum(axis=(1, 2))
            if not (misfit * scale > AIM).any():
                now = self.swept(x)
                if not (now.error < best.error).any():
                    return best, used
                # The first estimate of the outputs may have been far too high.
                if (now.error <= AIM).all() or not (misfit * now.scale > AIM).any():
                    return now, used
                best, scale = now, now.scale
            after = _dots(r, z)
            ratio = np.divide(after, rz, out=np.zeros_like(rz), where=rz > 0)[:, None, None]
            rz = after
            p *= ratio
            p += z
            mp *= ratio
            mp += r
        now = self.swept(x)
        return (now if now.error.max() < best.error.max() else best), limit

    def descended(self, bit: Floats, limit: int) -> tuple[_State, int]:
        """Iterate in compiled code, from bit voltages of 0."""
        assert self._descend is not None
        assert self._sources is not None
        passed, series, _ = self._sweeps.word_coefficients()
        r = self._word_of(bit)
        r *= self._g
        r += self._sources
        used = self._descend(
            self._g,
            passed,
            series,
            *self._sweeps.bit_coefficients(),
            bit[0],
            r[0],
            *np.zeros((4, *bit.shape[1:])),
            AIM * _OUTPUT * np.abs(self._sources).sum(),
            limit,
        )
        return self.swept(bit), used

    def _word_of(self, bit: Floats) -> Floats:
        currents = self._g * bit
        if self._sources is not None:
            currents -= self._sources
        word = self._sweeps.word(currents)
        word += self.drive
        return word


def _dots(a: Floats, b: Floats) -> Floats:
    answer: Floats = np.vecdot(a.reshape(len(a), -1), b.reshape(len(b), -1))
    return answer
