"""Noise for the twin, the same for the same seed: three bytes of a shift register, added up.

The register is xorshift32 with the shifts 13, 17 and 5 (Marsaglia, "Xorshift RNGs", Journal of
Statistical Software 8, 2003), which goes through all 2^32 - 1 states that aren't 0. Three uniform
bytes, centred and doubled, have the standard deviation sqrt(3 (256^2 - 1) / 12) * 2 = 255.998.
"""

from amaranth.hdl import Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["FIRST_STATE", "NOISE_BITS", "TwinNoise"]

FIRST_STATE = 0x9E3779B9
"""State after reset."""

NOISE_BITS = 11
"""Width of a draw, which is signed; its standard deviation is 256."""

_MIDDLE = 3 * 255


class TwinNoise(wiring.Component):
    """Draw numbers, one when asked."""

    seed: Signal
    """Takes the place of the state, if not 0."""
    draw: Signal
    """One cycle: go on to the next number."""
    value: Signal
    """The number, odd, from -765 to 765; it changes in the cycle after `draw` or `seed`."""

    def __init__(self) -> None:
        super().__init__({"seed": In(32), "draw": In(1), "value": Out(signed(NOISE_BITS))})

    def elaborate(self, platform: object) -> Module:
        """Build the register; its low byte, the weakest, isn't used."""
        m = Module()
        state = Signal(32, init=FIRST_STATE)
        step: Value = state
        for place, (name, shift) in enumerate((("left", 13), ("right", -17), ("left", 5))):
            mixed = Signal(32, name=f"{name}_{place}")
            m.d.comb += mixed.eq(step ^ (step << shift if shift > 0 else step >> -shift))
            step = mixed
        with m.If(self.seed != 0):
            m.d.sync += state.eq(self.seed)
        with m.Elif(self.draw):
            m.d.sync += state.eq(step)
        total = Signal(10)
        m.d.comb += [
            total.eq(state[8:16] + state[16:24] + state[24:32]),
            self.value.eq((total << 1) - _MIDDLE),
        ]
        return m
