"""The calibration datapath: as its integer reference, monotone, without wrapping.

For all sums and offsets, at the corners of gain and drift factor. Totals saturate for all sums.
"""

import pytest
import z3
from amaranth.hdl import Assert, Assume, Const, Elaboratable, Module, Mux, Signal, signed

from ohmloom_analog.correction import effective_gain
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.calibration import Calibration
from ohmloom_hw.saturation import saturate

USUAL = {
    "tile": [{"count": 2, "rows": 64, "columns": 10, "cell": {"levels": 16}}],
    "encoding": "offset_column",
    "weight_bits": 8,
}
NARROW = {
    "tile": [{"rows": 1, "columns": 1, "cell": {"levels": 2}}],
    "weight_bits": 2,
    "input": {"bits": 1, "slice_bits": 1},
    "adc": {"bits": 1},
}
GAINS = (0, 1, 0x3FFF, 0x4000, 0x4001, 0x8000, 0xFFFF)
# A solver is slow to see that two long chains of additions are equal, so wide sums get few bits.
SPARSE = (0, 1, 0x4000, 0x4001, 0x8000)
FACTORS = (0, 0x2000, 0x4000, 0x7FFF, 0xFFFF)


class _Pair(Elaboratable):
    """Two equal datapaths with different sums; the first isn't above the second."""

    def __init__(self, spec, *, gains, factors, spoilt=False):
        self.spec, self.gains, self.factors, self.spoilt = spec, gains, factors, spoilt
        width = spec.accumulator_bits
        self.low, self.high = Signal(signed(width)), Signal(signed(width))
        self.common, self.offset = Signal(signed(width)), Signal(signed(width))
        self.drifts = spec.ecc is not None

    def ports(self):
        return [self.low, self.high, self.common, self.offset]

    def elaborate(self, platform):
        m = Module()
        m.d.comb += Assume(self.low <= self.high)
        elapsed = Signal(3)
        m.d.sync += elapsed.eq(Mux(elapsed == 7, 7, elapsed + 1))
        for gain in self.gains:
            for factor in self.factors:
                # The reference is the arithmetic that host and models use.
                whole = effective_gain(gain, factor) + self.spoilt
                self._check(m, Const(gain, 16), Const(factor, 16), whole, elapsed)
        return m

    def _check(self, m, gain, factor, whole, elapsed):
        results = []
        for total in (self.low, self.high):
            m.submodules += (dut := Calibration(self.spec))
            m.d.comb += [
                dut.total.eq(total),
                dut.common.eq(self.common),
                dut.offset.eq(self.offset),
                dut.gain.eq(gain),
            ]
            if self.drifts:
                m.d.comb += dut.factor.eq(factor)
            # Four bits more than a result has, so that nothing wraps here.
            expected = Signal(signed(len(dut.result) + 4))
            late = [Signal.like(expected, name="late") for _ in range(2)]
            difference = total - self.common - self.offset
            m.d.comb += expected.eq((difference * whole + (1 << 13)) >> 14)
            m.d.sync += [late[0].eq(expected), late[1].eq(late[0])]
            with m.If(elapsed >= Calibration.latency):
                m.d.comb += Assert(dut.result == late[1])
            results.append(dut.result)
        with m.If(elapsed >= Calibration.latency):
            m.d.comb += Assert(results[0] <= results[1])


@pytest.mark.guarantee("G4", "bit-exact")
@pytest.mark.guarantee("G4", "monotone")
def test_all_sums_and_offsets_at_gains_of_few_bits(prove):
    proof = _Pair(ChipSpec.parse(USUAL), gains=SPARSE, factors=(0x4000,))
    prove(proof, depth=3, ports=proof.ports())


@pytest.mark.guarantee("G4", "bit-exact")
@pytest.mark.guarantee("G4", "monotone")
@pytest.mark.parametrize("ecc", [None, {"drift_factor": True}])
def test_the_narrowest_sums_at_all_corners_of_gain_and_factor(prove, ecc):
    spec = ChipSpec.parse({**NARROW, **({"ecc": ecc} if ecc else {})})
    proof = _Pair(spec, gains=GAINS, factors=FACTORS if ecc else (0x4000,))
    prove(proof, depth=3, ports=proof.ports())


@pytest.mark.guarantee("G4", "bit-exact")
def test_the_proof_can_fail(refute):
    proof = _Pair(ChipSpec.parse(USUAL), gains=(0x4000,), factors=(0x4000,), spoilt=True)
    refute(proof, depth=3, ports=proof.ports())


class _Total(Elaboratable):
    """A total to which a calibrated sum is added, as in the pass over the columns."""

    def __init__(self, spec):
        self.bits = spec.total_bits
        self.total = Signal(signed(spec.total_bits))
        self.sum = Signal(signed(Calibration.bits(spec)))

    def elaborate(self, platform):
        m = Module()
        found, exact = Signal(signed(self.bits)), Signal(signed(64))
        top = (1 << (self.bits - 1)) - 1
        m.d.comb += [
            found.eq(saturate(self.total + self.sum, self.bits)),
            exact.eq(self.total + self.sum),
            Assert(Mux((exact <= top) & (exact >= -top - 1), found == exact, 1)),
            Assert(Mux(exact > top, found == top, 1)),
            Assert(Mux(exact < -top - 1, found == -top - 1, 1)),
        ]
        return m


@pytest.mark.guarantee("G4", "saturates")
def test_totals_saturate_for_all_sums(prove):
    proof = _Total(ChipSpec.parse(USUAL))
    prove(proof, depth=1, ports=[proof.total, proof.sum])


@pytest.mark.guarantee("G4", "monotone")
@pytest.mark.guarantee("G4", "saturates")
def test_the_reference_is_monotone_and_fits_for_all_gains_and_widths():
    difference, more, gain, half_range = z3.Ints("difference more gain half_range")

    def calibrated(value):
        # z3's division by a positive number rounds down, as a shift does.
        return (value * gain + 8192) / 16384

    solver = z3.Solver()
    solver.add(gain >= 0, more >= 0, calibrated(difference) > calibrated(difference + more))
    assert solver.check() == z3.unsat
    # Three numbers of w bits are added, half_range being 2^(w - 1), and w + 4 bits are there.
    solver = z3.Solver()
    solver.add(half_range >= 1, gain >= 0, gain <= 65535)
    solver.add(difference >= -3 * half_range, difference <= 3 * half_range)
    found = calibrated(difference)
    solver.add(z3.Or(found >= 16 * half_range, found < -16 * half_range))
    assert solver.check() == z3.unsat
