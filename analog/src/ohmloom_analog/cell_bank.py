"""The cells of a tile as pulses find them, and what is asked of whoever moves them."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cells import Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices.protocol import Device, State
from ohmloom_analog.memory_law import MemoryCells
from ohmloom_analog.transistor import Transistor

__all__ = ["CellBank", "CellPulse", "Moved", "PulseEngine"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellPulse:
    """A pulse on one cell."""

    row: int
    """Its word line."""
    line: int
    """Its bit line."""
    resets: bool
    """Whether its bit line is driven, and not its word line."""
    drive: float
    """Voltage between its lines [V]."""
    gate: float
    """Voltage of its gate line [V]."""
    width: float
    """How long [s]."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CellBank:
    """Cells between their lines; all arrays are (R, lines + 1)."""

    device: Device
    """Their physics."""
    state: State
    """Their states."""
    scale: Floats
    """Current of each over that of the device."""
    fixed: NDArray[np.bool_]
    """Which no pulse moves."""
    wires: Crossbar
    """Resistances and cuts of the lines; its conductances don't matter."""
    scheme: Literal["1t1r", "v/2", "v/3"]
    """What keeps the other cells out of it."""
    transistor: Transistor | None = None
    """Of each cell; None where there is none."""
    selector: Selected | None = None
    """Of each cell; None where there is none."""

    def crossbar(self) -> Crossbar:
        """Return the crossbar of the memories and their selectors, without transistors."""
        law = MemoryCells(
            device=self.device, state=self.state, scale=self.scale, selector=self.selector
        )
        w = self.wires
        return Crossbar(
            np.ones(self.scale.shape),
            r_word=w.r_word,
            r_bit=w.r_bit,
            r_source=w.r_source,
            r_sense=w.r_sense,
            law=law,
            cut_word=w.cut_word,
            cut_bit=w.cut_bit,
        )

    def series(self, row: int, line: int) -> tuple[float, float]:
        """Return the resistances of the word and of the bit line up to a cell [ohm]."""
        wires = self.wires
        word = wires.r_source + wires.r_word * (line + 1)
        return word, wires.r_sense + wires.r_bit * (wires.rows - row)

    def cell(self, row: int, line: int) -> State:
        """Return the state of one cell, each quantity of the shape (1,)."""
        return {name: values[row, line : line + 1] for name, values in self.state.items()}

    def levels(self, pulse: CellPulse) -> tuple[Floats, Floats]:
        """Return what the drivers put on word lines (R,) and bit lines (L,) [V].

        Behind transistors only the two lines of the cell count, and the others are given as 0.
        """
        rows, lines = self.scale.shape
        v = pulse.drive
        at_rest = {"1t1r": (0.0, 0.0), "v/2": (v / 2, v / 2), "v/3": (v / 3, 2 * v / 3)}
        near_low, near_high = at_rest[self.scheme]
        word = np.full(rows, near_high if pulse.resets else near_low)
        bit = np.full(lines, near_low if pulse.resets else near_high)
        word[pulse.row], bit[pulse.line] = (0.0, v) if pulse.resets else (v, 0.0)
        return word, bit


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Moved:
    """Where a pulse has moved cells to."""

    state: State
    """Of all cells, or of the selected one alone."""
    energy: float
    """What the pulse took [J]."""


class PulseEngine(Protocol):
    """Something that knows what a pulse does to the cells of a tile."""

    alone: bool
    """Whether it moves the selected cell alone and gives its state in the shape (1,)."""

    def moved(self, bank: CellBank, pulse: CellPulse, rng: np.random.Generator) -> Moved:
        """Return where the cells are after a pulse.

        Parameters
        ----------
        bank
            Before it.
        pulse
            On which cell, and what.
        rng
            Draws what a device itself varies by.

        Raises
        ------
        EngineError
            Where it can't be found.
        """
        ...
