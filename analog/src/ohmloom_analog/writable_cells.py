"""The cells of a tile while they are written: the states of their devices, moved pulse by pulse.

A cell behind a transistor is selected by its word line, its bit line and the gate line along it;
all other word lines float. So a pulse and a verify read of such a cell see the cell, its wires and
nothing else.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.array_cells import ArrayCells, array_of
from ohmloom_analog.cell_pulse import cycle_factor, pulsed
from ohmloom_analog.cell_streams import CellStreams
from ohmloom_analog.devices import device
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.load_line import Carried, LoadLine
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

    Raises
    ------
    SpecError
        Where the chip doesn't say how the tile is written.
    """

    def __init__(self, spec: ChipSpec, index: int, held: ArrayCells, streams: CellStreams) -> None:
        write, group = write_spec_of(spec, index), spec.tile_specs[index]
        state = held.state
        assert state.flags is not None
        assert state.pulses is not None
        self._spec, self._index, self._seed = spec, index, streams.seed
        self._saved, self._streams = state, streams
        self._write, self._wires, self._wire_factor = write, group.wires, held.wire_factor
        self._device = device(group.cell.device)
        self._state = {name: np.array(state.device[name]) for name in self._device.state_names}
        self._scale = state.conductance * spec.dac.v_read / self._current(self._state)
        self._conductance = np.array(state.conductance)
        self._transistor = Transistor.of(group.cell, write)
        self._fixed: NDArray[np.bool_] = (state.flags & _STUCK) != 0
        self._broken: NDArray[np.bool_] = (state.flags & np.uint8(CellFlag.BROKEN)) != 0
        self.pulses: NDArray[np.int64] = np.array(state.pulses)
        """Pulses that each cell has seen, (R, lines + 1)."""
        self.energy: Floats = np.zeros(state.conductance.shape)
        """What the drivers have given for the pulses of each cell, (R, lines + 1) [J]."""

    @property
    def conductance(self) -> Floats:
        """Of each memory at the read voltage, (R, lines + 1) [S]."""
        return self._conductance

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Cells that no pulse moves: stuck, or without a line, (R, lines + 1)."""
        return self._fixed

    def series(self, row: int, line: int) -> tuple[float, float]:
        """Return the resistances of the word and of the bit line up to a cell [ohm]."""
        wires = self._wires
        word = wires.r_source + wires.r_word * self._wire_factor * (line + 1)
        bit = wires.r_sense + wires.r_bit * self._wire_factor * (self._spec.rows - row)
        return word, bit

    def read(self, row: int, line: int) -> float:
        """Return what conducts between the ends of a cell's lines at the read voltage [S]."""
        if self._broken[row, line]:
            return 0.0
        cell, v_read = self._spec.tile_specs[self._index].cell, self._spec.dac.v_read
        series = sum(self.series(row, line)) + cell.r_access
        if not self._spec.tile_specs[self._index].effects.nonlinear:
            return float(1 / (1 / self._conductance[row, line] + series))
        state = {name: values[row, line : line + 1] for name, values in self._state.items()}
        circuit = LoadLine(voltage=v_read, r_word=series)
        current = circuit.across(self._carried(state, row, line), np.full(1, v_read))[1]
        return float(current[0] / v_read)

    def pulse(
        self, row: int, line: int, *, resets: bool, drive: float, gate: float, width: float
    ) -> None:
        """Give one cell a pulse.

        Parameters
        ----------
        resets
            Whether its bit line is driven, and not its word line.
        drive
            Voltage between its lines [V].
        gate
            Voltage of its gate line [V].
        width
            How long [s].
        """
        self.pulses[row, line] += 1
        rng = self._streams.of("cycle", row, line)
        factor = cycle_factor(self._write.cycle_spread, rng)
        if self._fixed[row, line]:
            return
        word, bit = self.series(row, line)
        circuit = LoadLine(
            voltage=drive,
            resets=resets,
            r_word=word,
            r_bit=bit,
            transistor=self._transistor,
            gate=gate,
        )
        before = {name: values[row, line : line + 1] for name, values in self._state.items()}
        after = pulsed(
            self._device,
            before,
            circuit,
            width,
            scale=float(self._scale[row, line]),
            factor=factor,
            v_read=self._spec.dac.v_read,
            rng=rng,
        )
        for name, values in after.state.items():
            self._state[name][row, line] = values[0]
        self.energy[row, line] += after.energy
        reached = self._scale[row, line] * self._current(after.state) / self._spec.dac.v_read
        self._conductance[row, line] = reached[0]

    def held(self) -> ArrayCells:
        """Return the cells as they are now."""
        state = TileState(
            levels=self._saved.levels,
            conductance=self._conductance,
            device=self._state,
            pulses=self.pulses,
            flags=self._saved.flags,
            temperature=self._saved.temperature,
            touched=self._saved.touched,
        )
        return array_of(self._spec, self._index, state, self._seed)

    def _carried(self, state: dict[str, Floats], row: int, line: int) -> Carried:
        scale = float(self._scale[row, line])

        def carried(voltage: Floats) -> tuple[Floats, Floats]:
            current, slope = self._device.current_and_slope(voltage, state)
            return scale * current, scale * slope

        return carried

    def _current(self, state: dict[str, Floats]) -> Floats:
        return self._device.current(self._spec.dac.v_read, state)
