"""The budget of pulses: what is left, and what was refused."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.learning.rules import COUNTER_BITS

__all__ = ["PulseBudget"]


class PulseBudget(wiring.Component):
    """Grant pulses while there are some left.

    Parameters
    ----------
    count_bits
        Width of a request.
    counter_bits
        Width of budget and counters; proofs make it smaller.
    """

    load: Signal
    """One cycle: the budget is what is asked for, and nothing has been refused."""
    budget: Signal
    """The budget."""
    ask: Signal
    """One cycle: pulses are asked for, and those granted are taken off the budget."""
    count: Signal
    """How many."""
    granted: Signal
    """How many may be given, in the same cycle."""
    remaining: Signal
    """What is left."""
    refused: Signal
    """Pulses that weren't granted, at most what the counter holds."""

    latency = 0
    """Clock cycles from a request to what is granted."""

    def __init__(self, *, count_bits: int, counter_bits: int = COUNTER_BITS) -> None:
        super().__init__(
            {
                "load": In(1),
                "budget": In(counter_bits),
                "ask": In(1),
                "count": In(count_bits),
                "granted": Out(count_bits),
                "remaining": Out(counter_bits),
                "refused": Out(counter_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the two counters."""
        m = Module()
        missed = Signal(len(self.refused) + 1)
        top = (1 << len(self.refused)) - 1
        m.d.comb += [
            self.granted.eq(Mux(self.count > self.remaining, self.remaining, self.count)),
            missed.eq(self.refused + (self.count - self.granted)),
        ]
        with m.If(self.load):
            m.d.sync += [self.remaining.eq(self.budget), self.refused.eq(0)]
        with m.Elif(self.ask):
            m.d.sync += [
                self.remaining.eq(self.remaining - self.granted),
                self.refused.eq(Mux(missed > top, top, missed)),
            ]
        return m
