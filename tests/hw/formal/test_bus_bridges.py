"""Bridges of exported buses: each transfer answered once, whatever master and registers do.

Masters hold what they ask for until it is taken, as the standards want it, and registers answer
whenever they like. A fault leads around the bridge what it has to heed.
"""

import pytest
from amaranth.hdl import Assert, Assume, Cat, ClockDomain, Cover, Elaboratable, Module, Mux, Signal

from ohmloom_hw.buses.apb import ApbBridge
from ohmloom_hw.buses.axi4lite import Axi4LiteBridge
from ohmloom_hw.buses.wishbone import WishboneBridge

pytestmark = pytest.mark.guarantee("G11", "formal")


class _Proof(Elaboratable):
    """A bridge with free inputs; `fault` names one that it sees as all ones."""

    bridge: type
    free: tuple[tuple[str, int], ...]

    def __init__(self, *, fault=None, covering=False):
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering
        self.fault = fault
        self.inputs = {name: Signal(width, name=name) for name, width in self.free}
        self.target = {"ack": Signal(), "err": Signal(), "r_data": Signal(32)}

    @property
    def ports(self):
        return [self.sync.clk, *self.inputs.values(), *self.target.values()]

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = self.bridge()
        for name, free in self.inputs.items():
            m.d.comb += getattr(dut, name).eq(-1 if name == self.fault else free)
        for name, free in self.target.items():
            m.d.comb += getattr(dut.bus, name).eq(free)
        bus, ack = dut.bus, self.target["ack"]
        m.d.comb += Assume(~ack | bus.stb)
        # The word beside a read means nothing: that of AXI4-Lite is the next write's.
        asked = Cat(bus.addr, Mux(bus.write, bus.w_data, 0), bus.write)
        self.claims = [
            # A transaction stands still until the registers answer.
            ~self.past(m, bus.stb & ~ack) | (bus.stb & (asked == self.past(m, asked))),
        ]
        self.covers = []
        self.check(m, dut)
        if self.covering:
            m.d.comb += [Cover(reached) for reached in self.covers]
        else:
            m.d.comb += [Assert(claim) for claim in self.claims]
        return m

    def past(self, m, value):
        past = Signal(len(value))
        m.d.sync += past.eq(value)
        return past

    def held(self, m, waiting, *payload):
        """Return that what waited still does, unchanged."""
        kept = Cat(*payload)
        return ~self.past(m, waiting) | (kept == self.past(m, kept))


class _Wishbone(_Proof):
    bridge = WishboneBridge
    free = (
        ("wb_cyc_i", 1),
        ("wb_stb_i", 1),
        ("wb_we_i", 1),
        ("wb_sel_i", 4),
        ("wb_adr_i", 24),
        ("wb_dat_i", 32),
    )

    def check(self, m, dut):
        cycle, strobe, write, select, address, word = self.inputs.values()
        ended, asked = dut.wb_ack_o | dut.wb_err_o, cycle & strobe
        partial = write & ~select.all()
        m.d.comb += Assume(self.held(m, asked & ~ended, *self.inputs.values()))
        # What the registers said of the cycle under way, until its end.
        said, refused, read = Signal(), Signal(), Signal(32)
        with m.If(ended):
            m.d.sync += said.eq(0)
        with m.Elif(self.target["ack"]):
            m.d.sync += [said.eq(1), refused.eq(self.target["err"]), read.eq(self.target["r_data"])]
        self.claims += [
            ~(dut.wb_ack_o & dut.wb_err_o),
            ~ended | asked,
            ~dut.wb_ack_o | (said & ~refused & (write | (dut.wb_dat_o == read))),
            ~dut.wb_err_o | partial | (said & refused),
            ~dut.bus.stb | (asked & ~said & ~partial),
            ~dut.bus.stb | ((dut.bus.addr == address) & (dut.bus.write == write)),
            ~(dut.bus.stb & write) | (dut.bus.w_data == word),
        ]
        self.covers += [dut.wb_ack_o & write, dut.wb_ack_o & ~write, dut.wb_err_o & said]
        self.covers += [dut.wb_err_o & partial]


class _Apb(_Proof):
    bridge = ApbBridge
    free = (
        ("s_apb_psel", 1),
        ("s_apb_penable", 1),
        ("s_apb_pwrite", 1),
        ("s_apb_paddr", 24),
        ("s_apb_pwdata", 32),
        ("s_apb_pstrb", 4),
    )

    def check(self, m, dut):
        select, enable, write, address, word, strobes = self.inputs.values()
        ready, ack, err = dut.s_apb_pready, self.target["ack"], self.target["err"]
        partial = write & ~strobes.all()
        going = select & ~(enable & ready)
        m.d.comb += [
            Assume(self.held(m, going, select, write, address, word, strobes)),
            # A cycle of set-up comes before the access.
            Assume(enable == (self.past(m, going) & select)),
        ]
        self.claims += [
            ~ready | (select & enable),
            ~dut.s_apb_pslverr | ready,
            ~dut.bus.stb | (select & enable & ~partial),
            # Registers and requester see the same end, and a part of a word is refused at once.
            ~(select & enable) | (ready == (ack | partial)),
            ~ready | (dut.s_apb_pslverr == (partial | err)),
            ~(ready & ~write) | (dut.s_apb_prdata == self.target["r_data"]),
            ~dut.bus.stb | ((dut.bus.addr == address) & (dut.bus.write == write)),
            ~(dut.bus.stb & write) | (dut.bus.w_data == word),
        ]
        self.covers += [ready & write & ~partial, ready & ~write, ready & err, ready & partial]


