"""Pulses on cells behind transistors: a circuit of one cell and its two lines.

A cell is selected by its word line, its bit line and the gate line along it; all other word lines
float and all other gates are off, so that no other cell carries anything.
"""

import numpy as np

from ohmloom_analog.cell_bank import CellBank, CellPulse, Moved
from ohmloom_analog.cell_pulse import pulsed
from ohmloom_analog.load_line import LoadLine

__all__ = ["SeriesPulses"]


class SeriesPulses:
    """The selected cell under its load line."""

    alone = True

    def moved(self, bank: CellBank, pulse: CellPulse, rng: np.random.Generator) -> Moved:
        """Return where the cell is after a pulse."""
        word, bit = bank.series(pulse.row, pulse.line)
        circuit = LoadLine(
            voltage=pulse.drive,
            resets=pulse.resets,
            r_word=word,
            r_bit=bit,
            transistor=bank.transistor,
            gate=pulse.gate,
        )
        after = pulsed(
            bank.device,
            bank.cell(pulse.row, pulse.line),
            circuit,
            pulse.width,
            scale=float(bank.scale[pulse.row, pulse.line]),
            rng=rng,
        )
        return Moved(state=after.state, energy=after.energy)
