"""From a layer's sums to the inputs of the next: scale, activation and argmax."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec

__all__ = ["Argmax", "Requantise"]


class Requantise(wiring.Component):
    """Scale a sum to an entry of the input buffer: clip((z * multiplier + half) >> shift).

    With `relu` the entry is clipped to [0, 2^bits - 1], else to the same range on both sides of
    zero; `ohmloom_analog.codes.Requantiser` holds the arithmetic for the host.
    """

    total: Signal
    """Sum z."""
    multiplier: Signal
    """Unsigned factor; still while sums come."""
    shift: Signal
    """Right shift; still while sums come."""
    relu: Signal
    """Whether negative results become zero; still while sums come."""
    entry: Signal
    """Entry of the input buffer, `latency` cycles later."""

    latency = 3
    """Clock cycles from the sum to the entry."""

    def __init__(self, spec: ChipSpec) -> None:
        self._maximum = spec.input.maximum
        super().__init__(
            {
                "total": In(signed(spec.total_bits)),
                "multiplier": In(unsigned(16)),
                "shift": In(unsigned(6)),
                "relu": In(1),
                "entry": Out(signed(spec.input.bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the multiplier, the rounding shifter and the clip, a cycle each."""
        m = Module()
        product = Signal(signed(len(self.total) + 17))
        doubled = Signal(signed(len(product) + 1))
        scaled = Signal.like(doubled)
        low = Signal(signed(len(self.entry)))
        # One bit more than is wanted is kept of the shift, and rounds: a half needn't be shifted
        # into its place first.
        m.d.comb += [
            low.eq(Mux(self.relu, 0, -self._maximum)),
            scaled.eq((doubled + 1) >> 1),
        ]
        m.d.sync += [
            product.eq(self.total * self.multiplier),
            doubled.eq((product << 1) >> self.shift),
            self.entry.eq(
                Mux(scaled > self._maximum, self._maximum, Mux(scaled < low, low, scaled))
            ),
        ]
        return m


class Argmax(wiring.Component):
    """Keep the index of the largest sum; of equal sums the first."""

    clear: Signal
    """Forget what came before."""
    valid: Signal
    """Whether a sum is there."""
    total: Signal
    """The sum."""
    index: Signal
    """Its place in the result buffer."""
    winner: Signal
    """Index of the largest sum so far, a cycle later; 0 if there was none."""

    def __init__(self, spec: ChipSpec) -> None:
        super().__init__(
            {
                "clear": In(1),
                "valid": In(1),
                "total": In(signed(spec.total_bits)),
                "index": In(range(spec.result_entries)),
                "winner": Out(range(spec.result_entries)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the comparison with the best sum so far."""
        m = Module()
        best = Signal.like(self.total)
        seen = Signal()
        with m.If(self.clear):
            m.d.sync += [seen.eq(0), self.winner.eq(0)]
        with m.Elif(self.valid & (~seen | (self.total > best))):
            m.d.sync += [seen.eq(1), best.eq(self.total), self.winner.eq(self.index)]
        return m
