"""Pulses on the cells of a tile as transients of ngspice: the second opinion, for small arrays.

Every pulse is a netlist of the whole array with its lines, its transistors and its devices that
move. The edges of the pulse are a five-hundredth of its width.
"""

import numpy as np

from ohmloom_analog.cell_bank import CellBank, CellPulse, Moved
from ohmloom_analog.engines.pulse import Pulse, pulse_with_energy
from ohmloom_analog.errors import EngineError
from ohmloom_analog.memory_law import MemoryCells

__all__ = ["SpicePulses"]

_EDGE = 1 / 500


class SpicePulses:
    """All cells, in ngspice.

    Parameters
    ----------
    steps
        Time steps in a width, at least.
    """

    alone = False

    def __init__(self, *, steps: int = 500) -> None:
        self._steps = steps

    def moved(self, bank: CellBank, pulse: CellPulse, rng: np.random.Generator) -> Moved:
        """Return where all cells are after a pulse.

        Raises
        ------
        EngineError
            Where the cells have selectors, or ngspice aborts.
        """
        del rng
        if bank.selector is not None:
            msg = "ngspice: cells of devices that move must have no selector"
            raise EngineError(msg)
        word, bit = bank.levels(pulse)
        gate = None
        floating: tuple[int, ...] = ()
        if bank.transistor is not None:
            gate = np.zeros(bit.shape)
            gate[pulse.line] = pulse.gate
            floating = tuple(row for row in range(len(word)) if row != pulse.row)
        stands = Pulse(
            word=word,
            bit=bit,
            width=pulse.width,
            edge=pulse.width * _EDGE,
            steps=self._steps,
            gate=gate,
            floating=floating,
        )
        after, energy = pulse_with_energy(
            bank.crossbar(), stands, free=~bank.fixed, transistor=bank.transistor
        )
        law = after.law
        assert isinstance(law, MemoryCells)
        return Moved(state=law.state, energy=energy)
