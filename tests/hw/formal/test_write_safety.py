"""Whatever host, pin and arrays do: no pulse that isn't allowed, and all is off at once."""

import pytest
from amaranth.hdl import Assert, Assume, Cat, ClockDomain, Cover, Elaboratable, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from ohmloom_hw import interlock as interlock_module
from ohmloom_hw import write_engine
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.bus import WindowSignature
from ohmloom_hw.cell_operator import CellOperator, WriteShape
from ohmloom_hw.interlock import Interlock
from ohmloom_hw.program_control import Job, ProgramControl
from ohmloom_hw.write_engine import WriteEngine

SHAPE = WriteShape(
    tiles=1, rows=1, lines=2, code=2, width=1, wait=1, relax=1, pulses=1, flips=1, confirm=1
)
WRITE_KEY, FORM_KEY = 1, 2
BITS = {
    "pin": 1,
    "key": 2,
    "start": 4,
    "abort": 1,
    "lost": 1,
    "running": 1,
    "done": 1,
    "codes": 2,
    "levels": 32,
    "targets": 32,
    "written": 32,
}
FAULTS = ("pin ignored", "key ignored", "abort ignored")


class AnyMemory(wiring.Component):
    """A memory of any content, in place of `WordBuffer`: what it shows is an input of the proof."""

    shown = iter(())

    def __init__(self, *, entries, bits):
        super().__init__(
            {
                "window": In(WindowSignature((entries - 1).bit_length())),
                "running": In(1),
                "place": In(range(entries)),
                "value": Out(bits),
                "w_en": In(1),
                "w_value": In(bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.value.eq(next(self.shown))
        return m


@pytest.fixture(autouse=True)
def simple_parts(monkeypatch):
    monkeypatch.setattr(write_engine, "WordBuffer", AnyMemory)
    monkeypatch.setattr(interlock_module, "WRITE_KEY", WRITE_KEY)
    monkeypatch.setattr(interlock_module, "FORM_KEY", FORM_KEY)


class SafetyProof(Elaboratable):
    """Interlock, control, engine and operator as a core has them, with free registers and pins."""

    def __init__(self, *, induction=False, covering=False, fault=None):
        self.sync, self.fault = ClockDomain("sync"), fault
        self.induction, self.covering = induction, covering
        self.free = {name: Signal(bits, name=f"a_{name}") for name, bits in BITS.items()}

    @property
    def ports(self):
        return [self.sync.clk, self.sync.rst, *self.free.values()]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        free = self.free
        AnyMemory.shown = iter(free[name] for name in ("levels", "targets", "written"))
        m.submodules.lock = lock = Interlock()
        m.submodules.control = control = ProgramControl(SHAPE, jobs=(Job.WRITE, Job.FORM))
        m.submodules.engine = engine = WriteEngine(SHAPE, levels=2)
        m.submodules.operator = operator = CellOperator(SHAPE)
        connect(m, engine.request, operator.request)
        m.d.comb += [
            lock.pin.eq(free["pin"] | (self.fault == "pin ignored")),
            lock.key.eq(WRITE_KEY if self.fault == "key ignored" else free["key"]),
            control.start.eq(free["start"]),
            control.abort.eq(free["abort"] & (self.fault != "abort ignored")),
            control.lost.eq(free["lost"]),
            control.running.eq(free["running"]),
            control.enabled.eq(lock.enabled),
            control.armed.eq(lock.armed),
            control.forming.eq(lock.forming),
            control.last_line.eq(1),
            control.finished.eq(engine.finished),
            control.bad_level.eq(engine.bad_level),
            control.expired.eq(operator.expired),
            control.unasked.eq(operator.unasked),
            control.working.eq(engine.busy | operator.busy),
            engine.start.eq(control.begin),
            engine.forming.eq(control.job == Job.FORM),
            engine.last_line.eq(1),
            engine.max_pulses.eq(1),
            engine.confirm.eq(1),
            engine.stop.eq(control.stop),
            engine.expired.eq(operator.expired),
            operator.stop.eq(control.stop),
            operator.permit.eq(lock.permit),
            operator.rail.eq(1),
            operator.discharge.eq(1),
            operator.timeout.eq(1),
            operator.done.eq(free["done"]),
            operator.codes.eq(free["codes"]),
        ]
        self._assume(m, control, engine)
        self._check(m, control, engine, operator, lock)
        return m

    def _past(self, m, value):
        past = Signal(len(value))
        m.d.sync += past.eq(value)
        return past

    def _assume(self, m, control, engine):
        free = self.free
        running, line = free["running"], engine.line
        content = Cat(free["targets"], free["written"])
        moved = self._past(m, line) != self._past(m, self._past(m, line))
        busy = self._past(m, engine.busy)
        m.d.comb += [
            # A memory shows the same as long as it is asked for the same.
            Assume(~(busy & self._past(m, busy)) | moved | (content == self._past(m, content))),
            # The core begins no run while there is a job, and the bus asks for one at a time.
            Assume(~running | self._past(m, running | ~(control.busy | free["start"].any()))),
        ]

    def _check(self, m, control, engine, operator, lock):
        free, request = self.free, engine.request
        safe = ~Cat(
            operator.rails, operator.pulse, operator.drive, operator.gate, operator.width
        ).any()
        key = self._past(m, free["key"])
        reset = Signal(reset_less=True)
        m.d.sync += reset.eq(self.sync.rst)
        half = free["targets"].word_select(engine.line, 16)
        failed = Cat(free["written"][29:32] == status for status in (2, 3, 6, 7)).any()
        forming = operator.rails & (operator.op == ArrayOp.FORM)
        payload = Cat(request.op.as_value(), request.line, request.drive, request.gate)
        held = self._past(m, request.valid & ~request.done & ~control.stop)
        forbidden = self._past(m, request.valid & ~lock.permit & ~control.stop)
        if self.covering:
            m.d.comb += [
                Cover(operator.pulse & (operator.op == ArrayOp.SET)),
                Cover(operator.pulse & (operator.op == ArrayOp.FORM) & free["abort"]),
                Cover(operator.pulse & (engine.line == 1)),
            ]
            return
        m.d.comb += [
            # All is off a cycle after the pin, the key, an abort, a lost host or a reset.
            Assert(safe | self._past(m, free["pin"])),
            Assert(safe | (key == WRITE_KEY) | (key == FORM_KEY)),
            Assert(safe | ~self._past(m, control.stop)),
            Assert(safe | ~reset),
        ]
        if self.induction:
            return
        m.d.comb += [
            Assert(safe | ~self._past(m, free["abort"] | free["lost"])),
            # What the proof of the operator takes for granted.
            Assert(~forbidden | (control.stop & ~lock.permit)),
            Assert(~operator.expired | control.stop | ~request.valid),
            Assert(~self._past(m, control.stop) | ~request.valid),
            Assert(~held | (request.valid & (payload == self._past(m, payload)))),
            # The job's own conditions.
            Assert(~operator.rails | control.busy),
            Assert(~operator.rails | ~half[15]),
            Assert(~operator.rails | ~failed),
            Assert(~operator.rails | ~free["running"]),
            # Forming needs its own key, which may have been taken away a cycle before.
            Assert(~forming | (self._past(m, key) == FORM_KEY)),
        ]


@pytest.mark.guarantee("G8", "interlock")
@pytest.mark.guarantee("G15", "writes")
def test_no_pulse_that_is_not_allowed(prove):
    proof = SafetyProof()
    prove(proof, depth=30, ports=proof.ports)


@pytest.mark.guarantee("G15", "writes")
def test_all_is_off_a_cycle_after_pin_key_stop_or_reset_in_any_state(prove):
    proof = SafetyProof(induction=True)
    prove(proof, depth=6, mode="prove", ports=proof.ports)


@pytest.mark.guarantee("G8", "interlock")
def test_the_proof_reaches_pulses(prove):
    proof = SafetyProof(covering=True)
    prove(proof, depth=60, mode="cover", ports=proof.ports)


@pytest.mark.guarantee("G8", "interlock")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds_a_fault(fault, prove):
    proof = SafetyProof(fault=fault)
    with pytest.raises(AssertionError, match="FAIL"):
        prove(proof, depth=30, ports=proof.ports)
