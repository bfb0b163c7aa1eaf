"""Whatever a learning engine asks for: no pulse that isn't allowed, and all is off at once."""

import pytest
from amaranth.hdl import Assert, Assume, Cat, ClockDomain, Cover, Elaboratable, Module, Signal
from amaranth.lib.wiring import connect

from ohmloom_hw import interlock as interlock_module
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import CellOperator, WriteShape
from ohmloom_hw.interlock import Interlock
from ohmloom_hw.learning.pair_pulser import PairPulser
from ohmloom_hw.learning.rules import LearningShape
from ohmloom_hw.program_control import Job, ProgramControl

SHAPE = WriteShape(
    tiles=1, rows=2, lines=5, code=2, width=1, wait=1, relax=1, pulses=1, flips=1, confirm=1
)
LEARNING = LearningShape(inputs=2, outputs=2, slots=2)
WRITE_KEY, FORM_KEY = 1, 2
BITS = {
    "pin": 1,
    "key": 2,
    "start": 5,
    "abort": 1,
    "lost": 1,
    "running": 1,
    "finished": 1,
    "valid": 1,
    "pulse": 5,
    "spared": 10,
    "codes": 8,
}
FAULTS = ("pin ignored", "key ignored", "abort ignored", "spared ignored", "started anyhow")


@pytest.fixture(autouse=True)
def simple_keys(monkeypatch):
    monkeypatch.setattr(interlock_module, "WRITE_KEY", WRITE_KEY)
    monkeypatch.setattr(interlock_module, "FORM_KEY", FORM_KEY)


class SafetyProof(Elaboratable):
    """Interlock, control, pairs and operator as a core has them, with any pulses on weights."""

    def __init__(self, *, covering=False, fault=None):
        self.sync, self.covering, self.fault = ClockDomain("sync"), covering, fault
        self.free = {name: Signal(bits, name=f"a_{name}") for name, bits in BITS.items()}

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, *self.free.values()]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        free = self.free
        m.submodules.lock = lock = Interlock()
        m.submodules.control = control = ProgramControl(SHAPE, jobs=(Job.LEARN,))
        m.submodules.pairs = pairs = PairPulser(SHAPE, LEARNING)
        m.submodules.operator = operator = CellOperator(SHAPE)
        connect(m, pairs.request, operator.request)
        learning = control.busy & (control.job == Job.LEARN)
        started = Signal()
        with m.If(control.begin & (control.job == Job.LEARN)):
            m.d.sync += started.eq(1)
        with m.Elif(control.stop | ~control.busy):
            m.d.sync += started.eq(0)
        offered = (started & control.busy) | (self.fault == "started anyhow")
        m.d.comb += [
            lock.pin.eq(free["pin"] | (self.fault == "pin ignored")),
            lock.key.eq(WRITE_KEY if self.fault == "key ignored" else free["key"]),
            control.start.eq(free["start"]),
            control.abort.eq(free["abort"] & (self.fault != "abort ignored")),
            control.lost.eq(free["lost"]),
            control.running.eq(free["running"]),
            control.enabled.eq(lock.enabled),
            control.armed.eq(lock.armed),
            # Any rectangle: it is of no account.
            control.first_row.eq(free["codes"]),
            control.finished.eq(free["finished"] & started & ~pairs.busy & ~free["valid"]),
            control.expired.eq(operator.expired),
            control.unasked.eq(operator.unasked),
            control.working.eq(pairs.busy | operator.busy),
            pairs.pulses.valid.eq(free["valid"] & offered),
            pairs.pulses.payload.as_value().eq(free["pulse"]),
            Cat(pairs.set_drive, pairs.set_gate, pairs.reset_drive, pairs.reset_gate).eq(
                free["codes"]
            ),
            pairs.set_width.eq(1),
            pairs.reset_width.eq(1),
            pairs.stop.eq(control.stop),
            operator.stop.eq(control.stop),
            operator.permit.eq(lock.permit),
            operator.rail.eq(1),
            operator.discharge.eq(1),
            operator.timeout.eq(1),
        ]
        asked = Signal.like(pairs.cell)
        m.d.sync += asked.eq(pairs.cell)
        if self.fault != "spared ignored":
            m.d.comb += pairs.spared.eq(free["spared"].bit_select(asked, 1))
        self._assume(m, pairs, control)
        self._check(m, control, learning, pairs, operator)
        return m

    def _past(self, m, value):
        past = Signal(len(value))
        m.d.sync += past.eq(value)
        return past

    def _assume(self, m, pairs, control):
        free, known = self.free, Signal()
        m.d.sync += known.eq(1)
        for name in ("spared", "codes"):
            m.d.comb += Assume(~known | (free[name] == self._past(m, free[name])))
        waits = self._past(m, pairs.pulses.valid & ~pairs.pulses.ready & ~control.stop)
        m.d.comb += [
            # An engine holds what it offers until it is taken.
            Assume(~waits | (free["valid"] & (free["pulse"] == self._past(m, free["pulse"])))),
            Assume(pairs.pulses.payload.number != 0),
            Assume(
                ~free["running"]
                | self._past(m, free["running"] | ~(control.busy | free["start"].any()))
            ),
        ]

    def _check(self, m, control, learning, pairs, operator):
        free, pulse = self.free, pairs.pulses.payload
        lines = Cat(operator.rails, operator.pulse, operator.drive, operator.gate, operator.width)
        safe, key = ~lines.any(), self._past(m, free["key"])
        request = pairs.request
        number = request.row * SHAPE.lines + request.line
        raises = operator.op == ArrayOp.SET
        if self.covering:
            for way in (ArrayOp.SET, ArrayOp.RESET):
                for side in range(2):
                    hit = operator.pulse & (operator.op == way) & (request.line[0] == side)
                    m.d.comb += Cover(hit & (request.row == 1))
            m.d.comb += Cover(pairs.skipped & (pulse.number == 2))
            m.d.comb += Cover(operator.pulse & free["abort"])
            return
        m.d.comb += [
            # All is off a cycle after the pin, the key, an abort or a lost host.
            Assert(safe | self._past(m, free["pin"])),
            Assert(safe | (key == WRITE_KEY) | (key == FORM_KEY)),
            Assert(safe | ~self._past(m, free["abort"] | free["lost"] | control.stop)),
            # Pulses belong to a sample that was begun, and not to a run.
            Assert(~operator.rails | learning),
            Assert(~operator.rails | ~free["running"]),
            # No pulse on a cell that is spared, nor on one beyond the weights.
            Assert(~operator.rails | ~free["spared"].bit_select(number, 1)),
            Assert(~operator.rails | (request.line < 4)),
            # The first of a pair goes the way of the weight, the second the other.
            Assert(~operator.rails | raises | (operator.op == ArrayOp.RESET)),
            Assert(~operator.rails | (raises == (pulse.up ^ request.line[0]))),
        ]


@pytest.mark.guarantee("G12", "budget")
@pytest.mark.guarantee("G15", "writes")
def test_no_pulse_of_learning_that_is_not_allowed(prove):
    proof = SafetyProof()
    prove(proof, depth=24, ports=proof.ports)


@pytest.mark.guarantee("G12", "budget")
def test_the_proof_reaches_both_ways_on_both_cells(prove):
    proof = SafetyProof(covering=True)
    prove(proof, depth=30, mode="cover", ports=proof.ports)


@pytest.mark.guarantee("G12", "budget")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds_a_fault(fault, refute):
    proof = SafetyProof(fault=fault)
    refute(proof, depth=24, ports=proof.ports)
