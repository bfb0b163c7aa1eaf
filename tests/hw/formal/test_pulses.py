"""No pulse but a whole one: lines settled before, exact width, all off after whatever ends it."""

import pytest
from amaranth.hdl import Assert, Assume, Cat, ClockDomain, Cover, Elaboratable, Module, Mux, Signal

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import CellOperator, WriteShape

pytestmark = pytest.mark.guarantee("G8", "whole-pulses")

SHAPE = WriteShape(tiles=2, rows=2, lines=2, code=2, width=2, wait=2)
PAYLOAD = {"op": 3, "tile": 1, "row": 1, "line": 1, "drive": 2, "gate": 2, "width": 2}
SETTINGS = {"rail": 2, "discharge": 2, "average": 3, "timeout": 2}
FLAGS = ("valid", "stop", "permit", "done")
FAULTS = ("no permit", "no stop", "longer pulse", "shorter settling", "shorter discharge")


class PulseProof(Elaboratable):
    """The operator, with any array, and any client that keeps the rules of its request."""

    def __init__(self, *, covering=False, fault=None):
        self.sync, self.covering, self.fault = ClockDomain("sync"), covering, fault
        self.payload = {name: Signal(bits, name=f"a_{name}") for name, bits in PAYLOAD.items()}
        self.settings = {name: Signal(bits, name=f"a_{name}") for name, bits in SETTINGS.items()}
        self.flags = {name: Signal(name=f"a_{name}") for name in FLAGS}

    @property
    def ports(self):
        free = (self.payload, self.settings, self.flags)
        return [self.sync.clk, self.sync.rst, *(s for group in free for s in group.values())]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = CellOperator(SHAPE)
        for name, free in self.payload.items():
            wire = getattr(dut.request, name)
            m.d.comb += (wire.as_value() if name == "op" else wire).eq(free)
        for name, free in (*self.settings.items(), *self.flags.items()):
            m.d.comb += getattr(dut.request if name == "valid" else dut, name).eq(free)
        self._break(m, dut)
        self._assume(m, dut)
        if self.covering:
            self._cover(m, dut)
        else:
            self._check(m, dut)
        return m

    def _break(self, m, dut):
        """Build what must not pass."""
        free = {**self.settings, **self.flags, **self.payload}
        if self.fault == "no permit":
            m.d.comb += dut.permit.eq(1)
        if self.fault == "no stop":
            m.d.comb += dut.stop.eq(free["stop"] & ~dut.pulse)
        if self.fault == "longer pulse":
            m.d.comb += dut.request.width.eq(Mux(free["width"] == 2, 3, free["width"]))
        if self.fault == "shorter settling":
            m.d.comb += dut.rail.eq(Mux(free["rail"] == 3, 2, free["rail"]))
        if self.fault == "shorter discharge":
            m.d.comb += dut.discharge.eq(free["discharge"] >> 1)

    def _past(self, m, value, *, through_reset=False):
        past = Signal(len(value), reset_less=through_reset)
        m.d.sync += past.eq(value)
        return past

    def _assume(self, m, dut):
        flags = self.flags
        payload, settings = Cat(self.payload.values()), Cat(self.settings.values())
        held = self._past(m, flags["valid"] & ~dut.request.done & ~flags["stop"])
        stopped, known = self._past(m, flags["stop"]), Signal()
        forbidden = self._past(m, ~flags["permit"] & ~flags["stop"] & flags["valid"])
        m.d.sync += known.eq(1)
        m.d.comb += [
            Assume((self.payload["op"] >= 1) & (self.payload["op"] <= 4)),
            Assume(self.settings["average"] <= 1),
            # The client waits for its answer, and withdraws what was stopped.
            Assume(~held | (flags["valid"] & (payload == self._past(m, payload)))),
            Assume(~stopped | ~flags["valid"]),
            # The host's registers stand still.
            Assume(~known | (settings == self._past(m, settings))),
            # The control stops what expires; what loses its permit it stops a cycle later at the
            # latest, and the permit stays away until then.
            Assume(~dut.expired | flags["stop"]),
            Assume(~forbidden | (flags["stop"] & ~flags["permit"])),
        ]

    def _check(self, m, dut):
        rail, discharge = self.settings["rail"], self.settings["discharge"]
        width, cut = self.payload["width"], Signal()
        safe = ~Cat(dut.rails, dut.pulse, dut.drive, dut.gate, dut.width, dut.start).any()
        stopped = self._past(m, self.flags["stop"])
        stood, length, after = Signal(3), Signal(3), Signal(3)
        pulsed, railed = self._past(m, dut.pulse), self._past(m, dut.rails)
        with m.If(~dut.rails):
            m.d.sync += [stood.eq(0), length.eq(0), after.eq(0)]
        with m.Elif(dut.pulse):
            m.d.sync += length.eq(length + ~length.all())
        with m.Elif(length == 0):
            m.d.sync += stood.eq(stood + ~stood.all())
        with m.Else():
            m.d.sync += after.eq(after + ~after.all())
        shown = Cat(dut.op.as_value(), dut.drive, dut.gate, dut.width)
        place = Cat(self.payload[name] for name in ("tile", "row", "line"))
        same = (shown == self._past(m, shown)) & (place == self._past(m, place))
        m.d.comb += [
            cut.eq(stopped | ~self.flags["permit"]),
            # Nothing without a permit, and nothing after a stop or a reset.
            Assert(~dut.rails | self.flags["permit"]),
            Assert(~stopped | safe),
            Assert(~self._past(m, self.sync.rst, through_reset=True) | safe),
            Assert(dut.rails | ~Cat(dut.drive, dut.gate, dut.width).any()),
            # A pulse lies within rails that have settled, once and for exactly its width.
            Assert(~dut.pulse | dut.rails),
            Assert(~dut.pulse | pulsed | ((stood >= rail) & (stood != 0) & (length == 0))),
            Assert(~dut.pulse | (length < width)),
            # Rails don't stand longer than they must; induction needs to know.
            Assert(~dut.rails | (stood <= rail) | (stood == 1) | ((width == 0) & ~stood.all())),
            Assert(~dut.rails | (after <= discharge) | (after == 1)),
            Assert(~pulsed | dut.pulse | cut | (length == width)),
            Assert(
                ~railed | dut.rails | cut | ((after >= discharge) & (after != 0)) | (width == 0)
            ),
            # Meanwhile everything stands still, and no conversion begins.
            Assert(~(railed & dut.rails) | same),
            Assert(~dut.rails | ((dut.op != ArrayOp.READ) & (dut.op != ArrayOp.VERIFY))),
            Assert(~(dut.rails & dut.start)),
            # Who is told of a pulse has had it.
            Assert(~dut.request.done | (dut.op == ArrayOp.VERIFY) | ~dut.rails),
        ]

    def _cover(self, m, dut):
        pulses = Signal(2)
        with m.If(dut.request.done & (dut.op != ArrayOp.VERIFY) & (self.payload["width"] == 3)):
            m.d.sync += pulses.eq(pulses + 1)
        m.d.comb += [
            Cover((pulses == 2) & (self.settings["rail"] == 3)),
            Cover(dut.request.done & (dut.op == ArrayOp.VERIFY)),
            Cover(dut.pulse & self.flags["stop"]),
        ]


@pytest.mark.parametrize("mode", ["bmc", "prove"])
def test_every_pulse_is_whole_and_every_end_is_safe(mode, prove):
    proof = PulseProof()
    prove(proof, depth=24, mode=mode, ports=proof.ports)


def test_the_proof_reaches_pulses_reads_and_a_stop_within_a_pulse(prove):
    proof = PulseProof(covering=True)
    prove(proof, depth=30, mode="cover", ports=proof.ports)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds_a_fault(fault, prove):
    proof = PulseProof(fault=fault)
    with pytest.raises(AssertionError, match="FAIL"):
        prove(proof, depth=24, ports=proof.ports)
