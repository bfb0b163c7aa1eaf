"""Analog probes of the tiles of a chip, for waves.

A read is solved when its conversion ends; what it tells belongs to the times at which the word
lines changed and the conversion started, and is noted there. Values are those that the engine
settled at, noise included; word lines at rest carry nothing where the drivers have no offset.
"""

from typing import Any

import cocotb
import numpy as np
from cocotb.task import Task
from cocotb.triggers import RisingEdge, ValueChange
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.write_verify import Operation
from ohmloom_sim.port_pins import now_ps
from ohmloom_sim.waves.recorder import Variable, Waves

__all__ = ["TileProbe", "probe_tiles"]

Floats = NDArray[np.float64]

_PICOSECONDS = 1e12
# Of a chip with more cells only those are shown that pulses have moved.
_MOST_CELLS = 8192


class TileProbe:
    """Takes down the lines, currents, converter inputs and cells of one tile."""

    def __init__(self, waves: Waves, spec: ChipSpec, index: int, *, cells: Floats) -> None:
        self._waves, self._scope = waves, f"analog.tile{index}"
        self._silent = spec.dac.offset == 0
        self._cells = cells.copy()
        self._driven_ps = self._started_ps = 0
        if spec.tiles * cells.size <= _MOST_CELLS:
            self._note_cells(np.ones(cells.shape, dtype=np.bool_), 0)

    def lines_moved(self, *, rest: bool) -> None:
        """Take down that the codes of the word lines have changed now."""
        self._driven_ps = now_ps()
        if rest and self._silent:
            self._note("word", "V", self._driven_ps, np.zeros(len(self._cells)))
            self._note("line", "A", self._driven_ps, np.zeros(self._cells.shape[1] - 1))

    def started(self) -> None:
        """Take down that a conversion starts now."""
        self._started_ps = now_ps()

    def driven(self, voltages: Floats, currents: Floats) -> None:
        """See `ohmloom_analog.tile_observer.TileObserver`."""
        self._note("word", "V", self._driven_ps, voltages)
        self._note("line", "A", self._driven_ps, currents)

    def sampled(self, lines: NDArray[np.intp], outputs: Floats) -> None:
        """See `ohmloom_analog.tile_observer.TileObserver`."""
        for line, output in zip(lines.tolist(), outputs.tolist(), strict=True):
            name = f"adc_in_{line:03}_FS"
            self._waves.note(self._real(name), self._started_ps, output)

    def pulsed(self, op: Operation, width: float, conductance: Floats) -> None:
        """See `ohmloom_analog.tile_observer.TileObserver`."""
        end = now_ps()
        variable = Variable(scope=self._scope, name="pulse", kind="string")
        self._waves.note(variable, end - round(width * _PICOSECONDS), str(op))
        self._waves.note(variable, end, "none")
        moved = conductance != self._cells
        self._cells = conductance.copy()
        self._note_cells(moved, end)

    def _note_cells(self, which: NDArray[np.bool_], time_ps: int) -> None:
        for row, line in np.argwhere(which).tolist():
            name = f"cell_{row:03}_{line:03}_S"
            self._waves.note(self._real(name), time_ps, float(self._cells[row, line]))

    def _note(self, what: str, unit: str, time_ps: int, values: Floats) -> None:
        for place, value in enumerate(values.tolist()):
            self._waves.note(self._real(f"{what}_{place:03}_{unit}"), time_ps, value)

    def _real(self, name: str) -> Variable:
        return Variable(scope=self._scope, name=name, kind="real")


def probe_tiles(dut: Any, waves: Waves, chip: AnalogChip) -> tuple[Task[None], ...]:
    """Watch the arrays of a chip behind the array ports of a device under test, from now on.

    Returns
    -------
    tuple
        The tasks that watch, to be cancelled; the tiles are to lose their observers then.
    """
    return tuple(
        task for index in range(len(chip.tiles)) for task in _probe(dut, waves, chip, index)
    )


def _probe(dut: Any, waves: Waves, chip: AnalogChip, index: int) -> tuple[Task[None], ...]:
    tile: AnalogTile = chip.tiles[index]
    cells = tile.writer.cells.conductance if tile.writable else tile.crossbar.conductance
    probe = TileProbe(waves, chip.spec, index, cells=np.asarray(cells))
    tile.observer = probe
    levels = getattr(dut, f"array_{index}__levels")
    start = getattr(dut, f"array_{index}__start")

    async def follow_lines() -> None:
        change = ValueChange(levels)
        while True:
            await change
            probe.lines_moved(rest=_number(levels) == 0)

    async def follow_starts() -> None:
        edge = RisingEdge(start)
        while True:
            await edge
            probe.started()

    probe.lines_moved(rest=_number(levels) == 0)
    return cocotb.start_soon(follow_lines()), cocotb.start_soon(follow_starts())


def _number(pin: Any) -> int | None:
    value = pin.value
    return int(value) if value.is_resolvable else None
