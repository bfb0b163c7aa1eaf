"""The sending end of the link: replies get their checksum here, and are sent."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw.checksum import checksum_processor
from ohmloom_hw.cobs import CobsEncoder

__all__ = ["ReplySender"]


class ReplySender(wiring.Component):
    """Keep a reply while it is written, then append its checksum, encode and send it.

    It is kept after that too, until the next one begins, and can be sent again.
    """

    begin: Signal
    """One cycle: a reply begins; what was written before is forgotten."""
    byte: Signal
    """A byte of the reply."""
    byte_en: Signal
    """One cycle: `byte` is valid."""
    commit: Signal
    """One cycle: the reply is complete."""
    again: Signal
    """One cycle: send the last reply once more."""
    encoded: stream.Interface
    """Bytes to send."""
    busy: Signal
    """High from the cycle after `commit` or `again` until the last byte is taken; nothing is
    written then."""

    def __init__(self) -> None:
        super().__init__(
            {
                "begin": In(1),
                "byte": In(8),
                "byte_en": In(1),
                "commit": In(1),
                "again": In(1),
                "encoded": Out(stream.Signature(8)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memory, the running checksum and the encoder."""
        m = Module()
        memory: Memory = Memory(shape=8, depth=256, init=[])
        m.submodules.memory = memory
        m.submodules.crc = crc = checksum_processor()
        m.submodules.encoder = encoder = CobsEncoder()
        write_port, read_port = memory.write_port(), memory.read_port()
        connect(m, encoder.encoded, flipped(self.encoded))
        count = Signal(8)
        m.d.comb += [
            write_port.addr.eq(count),
            write_port.data.eq(self.byte),
            write_port.en.eq(self.byte_en),
            crc.start.eq(self.begin),
            crc.data.eq(self.byte),
            crc.valid.eq(self.byte_en),
            read_port.addr.eq(encoder.address),
            encoder.byte.eq(read_port.data),
            encoder.length.eq(count),
            self.busy.eq(1),
        ]
        with m.If(self.begin):
            m.d.sync += count.eq(0)
        with m.Elif(write_port.en):
            m.d.sync += count.eq(count + 1)
        with m.FSM():
            with m.State("WRITE"):
                m.d.comb += self.busy.eq(0)
                with m.If(self.commit):
                    m.next = "CHECKSUM_LOW"
                with m.Elif(self.again):
                    m.next = "START"
            with m.State("CHECKSUM_LOW"):
                m.d.comb += [write_port.data.eq(crc.crc[:8]), write_port.en.eq(1)]
                m.next = "CHECKSUM_HIGH"
            with m.State("CHECKSUM_HIGH"):
                m.d.comb += [write_port.data.eq(crc.crc[8:]), write_port.en.eq(1)]
                m.next = "START"
            with m.State("START"):
                m.d.comb += encoder.start.eq(1)
                m.next = "SEND"
            with m.State("SEND"), m.If(~encoder.busy):
                m.next = "WRITE"
        return m
