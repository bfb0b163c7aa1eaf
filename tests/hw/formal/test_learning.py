"""A learning engine never gives more pulses than its budget, and always comes to its end.

The budget alone is proved without a bound. The engine is proved for as many cycles as its slowest
sample takes and some more: waits for `ready` only lengthen a sample, as nothing moves in them.
"""

import pytest
from amaranth.hdl import Assert, Assume, ClockDomain, Cover, Elaboratable, Module, Signal

from ohmloom_hw.learning.budget import PulseBudget
from ohmloom_hw.learning.engine import LearningEngine
from ohmloom_hw.learning.rules import LearningShape

pytestmark = pytest.mark.guarantee("G12", "budget")

BITS = 4
SHAPE = LearningShape(
    inputs=2, outputs=2, input_bits=1, sum_bits=2, error_bits=1, accumulator_bits=2, slots=2
)


class BudgetProof(Elaboratable):
    """The budget, with any client that asks while it doesn't load."""

    def __init__(self, *, fault=False):
        self.sync, self.fault = ClockDomain("sync"), fault
        self.load, self.ask = Signal(), Signal()
        self.budget, self.count = Signal(BITS), Signal(2)

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, self.load, self.ask, self.budget, self.count]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = PulseBudget(count_bits=2, counter_bits=BITS)
        allowed, given, missed = Signal(BITS), Signal(BITS + 4), Signal(BITS + 4)
        m.d.comb += [
            dut.load.eq(self.load),
            dut.ask.eq(self.ask),
            dut.budget.eq(self.budget),
            dut.count.eq(self.count),
        ]
        with m.If(self.load):
            m.d.sync += [allowed.eq(self.budget), given.eq(0), missed.eq(0)]
        with m.Elif(self.ask):
            granted = self.count if self.fault else dut.granted
            m.d.sync += given.eq(given + granted)
            m.d.sync += missed.eq(missed + self.count - granted)
        m.d.comb += [
            Assert(given + dut.remaining == allowed),
            Assert(given <= allowed),
            Assert(dut.granted <= self.count),
            # What isn't granted is for lack of budget alone.
            Assert((dut.granted == self.count) | (dut.granted == dut.remaining)),
            Assume(missed < (1 << BITS)),
            Assert(dut.refused == missed),
        ]
        return m


class EngineProof(Elaboratable):
    """The engine with any samples, settings and stalls."""

    def __init__(self, *, covering=False, fault=None):
        self.sync, self.covering, self.fault = ClockDomain("sync"), covering, fault
        self.dut = LearningEngine(SHAPE, counter_bits=BITS)
        free = ("restart", "input_en", "input_place", "input_data", "sum_en", "sum_place")
        names = (*free, "sum_data", "label", "begin")
        self.wires = {
            name: Signal(getattr(self.dut, name).shape(), name=f"a_{name}") for name in names
        }
        self.settings = Signal(self.dut.settings.as_value().shape(), name="a_settings")
        self.ready = Signal()

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, self.settings, self.ready, *self.wires.values()]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = self.dut
        m.d.comb += [getattr(dut, name).eq(wire) for name, wire in self.wires.items()]
        m.d.comb += [dut.settings.as_value().eq(self.settings), dut.pulses.ready.eq(self.ready)]
        known, before = Signal(), Signal.like(self.settings)
        label = Signal.like(self.wires["label"])
        m.d.sync += [known.eq(1), before.eq(self.settings), label.eq(dut.label)]
        still = (self.settings == before) & (dut.label == label)
        m.d.comb += Assume(~known | ~dut.busy | still)
        allowed, given, cycles = Signal(BITS), Signal(BITS + 1), Signal(8)
        taken = dut.pulses.valid & dut.pulses.ready
        with m.If(dut.restart & ~dut.busy):
            m.d.sync += [allowed.eq(dut.settings.budget), given.eq(0)]
        with m.Elif(taken):
            m.d.sync += given.eq(given + dut.pulses.payload.number)
        with m.If(~dut.busy):
            m.d.sync += cycles.eq(0)
        with m.Elif(~dut.pulses.valid | dut.pulses.ready):
            m.d.sync += cycles.eq(cycles + 1)
        offered = Signal(BITS)
        m.d.comb += offered.eq(dut.pulses.payload.number * dut.pulses.valid)
        most = SHAPE.most_cycles(SHAPE.slots) - (8 if self.fault == "too short" else 0)
        less = 1 if self.fault == "budget" else 0
        if self.covering:
            m.d.comb += Cover(dut.done & (given == 3) & (dut.refused == 1) & (cycles > 20))
        else:
            m.d.comb += [
                Assert(given + offered + less <= allowed),
                # What is granted is on its way or has been taken: none is lost.
                Assert(given + offered + dut.remaining == allowed),
                Assert(cycles < most),
                Assert(~dut.pulses.valid | (dut.pulses.payload.number != 0)),
            ]
        return m


def test_no_client_gets_more_than_the_budget(prove):
    proof = BudgetProof()
    prove(proof, depth=6, mode="prove", ports=proof.ports)


def test_the_proof_finds_a_client_that_takes_what_was_not_granted(refute):
    proof = BudgetProof(fault=True)
    refute(proof, depth=6, ports=proof.ports)


def test_engine_keeps_to_its_budget_and_halts(prove):
    proof = EngineProof()
    prove(proof, depth=SHAPE.most_cycles(SHAPE.slots) + 6, ports=proof.ports)


def test_the_proof_reaches_the_end_of_a_sample_that_is_refused_pulses(prove):
    proof = EngineProof(covering=True)
    prove(proof, depth=50, mode="cover", ports=proof.ports)


@pytest.mark.parametrize("fault", ["budget", "too short"])
def test_the_proof_finds_a_wrong_claim(fault, refute):
    proof = EngineProof(fault=fault)
    refute(proof, depth=SHAPE.most_cycles(SHAPE.slots) + 2, ports=proof.ports)
