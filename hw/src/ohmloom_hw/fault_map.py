"""The memory behind the window FAULTS."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.march_registers import CELLS_PER_WORD, FAULT_BITS

__all__ = ["FaultMap"]

_ATTRS: dict[str, Any] = {"no_rw_check": 1}


class FaultMap(wiring.Component):
    """A few bits a cell, several cells a word.

    Parameters
    ----------
    cells
        Number of cells.
    """

    window: WindowInterface
    """The host's side, whole words."""
    running: Signal
    """Whether the test owns the memory."""
    number: Signal
    """Number of the cell."""
    bits: Signal
    """Its bits, a cycle later."""
    w_en: Signal
    """Whether the test writes the cell's bits."""
    w_bits: Signal
    """What it writes."""

    def __init__(self, *, cells: int) -> None:
        self._words = -(-cells // CELLS_PER_WORD)
        super().__init__(
            {
                "window": In(WindowSignature(max(1, (self._words - 1).bit_length()))),
                "running": In(1),
                "number": In(range(max(2, cells))),
                "bits": Out(FAULT_BITS),
                "w_en": In(1),
                "w_bits": In(FAULT_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory with one write enable a cell."""
        m = Module()
        memory: Memory = Memory(
            shape=unsigned(32), depth=max(2, self._words), init=[], attrs=_ATTRS
        )
        m.submodules.memory = memory
        read_port = memory.read_port()
        write_port = memory.write_port(granularity=FAULT_BITS)
        word = self.number // CELLS_PER_WORD
        place, chosen = Signal(range(CELLS_PER_WORD)), Signal(range(CELLS_PER_WORD))
        inside = Signal()
        m.d.comb += [
            place.eq(self.number % CELLS_PER_WORD),
            read_port.addr.eq(Mux(self.running, word, self.window.addr)),
            self.bits.eq(read_port.data.word_select(chosen, FAULT_BITS)),
            self.window.r_data.eq(Mux(inside, read_port.data, 0)),
            write_port.addr.eq(word),
            write_port.data.eq(Cat(self.w_bits for _ in range(CELLS_PER_WORD))),
            write_port.en.eq((self.w_en & self.running) << place),
        ]
        m.d.sync += [chosen.eq(place), inside.eq(self.window.addr < self._words)]
        return m
