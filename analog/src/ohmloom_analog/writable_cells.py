"""The cells of a tile while they are written: the states of their devices, moved pulse by pulse."""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.array_cells import ArrayCells, array_of
from ohmloom_analog.array_pulses import ArrayPulses
from ohmloom_analog.cell_bank import CellBank, CellPulse, PulseEngine
from ohmloom_analog.cell_streams import CellStreams
from ohmloom_analog.cells import Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.cycle_spread import cycle_factor, varied
from ohmloom_analog.devices import State, device
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.load_line import LoadLine
from ohmloom_analog.series_pulses import SeriesPulses
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag, TileState
from ohmloom_analog.transistor import Transistor

__all__ = ["WritableCells"]

Floats = NDArray[np.float64]

_STUCK = np.uint8(CellFlag.STUCK_HRS | CellFlag.STUCK_LRS | CellFlag.BROKEN)


class WritableCells:
    """What pulses do to the cells of a tile.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles; it must have a section `write`.
    held
        The cells at first.
    streams
        What the cells draw from: ``cycle`` for what varies from pulse to pulse.
    engine
        Knows what a pulse does; None for the one of the cells' access: the selected cell alone
        behind a transistor, else the whole array.

    Raises
    ------
    SpecError
        Where the chip doesn't say how the tile is written.
    """

    def __init__(
        self,
        spec: ChipSpec,
        index: int,
        held: ArrayCells,
        streams: CellStreams,
        *,
        engine: PulseEngine | None = None,
    ) -> None:
        state = held.state
        assert state.flags is not None
        assert state.pulses is not None
        self._spec, self._index, self._seed = spec, index, streams.seed
        self._held, self._streams, self._moved = held, streams, False
        self._write, self._cell = write_spec_of(spec, index), spec.tile_specs[index].cell
        self._v_read = spec.dac.v_read
        self._linear = not spec.tile_specs[index].effects.nonlinear
        memory = device(self._cell.device)
        states = {name: np.array(state.device[name]) for name in memory.state_names}
        self._conductance = np.array(state.conductance)
        self.bank = self._bank(states, memory.current(self._v_read, states))
        """Device, states, and what is around them; the arrays change from pulse to pulse."""
        self._state = states
        self._engine: PulseEngine = engine or (
            SeriesPulses() if self.bank.transistor is not None else ArrayPulses()
        )
        self.pulses: NDArray[np.int64] = np.array(state.pulses)
        """Pulses that each cell has seen, (R, lines + 1)."""
        self.energy: Floats = np.zeros(state.conductance.shape)
        """What the pulses for each cell have taken, (R, lines + 1) [J]."""

    def _bank(self, states: State, current: Floats) -> CellBank:
        held, cell, write = self._held, self._cell, self._write
        wires = self._spec.tile_specs[self._index].wires
        assert held.state.flags is not None
        selector = Selected(i_s=cell.selector_current, v_s=cell.selector_voltage)
        return CellBank(
            device=device(cell.device),
            state=states,
            scale=held.state.conductance * self._v_read / current,
            fixed=(held.state.flags & _STUCK) != 0,
            wires=Crossbar(
                held.conductance,
                r_word=wires.r_word * held.wire_factor,
                r_bit=wires.r_bit * held.wire_factor,
                r_source=wires.r_source,
                r_sense=wires.r_sense,
                cut_word=held.broken.word,
                cut_bit=held.broken.bit,
            ),
            scheme=write.scheme,
            transistor=Transistor.of(cell, write) if cell.access == "1t1r" else None,
            selector=selector if cell.access == "1s1r" else None,
        )

    @property
    def conductance(self) -> Floats:
        """Of each memory at the read voltage, (R, lines + 1) [S]."""
        return self._conductance

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Cells that no pulse moves: stuck, or without a line, (R, lines + 1)."""
        return self.bank.fixed

    @property
    def in_series(self) -> bool:
        """Whether a cell is read by itself, all others being switched off."""
        return self.bank.transistor is not None

    def read(self, row: int, line: int) -> float:
        """Return what conducts between the ends of a cell's lines at the read voltage [S].

        This is of cells in series.
        """
        assert self._held.state.flags is not None
        if self._held.state.flags[row, line] & np.uint8(CellFlag.BROKEN):
            return 0.0
        series = sum(self.bank.series(row, line)) + self._cell.r_access
        if self._linear:
            return float(1 / (1 / self._conductance[row, line] + series))
        state, scale = self.bank.cell(row, line), float(self.bank.scale[row, line])

        def carried(voltage: Floats) -> tuple[Floats, Floats]:
            current, slope = self.bank.device.current_and_slope(voltage, state)
            return scale * current, scale * slope

        circuit = LoadLine(voltage=self._v_read, r_word=series)
        current = circuit.across(carried, np.full(1, self._v_read))[1]
        return float(current[0] / self._v_read)

    def pulse(self, pulse: CellPulse) -> None:
        """Give one cell a pulse."""
        cell = (pulse.row, pulse.line)
        self._moved = True
        self.pulses[cell] += 1
        rng = self._streams.of("cycle", *cell)
        factor = cycle_factor(self._write.cycle_spread, rng)
        fixed = bool(self.fixed[cell])
        if fixed and self._engine.alone:
            return
        before = self.bank.cell(*cell)
        before = {name: np.array(values) for name, values in before.items()}
        after = self._engine.moved(self.bank, pulse, rng)
        self.energy[cell] += after.energy
        selected = after.state
        if not self._engine.alone:
            for name, values in after.state.items():
                self._state[name][:] = values
            selected = self.bank.cell(*cell)
        if not fixed:
            selected = varied(self.bank.device, before, selected, factor, self._v_read)
            for name, values in selected.items():
                self._state[name][cell] = values[0]
        self._measure(cell, selected)

    def _measure(self, cell: tuple[int, int], selected: State) -> None:
        """Find what conducts now."""
        if self._engine.alone:
            current = self.bank.device.current(self._v_read, selected)
            self._conductance[cell] = self.bank.scale[cell] * current[0] / self._v_read
        else:
            current = self.bank.device.current(self._v_read, self._state)
            self._conductance[:] = self.bank.scale * current / self._v_read

    def held(self) -> ArrayCells:
        """Return the cells as they are now."""
        if not self._moved:
            return self._held
        before = self._held.state
        state = TileState(
            levels=before.levels,
            conductance=self._conductance,
            device=self._state,
            pulses=self.pulses,
            flags=before.flags,
            age=before.age,
            temperature=before.temperature,
            touched=before.touched,
        )
        return array_of(self._spec, self._index, state, self._seed)
