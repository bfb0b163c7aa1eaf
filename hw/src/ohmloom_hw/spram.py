"""The large single-port memories of the iCE40 UltraPlus, by hand: Yosys infers none of them.

Each holds 16384 words of 16 bits, and the part has four. Their content after power-on is unknown,
so whatever is kept there is written before it is read.
"""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

__all__ = ["SPRAM_COUNT", "SPRAM_DEPTH", "Spram"]

SPRAM_DEPTH = 1 << 14
"""Words of one memory."""

SPRAM_COUNT = 4
"""Memories of the part."""

_BITS = 16


class Spram(wiring.Component):
    """A memory that reads or writes a word a cycle, as wide as is asked for.

    Parameters
    ----------
    bits
        Width of a word; every 16 bits take one of the part's four memories.
    model
        Whether it is built as plain memory that behaves alike, for simulators that don't know the
        cell.

    Raises
    ------
    ValueError
        Where the width takes more memories than the part has.
    """

    address: Signal
    """Word that is read or written."""
    w_en: Signal
    """Write, else read."""
    w_data: Signal
    """What is written."""
    r_data: Signal
    """What was read, a cycle after its address; after a write without meaning."""

    def __init__(self, *, bits: int, model: bool = False) -> None:
        if not 1 <= bits <= 4 * _BITS:
            msg = f"bits of an SPRAM must be from 1 to {4 * _BITS}, not {bits}"
            raise ValueError(msg)
        self._bits, self._model = bits, model
        super().__init__(
            {"address": In(14), "w_en": In(1), "w_data": In(bits), "r_data": Out(bits)}
        )

    def elaborate(self, platform: object) -> Module:
        """Put the cells side by side, or build their model."""
        m = Module()
        if self._model:
            memory: Memory = Memory(shape=unsigned(self._bits), depth=SPRAM_DEPTH, init=[])
            m.submodules.memory = memory
            read_port, write_port = memory.read_port(), memory.write_port()
            m.d.comb += [
                read_port.addr.eq(self.address),
                read_port.en.eq(~self.w_en),
                write_port.addr.eq(self.address),
                write_port.en.eq(self.w_en),
                write_port.data.eq(self.w_data),
                self.r_data.eq(read_port.data),
            ]
            return m
        words = []
        for number in range(-(-self._bits // _BITS)):
            part = self.w_data[_BITS * number : _BITS * (number + 1)]
            word = Signal(_BITS, name=f"word_{number}")
            words.append(word)
            m.submodules[f"cell_{number}"] = Instance(
                "SB_SPRAM256KA",
                i_ADDRESS=self.address,
                i_DATAIN=Cat(part, Const(0, _BITS - len(part))) if len(part) < _BITS else part,
                i_MASKWREN=Const(0b1111, 4),
                i_WREN=self.w_en,
                i_CHIPSELECT=Const(1, 1),
                i_CLOCK=ClockSignal(),
                i_STANDBY=Const(0, 1),
                i_SLEEP=Const(0, 1),
                i_POWEROFF=Const(1, 1),
                o_DATAOUT=word,
            )
        m.d.comb += self.r_data.eq(Cat(*words))
        return m
