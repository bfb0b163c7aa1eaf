"""Newton's method for cells whose current isn't proportional to their voltage.

Each step solves the crossbar of the cells' tangents: conductances di/dv beside sources. Any mix of
two such solutions fits the lines, with the same mix of cell currents J, so that all that is left
over is q = i(v) - J, cell by cell. A network of rising characteristics passes on no more than it
is fed, and so the sum of |q| bounds the error of every output. A step is halved until that sum
falls.

Bit lines may end at other voltages than ground: with all nodes of a line counted from its end, its
cells' voltages are less by it, and nothing else changes.
"""

import numpy as np

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.solution import Solution, relative
from ohmloom_analog.engines.sweeps import Sweeps
from ohmloom_analog.errors import EngineError

__all__ = ["newton"]

_AIM = 1e-11
_LIMIT = 1e-10
_STEPS = 200
_HALVINGS = 30


def newton(crossbar: Crossbar, voltages: Floats, ends: Floats | None = None) -> Solution:
    """Return the solution for one vector of driver voltages (R,) [V].

    Parameters
    ----------
    ends
        Voltages at the lower ends of the bit lines, (L,) [V]; None for ground.

    Raises
    ------
    EngineError
        Where it can't be had to one part in 10^10.
    """
    below = np.zeros(crossbar.lines) if ends is None else ends
    problem = _Problem(crossbar, voltages, below)
    state = problem.start()
    for _ in range(_STEPS):
        if state.error <= _AIM:
            break
        better = problem.stepped(state)
        if better is None:
            break
        state = better
    if not state.error <= _LIMIT:
        msg = (
            f"nodal: the relative error of the currents must be at most {_LIMIT:g}, not "
            f"{state.error:.2g}: Newton's method doesn't converge for these cells"
        )
        raise EngineError(msg)
    return Solution(
        currents=state.outputs[np.newaxis],
        word=state.word[np.newaxis],
        bit=(state.bit + below)[np.newaxis],
        error=np.array([state.error]),
    )


class _State:
    """Voltages and cell currents that fit the lines, and what the cells make of them."""

    def __init__(self, problem: "_Problem", parts: tuple[Floats, Floats, Floats, Floats]) -> None:
        self.word, self.bit, self.carried, self.outputs = parts
        self.voltage = self.word - self.bit - problem.ends
        crossbar = problem.crossbar
        self.current, self.slope = crossbar.law.current_and_slope(
            self.voltage, crossbar.conductance
        )
        self.misfit = float(np.abs(self.current - self.carried).sum())
        bound = relative(
            np.array([self.misfit]), self.outputs[np.newaxis], self.carried[np.newaxis]
        )
        self.error = float(bound[0])


class _Problem:
    def __init__(self, crossbar: Crossbar, voltages: Floats, ends: Floats) -> None:
        self.crossbar, self.ends = crossbar, ends
        self._voltages = voltages

    def start(self) -> _State:
        """Solve with the conductances that the cells would have without wires."""
        cells = self.crossbar.conductance
        voltage = self._voltages[:, np.newaxis] - self.ends
        current, slope = self.crossbar.law.current_and_slope(voltage, cells)
        chord = np.divide(current, voltage, out=slope.copy(), where=voltage != 0)
        return self._solved(chord, -chord * self.ends)

    def stepped(self, state: _State) -> _State | None:
        """Take a step along the tangents, as far as it helps."""
        offset = state.voltage + self.ends
        aim = self._solved(state.slope, state.current - state.slope * offset)
        size = 1.0
        for _ in range(_HALVINGS):
            mixed = aim if size == 1 else self._mixed(state, aim, size)
            if mixed.misfit < (1 - size / 10) * state.misfit:
                return mixed
            size /= 2
        return None

    def _solved(self, conductance: Floats, sources: Floats) -> _State:
        sweeps = Sweeps(self.crossbar, conductance)
        found = solved(sweeps, self._voltages[np.newaxis], sources[np.newaxis])
        word, bit = found.word[0], found.bit[0]
        carried = conductance * (word - bit) + sources
        return _State(self, (word, bit, carried, found.currents[0]))

    def _mixed(self, state: _State, aim: _State, size: float) -> _State:
        word, bit, carried, outputs = (
            (1 - size) * getattr(state, name) + size * getattr(aim, name)
            for name in ("word", "bit", "carried", "outputs")
        )
        return _State(self, (word, bit, carried, outputs))
