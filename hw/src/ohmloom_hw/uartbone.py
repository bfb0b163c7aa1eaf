"""The plain link: LiteX's serial bridge, for hosts that have its tools.

A request is a command byte, the number of words, and four bytes of address, then, for a write, the
words; all of them with the high byte first. The address counts words, not bytes. The answer to a
read is its words; a write has none. There is no checksum: a line that errs is found out only where
a word that was written is read back, so the framed link is the better one where there is a choice.

=======  ====================================
command  meaning
=======  ====================================
1        write words at addresses that rise
2        read words at addresses that rise
3        write each word to the same address
4        read each word from the same address
=======  ====================================

Where the bus refuses a read, the word is all ones, as on LiteX's own bus.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw import bus
from ohmloom_hw.uart import UartReceiver, UartTransmitter

__all__ = ["SILENCE_SECONDS", "UartBone", "UartBoneParser"]

SILENCE_SECONDS = 0.1
"""Silence on the line within a request after which it is forgotten [s]."""

_ADDRESS_BYTES = 4
_WORD_BYTES = 4


class UartBoneParser(wiring.Component):
    """Carry out requests byte by byte, and give the bytes of the answers.

    Bytes that come while an answer is given are lost.

    Parameters
    ----------
    silence_cycles
        Clock cycles without a byte after which a request that isn't complete is forgotten.
    """

    received: stream.Interface
    """Bytes from the host; they are always taken."""
    sent: stream.Interface
    """Bytes to the host."""
    bus: bus.Interface
    """To the registers."""
    fault: Signal
    """One cycle: a request was unknown, empty, cut short, or refused by the bus."""

    def __init__(self, silence_cycles: int) -> None:
        self._silence_cycles = silence_cycles
        super().__init__(
            {
                "received": In(stream.Signature(8)),
                "sent": Out(stream.Signature(8)),
                "bus": Out(bus.Signature()),
                "fault": Out(1),
            }
        )
        self._command, self._left = Signal(8, name="command"), Signal(8, name="left")
        self._address, self._word = Signal(32, name="address"), Signal(32, name="word")
        self._place = Signal(2, name="place")
        self._waiting, self._forget = Signal(name="waiting"), Signal(name="forget")
        self._writing = self._command[0]

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        address, word = self._address, self._word
        silence = Signal(range(self._silence_cycles + 1))
        beyond = address[22:] != 0
        m.d.comb += [
            self.received.ready.eq(1),
            self.sent.payload.eq(word[24:]),
            # An address above the space is shown as one that isn't a word's, which nothing maps.
            self.bus.addr.eq(Mux(beyond, 0xFFFFFF, Cat(C(0, 2), address[:22]))),
            self.bus.write.eq(self._writing),
            self.bus.w_data.eq(word),
            self._forget.eq(silence == self._silence_cycles),
        ]
        m.d.sync += silence.eq(Mux(self.received.valid | ~self._waiting, 0, silence + 1))
        with m.FSM():
            self._request(m)
            with m.State("BUS"):
                m.d.comb += self.bus.stb.eq(1)
                with m.If(self.bus.ack):
                    m.d.comb += self.fault.eq(self.bus.err)
                    m.d.sync += word.eq(Mux(self.bus.err, 0xFFFF_FFFF, self.bus.r_data))
                    m.next = "SEND"
                    with m.If(self._writing):
                        self._advance(m, "WORD")
            with m.State("SEND"):
                m.d.comb += self.sent.valid.eq(1)
                with m.If(self.sent.ready):
                    m.d.sync += [word.eq(word << 8), self._place.eq(self._place + 1)]
                    with m.If(self._place == _WORD_BYTES - 1):
                        self._advance(m, "BUS")
        return m

    def _request(self, m: Module) -> None:
        byte, place = self.received.payload, self._place
        with m.State("COMMAND"), m.If(self.received.valid):
            m.d.sync += [place.eq(0), self._command.eq(byte)]
            m.next = "LENGTH"
        with self._wait(m, "LENGTH"):
            m.d.sync += self._left.eq(byte)
            m.next = "ADDRESS"
        with self._wait(m, "ADDRESS"):
            m.d.sync += [self._address.eq(Cat(byte, self._address[:24])), place.eq(place + 1)]
            with m.If(place == _ADDRESS_BYTES - 1):
                with m.If((self._command == 0) | (self._command > 4) | (self._left == 0)):
                    m.d.comb += self.fault.eq(1)
                    m.next = "COMMAND"
                with m.Elif(self._writing):
                    m.next = "WORD"
                with m.Else():
                    m.next = "BUS"
        with self._wait(m, "WORD"):
            m.d.sync += [self._word.eq(Cat(byte, self._word[:24])), place.eq(place + 1)]
            with m.If(place == _WORD_BYTES - 1):
                m.next = "BUS"

    @contextmanager
    def _wait(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that takes a byte, or gives the request up when none comes."""
        with m.State(name):
            m.d.comb += self._waiting.eq(1)
            with m.If(self.received.valid):
                yield
            with m.Elif(self._forget):
                m.d.comb += self.fault.eq(1)
                m.next = "COMMAND"

    def _advance(self, m: Module, then: str) -> None:
        fixed = (self._command == 3) | (self._command == 4)
        m.d.sync += [
            self._address.eq(self._address + Mux(fixed, 0, 1)),
            self._left.eq(self._left - 1),
        ]
        m.next = then
        with m.If(self._left == 1):
            m.next = "COMMAND"


class UartBone(wiring.Component):
    """The plain link with its serial line; its ports are those of `ohmloom_hw.link.Link`.

    Parameters
    ----------
    divisor
        Clock cycles of a bit on the line, at least 4.
    silence_cycles
        Clock cycles of `SILENCE_SECONDS`.
    """

    rx: Signal
    """Serial line from the host."""
    tx: Signal
    """Serial line to the host."""
    bus: bus.Interface
    """To the registers."""
    crc_errors: Signal
    """0, as there are no checksums."""
    frame_errors: Signal
    """Bytes without a stop bit, and requests that weren't carried out, since reset; it stays at its
    highest value."""
    repeats: Signal
    """0, as nothing is sent again."""

    def __init__(self, divisor: int, silence_cycles: int) -> None:
        self._divisor, self._silence_cycles = divisor, silence_cycles
        super().__init__(
            {
                "rx": In(1),
                "tx": Out(1),
                "bus": Out(bus.Signature()),
                "crc_errors": Out(16),
                "frame_errors": Out(16),
                "repeats": Out(16),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect receiver, parser and transmitter."""
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.parser = parser = UartBoneParser(self._silence_cycles)
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        connect(m, receiver.received, parser.received)
        connect(m, parser.sent, transmitter.sent)
        connect(m, parser.bus, flipped(self.bus))
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx)]
        with m.If((receiver.framing_error | parser.fault) & ~self.frame_errors.all()):
            m.d.sync += self.frame_errors.eq(self.frame_errors + 1)
        return m
