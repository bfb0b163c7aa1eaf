"""Offsets of the converters of a tile: one of each output of the DACs, and one of each line."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_hw.buffers import extended
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan

__all__ = ["OffsetTable"]


class OffsetTable(wiring.Component):
    """Two memories that the host writes and reads while the front end works."""

    host_place: Signal
    """Place that the host reads or writes."""
    host_lines: Signal
    """Whether it means the lines' half, else the DACs'."""
    w_en: Signal
    """One cycle: write."""
    w_data: Signal
    """What is written."""
    r_data: Signal
    """What is at the host's place, a cycle later, extended with its sign."""
    output: Signal
    """Output of the DACs that the front end asks for."""
    output_offset: Signal
    """Its offset, a cycle later."""
    line: Signal
    """Line that the front end asks for."""
    line_offset: Signal
    """Its offset, a cycle later."""

    def __init__(self, plan: ConverterPlan) -> None:
        self._depth = 1 << plan.offset_place_bits
        place = range(self._depth)
        super().__init__(
            {
                "host_place": In(place),
                "host_lines": In(1),
                "w_en": In(1),
                "w_data": In(signed(OFFSET_BITS)),
                "r_data": Out(32),
                "output": In(place),
                "output_offset": Out(signed(OFFSET_BITS)),
                "line": In(place),
                "line_offset": Out(signed(OFFSET_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memories; each has a port for the host and one for the front end."""
        m = Module()
        halves = (
            ("outputs", self.output, self.output_offset, ~self.host_lines),
            ("lines", self.line, self.line_offset, self.host_lines),
        )
        lines = Signal()
        m.d.sync += lines.eq(self.host_lines)
        found = []
        for name, place, offset, mine in halves:
            memory: Memory = Memory(shape=signed(OFFSET_BITS), depth=self._depth, init=[])
            m.submodules[name] = memory
            write_port = memory.write_port()
            host_port, own_port = memory.read_port(), memory.read_port()
            m.d.comb += [
                write_port.addr.eq(self.host_place),
                write_port.data.eq(self.w_data),
                write_port.en.eq(self.w_en & mine),
                host_port.addr.eq(self.host_place),
                own_port.addr.eq(place),
                offset.eq(own_port.data),
            ]
            found.append(extended(host_port.data))
        m.d.comb += self.r_data.eq(Mux(lines, found[1], found[0]))
        return m
