"""A cell is called written only after its reads in a row, and gets no pulse beyond the limit."""

import pytest
from amaranth.hdl import (
    Assert,
    Assume,
    ClockDomain,
    Cover,
    Elaboratable,
    Module,
    Mux,
    Signal,
)

from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.write_verify import WriteVerify

pytestmark = pytest.mark.guarantee("G8", "limits")

SHAPE = WriteShape(
    tiles=1, rows=1, lines=2, code=3, width=2, wait=2, relax=2, pulses=2, flips=2, confirm=2
)
LIMITS = ("max_pulses", "max_flips", "confirm", "relax", "relax_time")
PLAIN = {
    "max_pulses": 2,
    "max_flips": 1,
    "confirm": 2,
    "relax": 0,
    "relax_time": 1,
    "target": 4,
    "below": 1,
    "above": 1,
    "trim": 0,
    "forming": 0,
}
CASES = {
    "plain": PLAIN,
    "relaxed": PLAIN | {"relax": 1, "confirm": 1},
    "strict": PLAIN | {"confirm": 3, "below": 0, "above": 0, "trim": -2, "max_flips": 0},
    "without limits": PLAIN | {"confirm": 0, "target": 1, "below": 3, "above": 7, "trim": 3},
    "no pulses": PLAIN | {"max_pulses": 0, "confirm": 1},
    "forming": PLAIN | {"forming": 1},
}
INPUTS = {"start": 1, "stop": 1, "done": 1, "read": 3}
FAULTS = ("more pulses", "more flips", "fewer reads", "open above", "other target")


