"""A queue of events, with the window through which the host fills or empties it."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.spiking.events import ADDRESS_BITS, EVENT_BITS

__all__ = ["WINDOW_WORDS", "QueueFromHost", "QueueToHost"]

WINDOW_WORDS = 64
"""Words of a queue's window; each stands for the same queue, so that bursts go through."""

_WINDOW_BITS = (WINDOW_WORDS - 1).bit_length()


def _fifo(depth: int) -> Any:
    return SyncFIFOBuffered(width=EVENT_BITS, depth=depth)


class QueueFromHost(wiring.Component):
    """Events to the chip, from the host's window and from pins.

    A word of the host holds up to two, the first in the low half; halves of kind 0 are none. What
    the host writes where there is no room is lost, and told of; pins wait.
    """

    window: WindowInterface
    """The host's side."""
    pins: stream.Interface
    """From pins, or never valid."""
    events: stream.Interface
    """To the chip."""
    room: Signal
    """Events for which there is room."""
    lost: Signal
    """One cycle: an event of the host was lost."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__(
            {
                "window": In(WindowSignature(_WINDOW_BITS)),
                "pins": In(stream.Signature(EVENT_BITS)),
                "events": Out(stream.Signature(EVENT_BITS)),
                "room": Out(range(depth + 1)),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Put the host's second half in line behind the first, and the pins behind both."""
        m = Module()
        m.submodules.fifo = fifo = _fifo(self._depth)
        second, word, offered = Signal(EVENT_BITS), Signal(EVENT_BITS), Signal()
        m.d.sync += second.eq(0)
        with m.If(self.window.w_en):
            m.d.sync += second.eq(self.window.w_data[EVENT_BITS:])
        m.d.comb += [
            word.eq(second),
            offered.eq(self.window.w_en | (second != 0)),
            self.room.eq(self._depth - fifo.level),
            self.events.valid.eq(fifo.r_rdy),
            self.events.payload.eq(fifo.r_data),
            fifo.r_en.eq(self.events.ready),
        ]
        with m.If(self.window.w_en):
            m.d.comb += word.eq(self.window.w_data[:EVENT_BITS])
        with m.If(offered):
            there = word[ADDRESS_BITS:] != 0
            m.d.comb += [
                fifo.w_data.eq(word),
                fifo.w_en.eq(there),
                self.lost.eq(there & ~fifo.w_rdy),
            ]
        with m.Else():
            m.d.comb += [
                fifo.w_data.eq(self.pins.payload),
                fifo.w_en.eq(self.pins.valid),
                self.pins.ready.eq(fifo.w_rdy),
            ]
        return m


class QueueToHost(wiring.Component):
    """Events from the chip, to the host's window or to pins.

    A read of the window takes one event, or gives 0 where there is none. What comes where there is
    no room is lost, and told of.
    """

    events: stream.Interface
    """From the chip, which never waits: `ready` is always high."""
    window: WindowInterface
    """The host's side."""
    pins: stream.Interface
    """To pins."""
    to_pins: Signal
    """Whether the pins are fed, and not the host."""
    waiting: Signal
    """Events that wait."""
    lost: Signal
    """One cycle: an event was lost."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        super().__init__(
            {
                "events": In(stream.Signature(EVENT_BITS, always_ready=True)),
                "window": In(WindowSignature(_WINDOW_BITS)),
                "pins": Out(stream.Signature(EVENT_BITS)),
                "to_pins": In(1),
                "waiting": Out(range(depth + 1)),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the queue."""
        m = Module()
        m.submodules.fifo = fifo = _fifo(self._depth)
        m.d.comb += [
            fifo.w_data.eq(self.events.payload),
            fifo.w_en.eq(self.events.valid),
            self.lost.eq(self.events.valid & ~fifo.w_rdy),
            self.waiting.eq(fifo.level),
            self.pins.payload.eq(fifo.r_data),
            self.pins.valid.eq(fifo.r_rdy & self.to_pins),
        ]
        taken = Signal()
        m.d.comb += taken.eq(self.window.r_en & ~self.to_pins & fifo.r_rdy)
        m.d.comb += fifo.r_en.eq((self.pins.ready & self.to_pins) | taken)
        m.d.sync += self.window.r_data.eq(0)
        with m.If(taken):
            m.d.sync += self.window.r_data.eq(fifo.r_data)
        return m
