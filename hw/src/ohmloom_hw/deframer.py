"""The receiving end of the link: frames are checked here, and only good ones leave."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw.checksum import checksum_processor
from ohmloom_hw.cobs import CobsDecoder
from ohmloom_hw.frame import CHECKSUM_BYTES, HEADER_BYTES, LONGEST_REQUEST

__all__ = ["Deframer"]


class Deframer(wiring.Component):
    """Collect frames, check them, and hold up to two good ones.

    One frame is shown to the executor while the next is collected. What arrives while two are held
    is lost, and counted as a frame error.
    """

    encoded: stream.Interface
    """Bytes as received; they are always taken."""
    broken: Signal
    """One cycle: a byte was lost, so the frame around it isn't good."""
    pending: Signal
    """A good frame is shown."""
    length: Signal
    """Bytes of the frame that is shown, without its checksum."""
    checksum: Signal
    """Its checksum."""
    address: Signal
    """Byte of that frame that is asked for."""
    byte: Signal
    """That byte, a cycle later."""
    release: Signal
    """One cycle: the frame that is shown is done with."""
    crc_error: Signal
    """One cycle: a frame had a wrong checksum."""
    frame_error: Signal
    """One cycle: a frame was malformed, of a wrong length, broken or without room."""

    def __init__(self) -> None:
        super().__init__(
            {
                "encoded": In(stream.Signature(8)),
                "broken": In(1),
                "pending": Out(1),
                "length": Out(8),
                "checksum": Out(16),
                "address": In(8),
                "byte": Out(8),
                "release": In(1),
                "crc_error": Out(1),
                "frame_error": Out(1),
            }
        )
        # The checksum of a frame is its last two bytes.
        self._last = Signal(8 * CHECKSUM_BYTES, name="last")

    def elaborate(self, platform: object) -> Module:
        """Build the decoder, the running checksum and a memory of two banks."""
        m = Module()
        m.submodules.decoder = decoder = CobsDecoder()
        memory: Memory = Memory(shape=8, depth=512, init=[])
        m.submodules.memory = memory
        write_port, read_port = memory.write_port(), memory.read_port()
        connect(m, flipped(self.encoded), decoder.encoded)
        bank, waiting = Signal(), Signal()
        count = Signal(range(LONGEST_REQUEST + 1))
        bad = Signal()
        m.d.comb += [
            write_port.addr.eq(Cat(count, bank)),
            write_port.data.eq(decoder.byte),
            read_port.addr.eq(Cat(self.address, ~bank)),
            self.byte.eq(read_port.data),
        ]
        with m.If(decoder.byte_en):
            with m.If(waiting | (count == LONGEST_REQUEST)):
                m.d.sync += bad.eq(1)
            with m.Else():
                m.d.comb += write_port.en.eq(1)
                m.d.sync += count.eq(count + 1)
        with m.If(self.broken):
            m.d.sync += bad.eq(1)
        with m.If(decoder.end):
            m.d.sync += [count.eq(0), bad.eq(self.broken)]
        good = self._judge(m, decoder, count, bad)
        self._hand_over(m, good, count, bank, waiting)
        return m

    def _judge(self, m: Module, decoder: CobsDecoder, count: Signal, bad: Signal) -> Signal:
        m.submodules.crc = crc = checksum_processor()
        good, last = Signal(), self._last
        # The running checksum lags two bytes behind, so that it ends before the frame's own.
        m.d.comb += [
            crc.start.eq(decoder.end),
            crc.data.eq(last[:8]),
            crc.valid.eq(decoder.byte_en & (count >= CHECKSUM_BYTES)),
        ]
        with m.If(decoder.byte_en):
            m.d.sync += last.eq(Cat(last[8:], decoder.byte))
        with m.If(decoder.end):
            with m.If(decoder.malformed | bad | (count < HEADER_BYTES + CHECKSUM_BYTES)):
                m.d.comb += self.frame_error.eq(1)
            with m.Elif(crc.crc != last):
                m.d.comb += self.crc_error.eq(1)
            with m.Else():
                m.d.comb += good.eq(1)
        return good

    def _hand_over(
        self, m: Module, good: Signal, count: Signal, bank: Signal, waiting: Signal
    ) -> None:
        last = self._last
        waiting_length = Signal.like(self.length)
        waiting_checksum = Signal.like(self.checksum)
        length = Signal.like(self.length)
        m.d.comb += length.eq(count - CHECKSUM_BYTES)
        with m.If(self.release):
            m.d.sync += [self.pending.eq(waiting), waiting.eq(0)]
            with m.If(waiting):
                m.d.sync += [
                    bank.eq(~bank),
                    self.length.eq(waiting_length),
                    self.checksum.eq(waiting_checksum),
                ]
        with m.If(good):
            with m.If(self.pending & ~self.release):
                m.d.sync += [
                    waiting.eq(1),
                    waiting_length.eq(length),
                    waiting_checksum.eq(last),
                ]
            with m.Else():
                m.d.sync += [
                    self.pending.eq(1),
                    bank.eq(~bank),
                    self.length.eq(length),
                    self.checksum.eq(last),
                ]