class _Axi4Lite(_Proof):
    bridge = Axi4LiteBridge
    free = (
        ("s_axi_awvalid", 1),
        ("s_axi_awaddr", 24),
        ("s_axi_wvalid", 1),
        ("s_axi_wdata", 32),
        ("s_axi_wstrb", 4),
        ("s_axi_arvalid", 1),
        ("s_axi_araddr", 24),
        ("s_axi_bready", 1),
        ("s_axi_rready", 1),
    )

    def check(self, m, dut):
        self._channels(m, dut)
        bus, err = dut.bus, self.target["err"]
        acked = bus.stb & self.target["ack"]
        wrote, read = self.past(m, acked & bus.write), self.past(m, acked & ~bus.write)
        answered = dut.s_axi_bvalid & ~self.past(m, dut.s_axi_bvalid)
        shown = dut.s_axi_rvalid & ~self.past(m, dut.s_axi_rvalid)
        refused = self.past(m, ~bus.stb & ~self.whole)
        self.claims += [
            ~wrote | (answered & (dut.s_axi_bresp[1] == self.past(m, err))),
            ~(answered & ~wrote) | (refused & (dut.s_axi_bresp == 2)),
            shown == read,
            ~shown | (dut.s_axi_rdata == self.past(m, self.target["r_data"])),
            ~shown | (dut.s_axi_rresp[1] == self.past(m, err)),
            ~(dut.s_axi_bresp[0] | dut.s_axi_rresp[0]),
        ]
        self.covers += [answered & wrote, answered & ~wrote, shown, shown & dut.s_axi_rresp[1]]

    def _channels(self, m, dut):
        given, counts, last = self.inputs, {}, {}
        for channel, answer, kept in (
            ("aw", "b", ("awaddr",)),
            ("w", "b", ("wdata", "wstrb")),
            ("ar", "r", ("araddr",)),
        ):
            valid, payload = given[f"s_axi_{channel}valid"], [given[f"s_axi_{k}"] for k in kept]
            taken = valid & getattr(dut, f"s_axi_{channel}ready")
            ended = getattr(dut, f"s_axi_{answer}valid") & given[f"s_axi_{answer}ready"]
            # Taken, and not answered; one more is taken at most while an answer waits.
            counts[channel] = Signal(3, name=f"open_{channel}")
            m.d.sync += counts[channel].eq(counts[channel] + taken - ended)
            m.d.comb += Assume(self.held(m, valid & ~taken, valid, *payload))
            for name, value in zip(kept, payload, strict=True):
                last[name] = Signal(len(value), name=f"last_{name}")
                with m.If(taken):
                    m.d.sync += last[name].eq(value)
            self.claims.append(counts[channel] <= 2)
        bus, self.whole = dut.bus, last["wstrb"].all()
        writes, reads = bus.stb & bus.write, bus.stb & ~bus.write
        b_waits = dut.s_axi_bvalid & ~given["s_axi_bready"]
        r_waits = dut.s_axi_rvalid & ~given["s_axi_rready"]
        self.claims += [
            self.held(m, b_waits, dut.s_axi_bvalid, dut.s_axi_bresp),
            self.held(m, r_waits, dut.s_axi_rvalid, dut.s_axi_rdata, dut.s_axi_rresp),
            ~(dut.s_axi_bvalid | writes) | ((counts["aw"] > 0) & (counts["w"] > 0)),
            ~(dut.s_axi_rvalid | reads) | (counts["ar"] > 0),
            ~writes | (self.whole & (bus.addr == last["awaddr"])),
            ~writes | (bus.w_data == last["wdata"]),
            ~reads | (bus.addr == last["araddr"]),
        ]


PROOFS = {"wishbone": _Wishbone, "apb": _Apb, "axi4lite": _Axi4Lite}
FAULTS = [
    ("wishbone", "wb_sel_i"),
    ("wishbone", "wb_cyc_i"),
    ("apb", "s_apb_pstrb"),
    ("apb", "s_apb_penable"),
    ("axi4lite", "s_axi_wstrb"),
    ("axi4lite", "s_axi_bready"),
    ("axi4lite", "s_axi_rready"),
]


@pytest.mark.parametrize("bus", PROOFS)
def test_each_transfer_is_answered_once_and_held_until_it_is_taken(bus, prove):
    proof = PROOFS[bus]()
    prove(proof, depth=20, ports=proof.ports)


@pytest.mark.parametrize("bus", PROOFS)
def test_the_proof_reaches_answers_and_refusals(bus, prove):
    proof = PROOFS[bus](covering=True)
    prove(proof, depth=20, mode="cover", ports=proof.ports)


@pytest.mark.parametrize(("bus", "fault"), FAULTS)
def test_the_proof_finds_what_a_bridge_does_not_heed(bus, fault, refute):
    proof = PROOFS[bus](fault=fault)
    refute(proof, depth=20, ports=proof.ports)
