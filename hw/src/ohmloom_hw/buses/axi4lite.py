"""AXI4-Lite: a 32-bit subordinate, one transaction at a time."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from ohmloom_hw import bus

__all__ = ["Axi4LiteBridge"]


class Axi4LiteBridge(wiring.Component):
    """Turn AXI4-Lite transactions into those of the word bus.

    Address and data of a write may come in either order. Where a write and a read wait, they take
    turns. What the registers refuse, a write of less than a word, and an address that isn't a
    word's are answered with SLVERR. Protection bits mean nothing here.
    """

    s_axi_awaddr: Signal
    """Byte address to write."""
    s_axi_awprot: Signal
    """Without effect."""
    s_axi_awvalid: Signal
    """It is valid."""
    s_axi_awready: Signal
    """It is taken."""
    s_axi_wdata: Signal
    """Word to write."""
    s_axi_wstrb: Signal
    """Bytes that are meant; all four, or the write is refused."""
    s_axi_wvalid: Signal
    """It is valid."""
    s_axi_wready: Signal
    """It is taken."""
    s_axi_bresp: Signal
    """What became of the write: 0 or 2."""
    s_axi_bvalid: Signal
    """It is valid."""
    s_axi_bready: Signal
    """It is taken."""
    s_axi_araddr: Signal
    """Byte address to read."""
    s_axi_arprot: Signal
    """Without effect."""
    s_axi_arvalid: Signal
    """It is valid."""
    s_axi_arready: Signal
    """It is taken."""
    s_axi_rdata: Signal
    """Word read."""
    s_axi_rresp: Signal
    """What became of the read: 0 or 2."""
    s_axi_rvalid: Signal
    """It is valid."""
    s_axi_rready: Signal
    """It is taken."""
    bus: bus.Interface
    """To the registers."""

    def __init__(self) -> None:
        ports: dict[str, Member] = {"bus": Out(bus.Signature())}
        for name, width in (("aw", 24), ("ar", 24)):
            ports[f"s_axi_{name}addr"], ports[f"s_axi_{name}prot"] = In(width), In(3)
            ports[f"s_axi_{name}valid"], ports[f"s_axi_{name}ready"] = In(1), Out(1)
        ports |= {"s_axi_wdata": In(32), "s_axi_wstrb": In(4)}
        ports |= {"s_axi_wvalid": In(1), "s_axi_wready": Out(1)}
        ports |= {"s_axi_bresp": Out(2), "s_axi_bvalid": Out(1), "s_axi_bready": In(1)}
        ports |= {"s_axi_rdata": Out(32), "s_axi_rresp": Out(2)}
        ports |= {"s_axi_rvalid": Out(1), "s_axi_rready": In(1)}
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        """Keep what came on each channel, and carry out one transaction after the other."""
        m = Module()
        write_address, read_address, word = Signal(24), Signal(24), Signal(32)
        have_address, have_word, have_read = Signal(), Signal(), Signal()
        whole, reading_last = Signal(), Signal()
        channels = (
            ("aw", have_address, ((write_address, self.s_axi_awaddr),)),
            ("w", have_word, ((word, self.s_axi_wdata), (whole, self.s_axi_wstrb.all()))),
            ("ar", have_read, ((read_address, self.s_axi_araddr),)),
        )
        for name, have, kept in channels:
            valid, ready = getattr(self, f"s_axi_{name}valid"), getattr(self, f"s_axi_{name}ready")
            # Ready stays low in the first cycle after reset, as the standard asks of a register.
            m.d.sync += ready.eq(~have & ~(valid & ready))
            with m.If(valid & ready):
                m.d.sync += [have.eq(1), *(into.eq(what) for into, what in kept)]
        with m.If(~have_address | ~have_word):
            m.d.sync += reading_last.eq(0)
        may_write = have_address & have_word & ~self.s_axi_bvalid
        may_read = have_read & ~self.s_axi_rvalid
        m.d.comb += self.bus.w_data.eq(word)
        with m.If(self.s_axi_bready & self.s_axi_bvalid):
            m.d.sync += self.s_axi_bvalid.eq(0)
        with m.If(self.s_axi_rready & self.s_axi_rvalid):
            m.d.sync += self.s_axi_rvalid.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                with m.If(may_read & ~(may_write & reading_last)):
                    m.next = "READ"
                with m.Elif(may_write & whole):
                    m.next = "WRITE"
                with m.Elif(may_write):
                    self._answer_write(m, have_address, have_word, 1)
            with m.State("WRITE"):
                m.d.comb += [self.bus.stb.eq(1), self.bus.write.eq(1)]
                m.d.comb += self.bus.addr.eq(write_address)
                with m.If(self.bus.ack):
                    self._answer_write(m, have_address, have_word, self.bus.err)
            with m.State("READ"):
                m.d.comb += [self.bus.stb.eq(1), self.bus.addr.eq(read_address)]
                m.d.sync += reading_last.eq(1)
                with m.If(self.bus.ack):
                    m.d.sync += [
                        self.s_axi_rvalid.eq(1),
                        self.s_axi_rdata.eq(self.bus.r_data),
                        self.s_axi_rresp[1].eq(self.bus.err),
                        have_read.eq(0),
                    ]
                    m.next = "IDLE"
        return m

    def _answer_write(
        self, m: Module, have_address: Signal, have_word: Signal, refused: Value | int
    ) -> None:
        m.d.sync += [
            self.s_axi_bvalid.eq(1),
            self.s_axi_bresp[1].eq(refused),
            have_address.eq(0),
            have_word.eq(0),
        ]
        m.next = "IDLE"
