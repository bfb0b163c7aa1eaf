"""The middle of the link: carries out good frames on the bus, and writes their replies."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw import bus
from ohmloom_hw.frame import HEADER_BYTES, MOST_WORDS, Command, Status

__all__ = ["Executor"]

_HEADER = data.StructLayout({"sequence": 8, "command": 8, "address": 24, "count": 8})


class Executor(wiring.Component):
    """Read a frame, do what it asks word by word, and write the reply byte by byte.

    The reply begins with its header. Where the bus refuses a word, the reply begins anew as that of
    the error. A frame that is the same as the last one that was carried out, number, length and
    checksum, isn't carried out again, and gets the last reply once more; but number 0 is always
    carried out, so that a host can begin without knowing what came before.
    """

    pending: Signal
    """A good frame is shown."""
    length: Signal
    """Its bytes, without checksum."""
    checksum: Signal
    """Its checksum."""
    address: Signal
    """Byte of the frame that is asked for."""
    byte: Signal
    """That byte, a cycle later."""
    release: Signal
    """One cycle: the frame is done with."""
    reply_busy: Signal
    """The last reply is still being sent."""
    reply_begin: Signal
    """One cycle: a reply begins, from nothing."""
    reply_byte: Signal
    """A byte of the reply."""
    reply_en: Signal
    """One cycle: `reply_byte` is valid."""
    reply_commit: Signal
    """One cycle: the reply is complete."""
    repeat: Signal
    """One cycle: the last reply is sent once more."""
    bus: bus.Interface
    """To the registers."""

    def __init__(self) -> None:
        super().__init__(
            {
                "pending": In(1),
                "length": In(8),
                "checksum": In(16),
                "address": Out(8),
                "byte": In(8),
                "release": Out(1),
                "reply_busy": In(1),
                "reply_begin": Out(1),
                "reply_byte": Out(8),
                "reply_en": Out(1),
                "reply_commit": Out(1),
                "repeat": Out(1),
                "bus": Out(bus.Signature()),
            }
        )
        self._header = data.View(_HEADER, Signal(_HEADER.size, name="header"))
        self._status = Signal(Status)
        self._word = Signal(32)
        self._bytes_left = Signal(range(HEADER_BYTES + 1))
        self._words_left = Signal(range(MOST_WORDS + 1))
        self._last = Signal(data.StructLayout({"sequence": 8, "length": 8, "checksum": 16}))

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        writing = self._header.command == Command.WRITE
        m.d.comb += [
            self.bus.addr.eq(self._header.address),
            self.bus.write.eq(writing),
            self.bus.w_data.eq(self._word),
            self.reply_byte.eq(self._word[:8]),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.address.eq(0), self._bytes_left.eq(HEADER_BYTES)]
                with m.If(self.pending & ~self.reply_busy):
                    m.next = "ASK_HEADER"
            with m.State("ASK_HEADER"):
                m.next = "TAKE_HEADER"
            with m.State("TAKE_HEADER"):
                self._take(m, self._header.as_value(), again="ASK_HEADER", then="CHECK")
            with m.State("CHECK"):
                self._check(m, writing)
            with m.State("REPLY_HEADER"):
                self._reply_header(m, writing)
            with m.State("ASK_WORD"):
                m.next = "TAKE_WORD"
            with m.State("TAKE_WORD"):
                self._take(m, self._word, again="ASK_WORD", then="BUS")
            with m.State("BUS"):
                self._access(m, writing)
            with m.State("REPLY_WORD"), m.If(self._emit(m)):
                self._advance(m, "BUS")
            with m.State("DONE"):
                m.d.comb += [self.release.eq(1), self.reply_commit.eq(1)]
                m.next = "IDLE"
        return m

    def _take(self, m: Module, into: Value, *, again: str, then: str) -> None:
        m.d.sync += [
            into.eq(Cat(into[8:], self.byte)),
            self.address.eq(self.address + 1),
            self._bytes_left.eq(self._bytes_left - 1),
        ]
        m.next = again
        with m.If(self._bytes_left == 1):
            m.next = then

    def _check(self, m: Module, writing: Value) -> None:
        count = self._header.count
        last: Any = self._last
        again = (
            (self._header.sequence != 0)
            & (self._header.sequence == last.sequence)
            & (self.length == last.length)
            & (self.checksum == last.checksum)
        )
        m.d.sync += [
            last.sequence.eq(self._header.sequence),
            last.length.eq(self.length),
            last.checksum.eq(self.checksum),
        ]
        reading = self._header.command == Command.READ
        expected = HEADER_BYTES + Mux(writing, count << 2, 0)
        fits = (count != 0) & (count <= MOST_WORDS) & (self.length == expected)
        with m.If(again):
            m.d.comb += [self.release.eq(1), self.repeat.eq(1)]
            m.next = "IDLE"
        with m.Elif((reading | writing) & fits):
            self._begin_reply(m, Status.OK, Mux(reading, count, 0))
            m.d.sync += self._words_left.eq(count)
        with m.Else():
            self._begin_reply(m, Status.BAD_REQUEST, 0)

    def _begin_reply(self, m: Module, status: Status, count: Value | int) -> None:
        m.d.comb += self.reply_begin.eq(1)
        m.d.sync += [
            self._status.eq(status),
            self._word.eq(Cat(self._header.sequence, C(status.value, 8), count)),
            self._bytes_left.eq(3),
        ]
        m.next = "REPLY_HEADER"

    def _reply_header(self, m: Module, writing: Value) -> None:
        with m.If(self._emit(m)):
            m.d.sync += self._bytes_left.eq(4)
            with m.If(self._status == Status.BAD_REQUEST):
                m.next = "DONE"
            with m.Elif(self._status == Status.BUS_ERROR):
                m.d.sync += [self._word.eq(self._header.address), self._words_left.eq(1)]
                m.next = "REPLY_WORD"
            with m.Elif(writing):
                m.next = "ASK_WORD"
            with m.Else():
                m.next = "BUS"

    def _access(self, m: Module, writing: Value) -> None:
        m.d.comb += self.bus.stb.eq(1)
        m.d.sync += self._bytes_left.eq(4)
        with m.If(self.bus.ack):
            with m.If(self.bus.err):
                self._begin_reply(m, Status.BUS_ERROR, 1)
            with m.Elif(writing):
                self._advance(m, "ASK_WORD")
            with m.Else():
                m.d.sync += self._word.eq(self.bus.r_data)
                m.next = "REPLY_WORD"

    def _emit(self, m: Module) -> Value:
        """Write a byte of the reply; return whether it is the last one due."""
        m.d.comb += self.reply_en.eq(1)
        m.d.sync += [
            self._word.eq(self._word >> 8),
            self._bytes_left.eq(self._bytes_left - 1),
        ]
        return self._bytes_left == 1

    def _advance(self, m: Module, then: str) -> None:
        m.d.sync += [
            self._header.address.eq(self._header.address + 4),
            self._words_left.eq(self._words_left - 1),
        ]
        m.next = then
        with m.If(self._words_left == 1):
            m.next = "DONE"
