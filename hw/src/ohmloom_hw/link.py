"""The host link: frames on a serial line become transactions on the bus.

`ohmloom_hw.frame` has the format. A frame that isn't good changes nothing and gets no reply, and
is counted; a zero byte is an unmistakable boundary, so the next frame is taken. A host may have two
requests under way; of more, some are lost.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw import bus
from ohmloom_hw.deframer import Deframer
from ohmloom_hw.executor import Executor
from ohmloom_hw.reply import ReplySender
from ohmloom_hw.uart import UartReceiver, UartTransmitter

__all__ = ["Link"]


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

    def __init__(self, divisor: int) -> None:
        self._divisor = divisor
        super().__init__(
            {
                "rx": In(1),
                "tx": Out(1),
                "bus": Out(bus.Signature()),
                "crc_errors": Out(16),
                "frame_errors": Out(16),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Connect receiver, deframer, executor, reply sender and transmitter."""
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.deframer = deframer = Deframer()
        m.submodules.executor = executor = Executor()
        m.submodules.reply = reply = ReplySender()
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        connect(m, receiver.received, deframer.encoded)
        connect(m, reply.encoded, transmitter.sent)
        connect(m, executor.bus, flipped(self.bus))
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            deframer.broken.eq(receiver.framing_error),
            executor.pending.eq(deframer.pending),
            executor.length.eq(deframer.length),
            deframer.address.eq(executor.address),
            executor.byte.eq(deframer.byte),
            deframer.release.eq(executor.release),
            executor.reply_busy.eq(reply.busy),
            reply.begin.eq(executor.reply_begin),
            reply.byte.eq(executor.reply_byte),
            reply.byte_en.eq(executor.reply_en),
            reply.commit.eq(executor.reply_commit),
        ]
        for event, counter in (
            (deframer.crc_error, self.crc_errors),
            (deframer.frame_error, self.frame_errors),
        ):
            with m.If(event & ~counter.all()):
                m.d.sync += counter.eq(counter + 1)
        return m
