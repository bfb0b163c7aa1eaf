"""An abort or a lost host releases the word lines in the next cycle, whatever goes on."""

import pytest
from amaranth.hdl import Assert, ClockDomain, Cover, Elaboratable, Module, Signal

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.sequencer import Sequencer

pytestmark = pytest.mark.guarantee("G15", "reads")

SPEC = ChipSpec.parse({"tile": [{"rows": 2, "columns": 2}]})


class SafeStateProof(Elaboratable):
    """The sequencer with free inputs, and the register of the word lines as the core has it."""

    def __init__(self, covering=False):
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering
        self.inputs = {
            name: Signal(name=f"free_{name}")
            for name in (
                "start",
                "abort",
                "lost",
                "gathering",
                "converting",
                "expired",
                "unasked",
                "finishing",
            )
        }
        self.step, self.steps = Signal(128), Signal(range(SPEC.step_entries + 1))
        self.settle, self.codes = Signal(16), Signal(4)

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = Sequencer(SPEC)
        levels = Signal(4)
        for name, free in self.inputs.items():
            m.d.comb += getattr(dut, name).eq(free)
        m.d.comb += [
            dut.step.as_value().eq(self.step),
            dut.steps.eq(self.steps),
            dut.settle.eq(self.settle),
        ]
        with m.If(dut.release):
            m.d.sync += levels.eq(0)
        with m.Elif(dut.apply):
            m.d.sync += levels.eq(self.codes)
        ended, quiet = Signal(), Signal()
        end = self.inputs["abort"] | self.inputs["lost"]
        m.d.sync += ended.eq(end)
        # From the end on until the next start that is taken, the lines stay released.
        with m.If(end & dut.busy):
            m.d.sync += quiet.eq(1)
        with m.Elif(~dut.busy):
            m.d.sync += quiet.eq(0)
        if self.covering:
            m.d.comb += Cover(ended & quiet)
            return m
        m.d.comb += [
            Assert(~ended | (levels == 0)),
            Assert(~quiet | (dut.release & (levels == 0))),
            Assert(~quiet | ~(dut.convert | dut.apply | dut.gather)),
        ]
        return m

    @property
    def ports(self):
        wide = [self.step, self.steps, self.settle, self.codes]
        return [self.sync.clk, *self.inputs.values(), *wide]


def test_lines_are_released_a_cycle_after_an_abort_or_a_lost_host(prove):
    proof = SafeStateProof()
    prove(proof, depth=40, ports=proof.ports)


def test_the_proof_reaches_an_abort_within_a_run(prove):
    proof = SafeStateProof(covering=True)
    prove(proof, depth=40, mode="cover", ports=proof.ports)
