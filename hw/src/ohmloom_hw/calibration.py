"""Correction of each column's offset and gain."""

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.correction import GAIN_FRACTION_BITS, GAIN_MAXIMUM, UNIT_GAIN
from ohmloom_analog.spec import ChipSpec

__all__ = ["GAIN_FRACTION_BITS", "UNIT_GAIN", "Calibration"]


class Calibration(wiring.Component):
    """Subtract offsets, multiply by a gain, round: y = ((x - common - offset) * gain) >> 14.

    Half a unit is added before the shift. With offsets 0 and unit gain y is x, exactly. The result
    has four bits more than x, so it can't overflow.

    With a drift factor, the gain is first multiplied by it, in the same way, and ends at its
    highest value.
    """

    total: Signal
    """Sum of a column: x."""
    common: Signal
    """What the encoding adds to every column."""
    offset: Signal
    """What this column's analog circuit adds."""
    gain: Signal
    """Unsigned, `UNIT_GAIN` is one."""
    factor: Signal
    """With a drift factor: unsigned, `UNIT_GAIN` is one."""
    result: Signal
    """Calibrated sum y, `latency` cycles later."""

    latency = 2
    """Clock cycles from the sum to the result."""

    def __init__(self, spec: ChipSpec) -> None:
        width = spec.accumulator_bits
        self._drifts = spec.defence.drift_factor
        super().__init__(
            {
                "total": In(signed(width)),
                "common": In(signed(width)),
                "offset": In(signed(width)),
                "gain": In(unsigned(16)),
                "result": Out(signed(self.bits(spec))),
                **({"factor": In(unsigned(16))} if self._drifts else {}),
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
            gain.eq(self._effective(m) if self._drifts else self.gain),
            product.eq(difference * gain),
        ]
        half = 1 << (GAIN_FRACTION_BITS - 1)
        m.d.comb += self.result.eq((product + half) >> GAIN_FRACTION_BITS)
        return m

    def _effective(self, m: Module) -> Value:
        product = Signal(32)
        rounded = Signal(32 - GAIN_FRACTION_BITS + 1)
        m.d.comb += [
            product.eq(self.gain * self.factor),
            rounded.eq((product + UNIT_GAIN // 2) >> GAIN_FRACTION_BITS),
        ]
        return Mux(rounded > GAIN_MAXIMUM, GAIN_MAXIMUM, rounded)
