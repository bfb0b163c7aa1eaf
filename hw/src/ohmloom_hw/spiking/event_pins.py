"""Events over pins: one word at a time, bundled data with a four-phase handshake.

The sender puts the word on the data lines, then raises `req`. The receiver takes the word and
raises `ack`; the sender lowers `req`, and the receiver `ack`. Either side may be of any clock:
what comes from outside goes through two flip-flops, and data are still while `req` is high.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from ohmloom_hw.spiking.events import EVENT_BITS

__all__ = ["EventPins", "EventReceiver", "EventSender"]


class EventPins(wiring.Signature):
    """The pins of one direction, seen from the sender: `req` and `data` out, `ack` in."""

    def __init__(self) -> None:
        super().__init__({"req": Out(1), "data": Out(EVENT_BITS), "ack": In(1)})


class EventReceiver(wiring.Component):
    """Take events from pins; the sender waits for its `ack` until there is room."""

    req: Signal
    """From the sender, of any clock."""
    data: Signal
    """From the sender, still while `req` is high."""
    ack: Signal
    """To the sender."""
    events: stream.Interface
    """What has come."""

    def __init__(self) -> None:
        super().__init__(
            {
                "req": In(1),
                "data": In(EVENT_BITS),
                "ack": Out(1),
                "events": Out(stream.Signature(EVENT_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the handshake."""
        m, asked = Module(), Signal()
        m.submodules.synchroniser = FFSynchronizer(self.req, asked)
        with m.FSM():
            with m.State("IDLE"), m.If(asked):
                m.d.sync += self.events.payload.eq(self.data)
                m.next = "HAND OVER"
            with m.State("HAND OVER"):
                m.d.comb += self.events.valid.eq(1)
                with m.If(self.events.ready):
                    m.d.sync += self.ack.eq(1)
                    m.next = "RETURN"
            with m.State("RETURN"), m.If(~asked):
                m.d.sync += self.ack.eq(0)
                m.next = "IDLE"
        return m


class EventSender(wiring.Component):
    """Give events to pins, each when the one before has been taken."""

    events: stream.Interface
    """What is to be sent."""
    req: Signal
    """To the receiver."""
    data: Signal
    """To the receiver, set a clock cycle before `req`."""
    ack: Signal
    """From the receiver, of any clock."""

    def __init__(self) -> None:
        super().__init__(
            {
                "events": In(stream.Signature(EVENT_BITS)),
                "req": Out(1),
                "data": Out(EVENT_BITS),
                "ack": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the handshake."""
        m, taken = Module(), Signal()
        m.submodules.synchroniser = FFSynchronizer(self.ack, taken)
        with m.FSM():
            with m.State("IDLE"), m.If(self.events.valid & ~taken):
                m.d.comb += self.events.ready.eq(1)
                m.d.sync += self.data.eq(self.events.payload)
                m.next = "ASK"
            with m.State("ASK"):
                m.d.sync += self.req.eq(1)
                with m.If(taken):
                    m.d.sync += self.req.eq(0)
                    m.next = "IDLE"
        return m
