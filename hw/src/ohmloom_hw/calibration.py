"""Correction of each column's offset and gain."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec

__all__ = ["GAIN_FRACTION_BITS", "UNIT_GAIN", "Calibration"]

GAIN_FRACTION_BITS = 14
"""Fraction bits of a gain, which is unsigned in 16 bits."""

UNIT_GAIN = 1 << GAIN_FRACTION_BITS
"""The gain that changes nothing."""


class Calibration(wiring.Component):
    """Subtract offsets, multiply by a gain, round: y = ((x - common - offset) * gain) >> 14.

    Half a unit is added before the shift. With offsets 0 and unit gain y is x, exactly. The result
    has three bits more than x, so it can't overflow.
    """

    total: Signal
    """Sum of a column: x."""
    common: Signal
    """What the encoding adds to every column."""
    offset: Signal
    """What this column's analog circuit adds."""
    gain: Signal
    """Unsigned, `UNIT_GAIN` is one."""
    result: Signal
    """Calibrated sum y, `latency` cycles later."""

    latency = 2
    """Clock cycles from the sum to the result."""

    def __init__(self, spec: ChipSpec) -> None:
        width = spec.accumulator_bits
        super().__init__(
            {
                "total": In(signed(width)),
                "common": In(signed(width)),
                "offset": In(signed(width)),
                "gain": In(unsigned(16)),
                "result": Out(signed(self.bits(spec))),
            }
        )

    @staticmethod
    def bits(spec: ChipSpec) -> int:
        """Return the width of a result."""
        return spec.accumulator_bits + 4

    def elaborate(self, platform: object) -> Module:
        """Build one subtraction, one multiplication and the rounding."""
        m = Module()
        difference = Signal(signed(len(self.total) + 2))
        gain = Signal.like(self.gain)
        product = Signal(signed(len(difference) + 17))
        m.d.sync += [
            difference.eq(self.total - self.common - self.offset),
            gain.eq(self.gain),
            product.eq(difference * gain),
        ]
        half = 1 << (GAIN_FRACTION_BITS - 1)
        m.d.comb += self.result.eq((product + half) >> GAIN_FRACTION_BITS)
        return m
