"""What a tick does to one membrane: sum up without wrapping, then spike or not."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.saturation import saturate

__all__ = ["REFRACTORY_BITS", "Membrane"]

REFRACTORY_BITS = 4
"""Width of the count of refractory ticks."""


class Membrane(wiring.Component):
    """The last two steps of a neuron, as `ohmloom_analog.neurons` describes them.

    With `add` the sum is taken from the inputs of its first group; those of the second are looked
    at from the next cycle on, and the outputs are theirs.

    Parameters
    ----------
    state_bits
        Width of the membrane.
    current_bits
        Width of the current.
    """

    latency = 1
    """Clock cycles from `add` to the outputs."""

    add: Signal
    """Take the sum of the four below."""
    membrane: Signal
    """Membrane before the tick."""
    leak: Signal
    """What leaks away."""
    current: Signal
    """What flows in."""
    bias: Signal
    """What always flows in."""
    refractory: Signal
    """Ticks in which no spike may follow, before the tick."""
    threshold: Signal
    """Membrane at or above which the neuron spikes."""
    v_reset: Signal
    """Membrane after a spike, unless `subtract`."""
    subtract: Signal
    """A spike subtracts the threshold."""
    silent: Signal
    """The neuron never spikes."""
    ticks: Signal
    """Refractory ticks after a spike."""
    spike: Signal
    """The neuron spikes."""
    next_membrane: Signal
    """Membrane after the tick."""
    next_refractory: Signal
    """Refractory ticks that are left then."""

    def __init__(self, *, state_bits: int, current_bits: int) -> None:
        self._state_bits = state_bits
        potential = signed(state_bits)
        super().__init__(
            {
                "add": In(1),
                "membrane": In(potential),
                "leak": In(signed(state_bits + 1)),
                "current": In(signed(current_bits)),
                "bias": In(potential),
                "refractory": In(REFRACTORY_BITS),
                "threshold": In(potential),
                "v_reset": In(potential),
                "subtract": In(1),
                "silent": In(1),
                "ticks": In(REFRACTORY_BITS),
                "spike": Out(1),
                "next_membrane": Out(potential),
                "next_refractory": Out(REFRACTORY_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the sum and the choice after it."""
        m, bits = Module(), self._state_bits
        reached = Signal(signed(bits))
        with m.If(self.add):
            total = self.membrane - self.leak + self.current + self.bias
            m.d.sync += reached.eq(saturate(total, bits))
        lowered = Mux(self.subtract, saturate(reached - self.threshold, bits), self.v_reset)
        resting = self.refractory == 0
        m.d.comb += [
            self.spike.eq(resting & ~self.silent & (reached >= self.threshold)),
            self.next_membrane.eq(Mux(self.spike, lowered, reached)),
        ]
        with m.If(self.spike):
            m.d.comb += self.next_refractory.eq(self.ticks)
        with m.Elif(~resting):
            m.d.comb += self.next_refractory.eq(self.refractory - 1)
        return m
