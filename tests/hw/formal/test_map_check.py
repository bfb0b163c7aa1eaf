"""Maps are refused if and only if a place is named twice or isn't there, whatever they hold."""

from itertools import combinations

import pytest
from amaranth.hdl import (
    Array,
    Assert,
    Assume,
    Cat,
    ClockDomain,
    Cover,
    Elaboratable,
    Module,
    Mux,
    Signal,
)

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.map_check import MapCheck

pytestmark = pytest.mark.guarantee("G9", "injective")

SPEC = ChipSpec.parse({"tile": [{"count": 2, "rows": 3, "columns": 2}]})
UNUSED = 3
DEPTH = 24


class MapProof(Elaboratable):
    """The check with maps of any content, which keep still, and a start and an end at any time."""

    def __init__(self, covering=None, check=MapCheck):
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering
        self.check = check
        self.start, self.running = Signal(), Signal()
        # Of a column map, 3 stands for a column that isn't used.
        self.columns = [[Signal(2, name=f"column_{t}_{k}") for k in range(2)] for t in range(2)]
        self.rows = [[Signal(2, name=f"row_{t}_{k}") for k in range(3)] for t in range(2)]

    def wrong(self):
        """Whether two are alike or one is too large, pair by pair."""
        faults = []
        for maps, count, free in ((self.columns, 2, UNUSED), (self.rows, 3, None)):
            for places in maps:
                faults += [
                    (a == b) & (a != free if free else 1) for a, b in combinations(places, 2)
                ]
                faults += [(a >= count) & (a != free if free else 1) for a in places]
        return Cat(faults).any()

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = self.check(SPEC)
        content = Cat(self.content)
        before, later, wrong = Signal.like(content), Signal(), Signal()
        m.d.sync += [before.eq(content), later.eq(1)]
        m.d.comb += [Assume(~later | (content == before)), wrong.eq(self.wrong())]
        column = Signal(2)
        m.d.sync += [
            column.eq(Array(Array(places) for places in self.columns)[dut.tile][dut.place]),
            dut.row.eq(Array(Array(places) for places in self.rows)[dut.tile][dut.place]),
        ]
        m.d.comb += [
            dut.start.eq(self.start & ~dut.busy),
            dut.running.eq(self.running),
            dut.unused.eq(column == UNUSED),
            dut.column.eq(Mux(column == UNUSED, 0, column)),
        ]
        whole, busy, passed = Signal(), Signal(), Signal()
        m.d.sync += [busy.eq(dut.busy), passed.eq(dut.passed)]
        with m.If(dut.start):
            m.d.sync += whole.eq(1)
        with m.Elif(~self.running):
            m.d.sync += whole.eq(0)
        ended = busy & ~dut.busy & whole & ~dut.start
        if self.covering is not None:
            m.d.comb += Cover(ended & (dut.refused == self.covering) & (wrong == self.covering))
            return m
        m.d.comb += [
            Assert(~ended | (dut.refused == wrong)),
            Assert(~ended | (passed == ~wrong)),
            Assert(~dut.passed | (whole & ~wrong)),
        ]
        return m

    @property
    def content(self):
        return [signal for places in (*self.columns, *self.rows) for signal in places]

    @property
    def ports(self):
        return [self.sync.clk, self.start, self.running, *self.content]


def test_a_map_is_refused_if_and_only_if_it_is_wrong(prove):
    proof = MapProof()
    prove(proof, depth=DEPTH, ports=proof.ports)


@pytest.mark.parametrize("refused", [0, 1])
def test_the_proof_reaches_the_end_of_a_check(refused, prove):
    proof = MapProof(covering=refused)
    prove(proof, depth=DEPTH, mode="cover", ports=proof.ports)


def test_a_check_that_forgets_is_caught(prove):
    class Forgetful(MapCheck):
        def _judge(self, m, of_rows, final):
            super()._judge(m, of_rows, final)
            with m.If(self.place == 2):
                m.d.sync += self.refused.eq(0)

    proof = MapProof(check=Forgetful)
    with pytest.raises(AssertionError):
        prove(proof, depth=DEPTH, ports=proof.ports)
