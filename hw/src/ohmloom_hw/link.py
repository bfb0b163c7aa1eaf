"""The host link: frames on a serial line become transactions on the bus.

`ohmloom_hw.frame` has the format. A frame that isn't good changes nothing and gets no reply, and
is counted; a zero byte is an unmistakable boundary, so the next frame is taken. A host may have two
requests under way; of more, some are lost. A host that gets no reply sends the same frame again:
if it has been carried out, the reply comes once more, and nothing happens twice. For that it has
only one request under way, and gives each the next number from 1 to 255; number 0 is for the first.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw import bus
from ohmloom_hw.deframer import Deframer
from ohmloom_hw.executor import Executor
from ohmloom_hw.reply import ReplySender
from ohmloom_hw.uart import UartReceiver, UartTransmitter

__all__ = ["FrameEndpoint", "Link"]


class FrameEndpoint(wiring.Component):
    """The link without its serial line: bytes in, transactions on the bus, bytes out."""

    received: stream.Interface
    """Bytes from the host; they are always taken."""
    broken: Signal
    """One cycle: a byte was lost."""
    sent: stream.Interface
    """Bytes to the host."""
    bus: bus.Interface
    """To the registers."""
    busy: Signal
    """A request is being carried out or answered."""
    crc_errors: Signal
    """Frames with a wrong checksum since reset; it stays at its highest value."""
    frame_errors: Signal
    """Other frames that weren't good since reset; it stays at its highest value."""
    repeats: Signal
    """Replies sent again since reset; it stays at its highest value."""

    def __init__(self) -> None:
        super().__init__(
            {
                "received": In(stream.Signature(8)),
                "broken": In(1),
                "sent": Out(stream.Signature(8)),
                "bus": Out(bus.Signature()),
                "busy": Out(1),
                "crc_errors": Out(16),
                "frame_errors": Out(16),
                "repeats": Out(16),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect deframer, executor and reply sender."""
        m = Module()
        m.submodules.deframer = deframer = Deframer()
        m.submodules.executor = executor = Executor()
        m.submodules.reply = reply = ReplySender()
        connect(m, flipped(self.received), deframer.encoded)
        connect(m, reply.encoded, flipped(self.sent))
        connect(m, executor.bus, flipped(self.bus))
        m.d.comb += [
            self.busy.eq(deframer.pending | reply.busy),
            deframer.broken.eq(self.broken),
            executor.pending.eq(deframer.pending),
            executor.length.eq(deframer.length),
            executor.checksum.eq(deframer.checksum),
            deframer.address.eq(executor.address),
            executor.byte.eq(deframer.byte),
            deframer.release.eq(executor.release),
            executor.reply_busy.eq(reply.busy),
            reply.begin.eq(executor.reply_begin),
            reply.byte.eq(executor.reply_byte),
            reply.byte_en.eq(executor.reply_en),
            reply.commit.eq(executor.reply_commit),
            reply.again.eq(executor.repeat),
        ]
        for event, counter in (
            (deframer.crc_error, self.crc_errors),
            (deframer.frame_error, self.frame_errors),
            (executor.repeat, self.repeats),
        ):
            with m.If(event & ~counter.all()):
                m.d.sync += counter.eq(counter + 1)
        return m


class Link(wiring.Component):
    """Receive requests, carry them out, send replies.

    Parameters
    ----------
    divisor
        Clock cycles of a bit on the line, at least 4.
    """

    rx: Signal
    """Serial line from the host."""
    tx: Signal
    """Serial line to the host."""
    bus: bus.Interface
    """To the registers."""
    crc_errors: Signal
    """Frames with a wrong checksum since reset; it stays at its highest value."""
    frame_errors: Signal
    """Other frames that weren't good since reset; it stays at its highest value."""
    repeats: Signal
    """Replies sent again since reset; it stays at its highest value."""

    def __init__(self, divisor: int) -> None:
        self._divisor = divisor
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
        """Connect receiver, endpoint and transmitter."""
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.endpoint = endpoint = FrameEndpoint()
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        connect(m, receiver.received, endpoint.received)
        connect(m, endpoint.sent, transmitter.sent)
        connect(m, endpoint.bus, flipped(self.bus))
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            endpoint.broken.eq(receiver.framing_error),
            self.crc_errors.eq(endpoint.crc_errors),
            self.frame_errors.eq(endpoint.frame_errors),
            self.repeats.eq(endpoint.repeats),
        ]
        return m
