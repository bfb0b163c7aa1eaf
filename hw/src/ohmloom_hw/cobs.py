"""Consistent overhead byte stuffing: frames without zero bytes, so that zero can end them.

An encoded frame is a chain of blocks. The first byte of a block is one more than the number of
bytes that follow it unchanged, none of them zero; a zero byte follows each block but the last, and
none follows a block whose first byte is 255.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["LONGEST_ENCODED", "CobsDecoder", "CobsEncoder"]

LONGEST_ENCODED = 254
"""Longest frame that `CobsEncoder` takes, in bytes."""


class CobsDecoder(wiring.Component):
    """Turn a stream of bytes into the bytes of frames.

    Each byte that is taken gives its outputs in the same cycle. Zero bytes between frames do
    nothing.
    """

    encoded: stream.Interface
    """Bytes as sent; they are always taken."""
    byte: Signal
    """A byte of the frame."""
    byte_en: Signal
    """One cycle: `byte` is valid."""
    end: Signal
    """One cycle: the frame is over."""
    malformed: Signal
    """With `end`: the frame was cut short."""

    latency = 0
    """Clock cycles from a byte as sent to a byte of the frame."""

    def __init__(self) -> None:
        super().__init__(
            {
                "encoded": In(stream.Signature(8)),
                "byte": Out(8),
                "byte_en": Out(1),
                "end": Out(1),
                "malformed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the counter of the bytes left in a block."""
        m = Module()
        code = self.encoded.payload
        left = Signal(8)
        started, zero_due = Signal(), Signal()
        m.d.comb += [self.encoded.ready.eq(1), self.malformed.eq(left != 0)]
        with m.If(self.encoded.valid):
            with m.If(code == 0):
                m.d.comb += self.end.eq(started)
                m.d.sync += [left.eq(0), started.eq(0), zero_due.eq(0)]
            with m.Elif(left == 0):
                m.d.comb += self.byte_en.eq(zero_due)
                m.d.sync += [left.eq(code - 1), started.eq(1), zero_due.eq(code != 255)]
            with m.Else():
                m.d.comb += [self.byte.eq(code), self.byte_en.eq(1)]
                m.d.sync += left.eq(left - 1)
        return m


class CobsEncoder(wiring.Component):
    """Send a frame from a memory, with the zero byte that ends it.

    Each block is read twice: once to find its length, once to send it.
    """

    start: Signal
    """One cycle: send; ignored while busy."""
    length: Signal
    """Bytes of the frame, from address 0; at most `LONGEST_ENCODED`, and still while busy."""
    address: Signal
    """Byte that is asked for."""
    byte: Signal
    """That byte, a cycle later."""
    encoded: stream.Interface
    """Bytes to send."""
    busy: Signal
    """High from the cycle after `start` until the last byte is taken."""

    def __init__(self) -> None:
        super().__init__(
            {
                "start": In(1),
                "length": In(8),
                "address": Out(8),
                "byte": In(8),
                "encoded": Out(stream.Signature(8)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        first, scanned = Signal(8), Signal(8)
        last_block = Signal()
        m.d.comb += [self.busy.eq(1), self.address.eq(first)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                m.d.sync += [first.eq(0), scanned.eq(0)]
                with m.If(self.start):
                    m.next = "SCAN"
            with m.State("SCAN"):
                m.d.comb += self.address.eq(scanned)
                m.d.sync += last_block.eq(scanned == self.length)
                m.next = "TEST"
            with m.State("TEST"):
                m.d.sync += scanned.eq(scanned + 1)
                m.next = "SCAN"
                with m.If(last_block | (self.byte == 0)):
                    m.d.sync += scanned.eq(scanned)
                    m.next = "CODE"
            with m.State("CODE"):
                self._send(m, scanned - first + 1)
                with m.If(self.encoded.ready):
                    m.next = "BLOCK"
            with m.State("BLOCK"):
                m.next = "BYTE"
                with m.If(first == scanned):
                    m.d.sync += [first.eq(scanned + 1), scanned.eq(scanned + 1)]
                    m.next = "SCAN"
                    with m.If(last_block):
                        m.next = "END"
            with m.State("BYTE"):
                self._send(m, self.byte)
                with m.If(self.encoded.ready):
                    m.d.sync += first.eq(first + 1)
                    m.next = "BLOCK"
            with m.State("END"):
                self._send(m, 0)
                with m.If(self.encoded.ready):
                    m.next = "IDLE"
        return m

    def _send(self, m: Module, byte: object) -> None:
        m.d.comb += [self.encoded.valid.eq(1), self.encoded.payload.eq(byte)]