class ConfirmProof(Elaboratable):
    """The gateware of one cell, with any operator and any cell."""

    def __init__(self, fixed, *, prompt=True, induction=False, covering=False, fault=None):
        self.sync, self.covering, self.fault = ClockDomain("sync"), covering, fault
        self.fixed, self.prompt, self.induction = fixed, prompt, induction
        self.free = {name: Signal(bits, name=f"a_{name}") for name, bits in INPUTS.items()}

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, *self.free.values()]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = WriteVerify(SHAPE)
        fixed, free = self.fixed, self.free
        for name in (*LIMITS, "trim", "forming"):
            m.d.comb += getattr(dut, name).eq(fixed[name])
        for name in INPUTS:
            m.d.comb += getattr(dut, name).eq(free[name])
        self._memory(m, dut)
        self._break(m, dut)
        self._assume(m, dut)
        self._check(m, dut)
        return m

    def _memory(self, m, dut):
        """Serve the level; what its pulses look like makes no difference here, so they are 0."""
        asked = Signal(4)
        m.d.sync += asked.eq(dut.word)
        with m.Switch(asked):
            with m.Case(0):
                m.d.comb += dut.data.eq(self.fixed["target"])
            with m.Case(1):
                m.d.comb += dut.data.eq(self.fixed["below"] | self.fixed["above"] << 16)

    def _break(self, m, dut):
        """Build what must not pass."""
        fixed = self.fixed
        if self.fault == "more pulses":
            m.d.comb += dut.max_pulses.eq(fixed["max_pulses"] + 1)
        if self.fault == "more flips":
            m.d.comb += dut.max_flips.eq(fixed["max_flips"] + 1)
        if self.fault == "fewer reads":
            m.d.comb += dut.confirm.eq(fixed["confirm"] - 1)
        if self.fault == "open above":
            m.d.comb += dut.forming.eq(1)
        if self.fault == "other target":
            m.d.comb += dut.trim.eq(fixed["trim"] + 1)

    def _past(self, m, value):
        past = Signal(len(value))
        m.d.sync += past.eq(value)
        return past

    def _assume(self, m, dut):
        free, atwork = self.free, Signal()
        with m.If(free["start"] & ~free["stop"] & ~atwork):
            m.d.sync += atwork.eq(1)
        with m.Elif(dut.ended | free["stop"]):
            m.d.sync += atwork.eq(0)
        m.d.comb += [
            Assume(~free["start"] | ~atwork),
            # An operator answers what it is asked; a prompt one does so at once.
            Assume((free["done"] == dut.valid) if self.prompt else (~free["done"] | dut.valid)),
        ]

    def _check(self, m, dut):
        free, fixed = self.free, self.fixed
        answered = free["done"] & ~free["stop"]
        reading = answered & (dut.op == ArrayOp.VERIFY)
        pulsing = answered & (dut.op != ArrayOp.VERIFY)
        centre = fixed["target"] + fixed["trim"]
        low = max(centre - fixed["below"], 0)
        high = 7 if fixed["forming"] else centre + fixed["above"]
        good = (free["read"] >= low) & (free["read"] <= high)
        row, pulses, flips, last = Signal(3), Signal(3), Signal(3), Signal(3)
        with m.If(free["start"]):
            m.d.sync += [row.eq(0), pulses.eq(0), flips.eq(0), last.eq(0)]
        with m.Elif(reading):
            m.d.sync += row.eq(Mux(good, row + ~row.all(), 0))
        with m.Elif(pulsing):
            m.d.sync += [
                row.eq(0),
                pulses.eq(pulses + 1),
                last.eq(dut.op.as_value()),
                flips.eq(flips + ((last != 0) & (last != dut.op.as_value()))),
            ]
        asks = dut.valid & (dut.op != ArrayOp.VERIFY)
        if self.covering:
            ends = [dut.ended & (dut.status == status) for status in WriteStatus]
            m.d.comb += [
                Cover(ends[WriteStatus.WRITTEN] & (pulses == 2) & (row == 2)),
                Cover(ends[WriteStatus.TOO_MANY_FLIPS] & (pulses == 1)),
                Cover(ends[WriteStatus.TOO_MANY_PULSES] & (pulses == 2)),
            ]
            return
        written = dut.ended & (dut.status == WriteStatus.WRITTEN)
        m.d.comb += [
            Assert(dut.pulses <= fixed["max_pulses"]),
            Assert(dut.flips <= fixed["max_flips"]),
            Assert(~self._past(m, free["stop"]) | ~(dut.valid | dut.ended)),
            # Forming has its own pulses, and they are its only ones.
            Assert(~asks | ((dut.op == ArrayOp.FORM) == fixed["forming"])),
        ]
        if self.induction:
            return
        changed = (last != 0) & (last != dut.op.as_value())
        m.d.comb += [
            Assert(~asks | (pulses < fixed["max_pulses"])),
            Assert(~(asks & changed) | (flips < fixed["max_flips"])),
            Assert(~written | (row != 0) & (row >= fixed["confirm"])),
            Assert(~dut.ended | ((dut.pulses == pulses) & (dut.flips == flips))),
        ]


@pytest.mark.parametrize("name", CASES)
def test_no_pulse_beyond_the_limit_and_no_success_without_its_reads(name, prove):
    proof = ConfirmProof(CASES[name])
    prove(proof, depth=32, ports=proof.ports)


def test_the_same_with_answers_at_any_time(prove):
    proof = ConfirmProof(PLAIN, prompt=False)
    prove(proof, depth=22, ports=proof.ports)


@pytest.mark.parametrize("name", ["plain", "forming"])
def test_counts_stay_within_their_limits_for_ever(name, prove):
    proof = ConfirmProof(CASES[name], prompt=False, induction=True)
    prove(proof, depth=6, mode="prove", ports=proof.ports)


def test_the_proof_reaches_every_end(prove):
    proof = ConfirmProof(PLAIN | {"max_flips": 0}, covering=True)
    prove(proof, depth=40, mode="cover", ports=proof.ports)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds_a_fault(fault, prove):
    proof = ConfirmProof(PLAIN | {"max_flips": 0}, fault=fault)
    with pytest.raises(AssertionError, match="FAIL"):
        prove(proof, depth=40, ports=proof.ports)
