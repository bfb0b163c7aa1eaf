"""What is kept of the cells beside their results: their wear, and those that were given up."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.program_registers import FAILURE_WORD, KEPT_FAILURES, WEAR_WORD

__all__ = ["FailureList", "WearTable"]

_ATTRS: dict[str, Any] = {"no_rw_check": 1}


class WearTable(wiring.Component):
    """Count the pulses of every cell of every tile, from power-up on.

    The host sees the cells of one tile. Pulses of a cell follow each other by at least two cycles.
    """

    window: WindowInterface
    """The host's side; it reads only while no job is under way."""
    host_tile: Signal
    """Tile that the host sees; it reads 0 where there is none."""
    count: Signal
    """One cycle: a cell gets a pulse."""
    reset: Signal
    """It is a RESET pulse."""
    tile: Signal
    """Tile of the cell, still for a cycle more."""
    row: Signal
    """Its word line, still for a cycle more."""
    line: Signal
    """Its bit line, still for a cycle more."""

    def __init__(self, shape: WriteShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "window": In(WindowSignature(max(1, (shape.cells - 1).bit_length()))),
                "host_tile": In(8),
                "count": In(1),
                "reset": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "row": In(range(max(2, shape.rows))),
                "line": In(range(max(2, shape.lines))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory; what is read is written in the next cycle, with one more."""
        m = Module()
        shape = self._shape
        places = shape.tiles * shape.cells
        memory: Memory = Memory(shape=unsigned(32), depth=places, init=[], attrs=_ATTRS)
        m.submodules.memory = memory
        read_port, write_port = memory.read_port(), memory.write_port()
        number, counting = Signal(range(max(2, shape.cells))), Signal()
        place, there = Signal(range(max(2, places))), Signal()
        m.d.comb += [
            number.eq(self.row * shape.lines + self.line),
            place.eq(
                Mux(
                    self.count | counting,
                    self.tile * shape.cells + number,
                    self.host_tile * shape.cells + self.window.addr,
                )
            ),
            read_port.addr.eq(place),
            self.window.r_data.eq(Mux(there, read_port.data, 0)),
            write_port.addr.eq(place),
            write_port.en.eq(counting),
            write_port.data.eq(self._counted(m, read_port.data)),
        ]
        m.d.sync += [
            counting.eq(self.count),
            there.eq((self.window.addr < shape.cells) & (self.host_tile < shape.tiles)),
        ]
        return m

    def _counted(self, m: Module, word: Any) -> Cat:
        counted = []
        for field in WEAR_WORD:
            held = word[field.low : field.high + 1]
            more = Signal(field.width, name=f"more_{field.name}")
            mine = self.reset if field.name == "reset" else ~self.reset
            m.d.comb += more.eq(Mux(mine & ~held.all(), held + 1, held))
            counted.append(more)
        return Cat(counted)


class FailureList(wiring.Component):
    """Keep the first cells that a job gives up."""

    window: WindowInterface
    """The host's side; places that are free read as 0."""
    clear: Signal
    """One cycle: forget them."""
    add: Signal
    """One cycle: a cell is given up; without effect when the list is full."""
    tile: Signal
    """Its tile."""
    row: Signal
    """Its word line."""
    line: Signal
    """Its bit line."""

    def __init__(self, shape: WriteShape) -> None:
        super().__init__(
            {
                "window": In(WindowSignature((KEPT_FAILURES - 1).bit_length())),
                "clear": In(1),
                "add": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "row": In(range(max(2, shape.rows))),
                "line": In(range(max(2, shape.lines))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory and the number of its cells."""
        m = Module()
        memory: Memory = Memory(shape=unsigned(32), depth=KEPT_FAILURES, init=[], attrs=_ATTRS)
        m.submodules.memory = memory
        read_port, write_port = memory.read_port(), memory.write_port()
        kept, there = Signal(range(KEPT_FAILURES + 1)), Signal()
        cell = {"tile": self.tile, "row": self.row, "line": self.line}
        m.d.comb += [
            read_port.addr.eq(self.window.addr),
            self.window.r_data.eq(Mux(there, read_port.data, 0)),
            write_port.addr.eq(kept),
            write_port.en.eq(self.add & (kept != KEPT_FAILURES)),
        ]
        for field in FAILURE_WORD:
            m.d.comb += write_port.data[field.low : field.high + 1].eq(cell[field.name])
        m.d.sync += there.eq(self.window.addr < kept)
        with m.If(self.clear):
            m.d.sync += kept.eq(0)
        with m.Elif(write_port.en):
            m.d.sync += kept.eq(kept + 1)
        return m
