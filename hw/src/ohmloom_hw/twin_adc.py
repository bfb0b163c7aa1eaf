"""The converters of the twin: from the sum of a line to its code, in integers alone.

With nothing added it gives the codes that an ideal array with ideal converters of the same bits
gives. One LSB is 2^k unit currents (k is `ChipSpec.adc_shift`), so the code of a line whose
cells and drivers add up to S unit currents is S / 2^k, rounded, a tie upwards::

    x    = S drift / 2^15 / 2^k + (noise n / 256 + offset) / 128          [LSB]
    code = floor(x + 1/2), within [0, 2^bits - 1]

All of it is computed in units of 2^-(15 + k) LSB, without rounding before the floor. The analog
chain computes the same in floating point and adds 1e-9 LSB before its floor; x is a multiple of
2^-k, so both give the same code as long as that chain's own rounding stays below 1e-9 LSB.

=============  ==========================================================  ========================
symbol         name                                                        unit
=============  ==========================================================  ========================
S              sum of code times level over the rows                       unit current
k              ADC step, as a power of two of the unit current              1
drift          what is left of the conductances                            1/32768
n              a draw of `TwinNoise`, standard deviation 256               1
noise          standard deviation                                          1/128 LSB
offset         code at zero current                                        1/128 LSB
=============  ==========================================================  ========================
"""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.twin_noise import TwinNoise

__all__ = ["DRIFT_FRACTION_BITS", "UNIT_DRIFT", "TwinAdc"]

DRIFT_FRACTION_BITS = 15
"""Fraction bits of the drift factor, which is unsigned in 16 bits."""

UNIT_DRIFT = 1 << DRIFT_FRACTION_BITS
"""The drift factor that changes nothing."""

_LSB_FRACTION_BITS = 7


class TwinAdc(wiring.Component):
    """From the sum of a line to its code: drift, offset, noise, rounding, clipping."""

    valid: Signal
    """A sum is there."""
    total: Signal
    """The sum S."""
    noise: Signal
    """Amplitude of the noise [1/128 LSB]."""
    seed: Signal
    """Starts the noise anew, if not 0."""
    drift: Signal
    """Drift factor, `UNIT_DRIFT` is one."""
    offset: Signal
    """Code at zero current [1/128 LSB]."""
    ready: Signal
    """The outputs below are those of the sum `latency` cycles ago."""
    code: Signal
    """The code."""
    over_range: Signal
    """Whether it was clipped."""

    latency = 2
    """Clock cycles from a sum to its code."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        super().__init__(
            {
                "valid": In(1),
                "total": In(spec.line_sum_maximum.bit_length()),
                "noise": In(16),
                "seed": In(32),
                "drift": In(16),
                "offset": In(signed(16)),
                "ready": Out(1),
                "code": Out(spec.adc.bits),
                "over_range": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build two multipliers and the rounding, a cycle each."""
        spec, m = self._spec, Module()
        m.submodules.generator = generator = TwinNoise()
        m.d.comb += [generator.seed.eq(self.seed), generator.draw.eq(self.valid)]
        shift = DRIFT_FRACTION_BITS + spec.adc_shift
        drifted = Signal(len(self.total) + 16)
        noise = Signal(signed(len(generator.value) + 17))
        ready = Signal()
        m.d.sync += [
            ready.eq(self.valid),
            self.ready.eq(ready),
            drifted.eq(self.total * self.drift),
            noise.eq(generator.value * self.noise),
        ]
        # What has no fraction of its own is aligned by a shift, so nothing is lost.
        added = Signal(signed(len(noise) + 2))
        aligned = DRIFT_FRACTION_BITS - _LSB_FRACTION_BITS
        m.d.comb += added.eq(noise + (self.offset << aligned))
        fraction = Signal(signed(max(len(drifted), len(added) + spec.adc_shift) + 2))
        code = Signal(signed(len(fraction) - shift))
        m.d.comb += [
            fraction.eq(drifted + (added << spec.adc_shift) + (1 << (shift - 1))),
            code.eq(fraction >> shift),
        ]
        low, high = code < 0, code > spec.code_maximum
        m.d.sync += [
            self.code.eq(Mux(low, 0, Mux(high, spec.code_maximum, code))),
            self.over_range.eq(low | high),
        ]
        return m
