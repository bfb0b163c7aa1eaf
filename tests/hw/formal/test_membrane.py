"""A membrane never wraps, whatever flows, and a refractory neuron never spikes.

The sum and the choice after it are proved for all values; the refractory period by induction, for
any number of ticks and any way in which membrane, threshold and inputs move.
"""

import pytest
from amaranth.hdl import Assert, Assume, ClockDomain, Elaboratable, Module, Mux, Signal, signed

from ohmloom_hw.spiking.membrane import Membrane

pytestmark = pytest.mark.guarantee("G13", "membrane")

FREE = ("membrane", "leak", "current", "bias", "threshold", "v_reset", "subtract", "silent")


class _Proof(Elaboratable):
    """A membrane all of whose inputs are free; those of a neuron's kind stay as they are."""

    def __init__(self, *, state_bits, current_bits, fault=None):
        self.sync, self.fault = ClockDomain("sync"), fault
        self.state_bits = state_bits
        self.dut = Membrane(state_bits=state_bits, current_bits=current_bits)
        self.wires = {n: Signal(getattr(self.dut, n).shape(), name=f"a_{n}") for n in FREE}
        self.ticks = Signal(self.dut.ticks.shape())

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, self.ticks, *self.wires.values()]

    def begin(self, m):
        m.domains.sync = self.sync
        m.submodules.dut = self.dut
        m.d.comb += [getattr(self.dut, name).eq(wire) for name, wire in self.wires.items()]
        m.d.comb += [self.dut.ticks.eq(self.ticks), self.dut.add.eq(1)]


class SumProof(_Proof):
    """What comes a cycle after a sum, beside the exact sum in a word that is wide enough."""

    def elaborate(self, platform):
        m, top = Module(), (1 << (self.state_bits - 1)) - 1
        self.begin(m)
        dut, wires = self.dut, self.wires
        exact, there = Signal(signed(len(dut.current) + 4)), Signal()
        refractory = Signal(dut.refractory.shape())
        m.d.comb += dut.refractory.eq(refractory)
        held = {n: Signal.like(wires[n], name=f"held_{n}") for n in ("current", "membrane")}
        m.d.sync += [
            there.eq(1),
            exact.eq(wires["membrane"] - wires["leak"] + wires["current"] + wires["bias"]),
            *(held[name].eq(wires[name]) for name in held),
        ]
        clipped = Signal.like(exact)
        m.d.comb += clipped.eq(Mux(exact > top, top, Mux(exact < -top - 1, -top - 1, exact)))
        if self.fault == "wraps":
            m.d.comb += clipped.eq(exact)
        lowered = Signal.like(exact)
        m.d.comb += lowered.eq(clipped - wires["threshold"])
        inside = (lowered <= top) & (lowered >= -top - 1)
        spike = there & dut.spike
        m.d.comb += [
            Assert(~there | dut.spike | (dut.next_membrane == clipped)),
            Assert(~spike | (clipped >= wires["threshold"])),
            Assert(~spike | ~wires["silent"]),
            Assert(~spike | wires["subtract"] | (dut.next_membrane == wires["v_reset"])),
            Assert(~(spike & wires["subtract"] & inside) | (dut.next_membrane == lowered)),
            # Where a host gives a threshold below 0, the difference saturates too.
            Assert(~(spike & wires["subtract"] & (lowered > top)) | (dut.next_membrane == top)),
        ]
        return m


class RefractoryProof(_Proof):
    """A neuron tick after tick, beside a count of the ticks that it must still be quiet."""

    def elaborate(self, platform):
        m = Module()
        self.begin(m)
        refractory, left = Signal.like(self.dut.refractory), Signal(5)
        begun, ticks = Signal(), Signal.like(self.ticks)
        m.d.comb += self.dut.refractory.eq(refractory)
        m.d.sync += [refractory.eq(self.dut.next_refractory), begun.eq(1), ticks.eq(self.ticks)]
        m.d.comb += Assume(~begun | (ticks == self.ticks))
        with m.If(self.dut.spike):
            m.d.sync += left.eq(self.ticks + (self.fault == "longer"))
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        m.d.comb += [Assert((left == 0) | ~self.dut.spike), Assert(left == refractory)]
        return m


@pytest.mark.parametrize(("state_bits", "current_bits"), [(12, 20), (16, 37), (24, 43)])
def test_no_sum_wraps(state_bits, current_bits, prove):
    proof = SumProof(state_bits=state_bits, current_bits=current_bits)
    prove(proof, depth=3, ports=proof.ports)


def test_a_sum_that_wraps_would_be_found(refute):
    proof = SumProof(state_bits=12, current_bits=20, fault="wraps")
    refute(proof, depth=3, ports=proof.ports)


def test_no_spike_follows_within_the_refractory_ticks(prove):
    proof = RefractoryProof(state_bits=16, current_bits=37)
    prove(proof, depth=4, ports=proof.ports, mode="prove")


def test_a_spike_too_soon_would_be_found(refute):
    proof = RefractoryProof(state_bits=16, current_bits=37, fault="longer")
    refute(proof, depth=8, ports=proof.ports)
