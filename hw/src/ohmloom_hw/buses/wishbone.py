"""Wishbone B4, classic cycles: a 32-bit port of words."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw import bus

__all__ = ["WishboneBridge"]


class WishboneBridge(wiring.Component):
    """Turn classic cycles into transactions on the word bus.

    Addresses are those of bytes. A cycle ends with ACK, or with ERR where the registers refuse it,
    where it writes less than a word, or where its address isn't a word's.
    """

    wb_cyc_i: Signal
    """A cycle is under way."""
    wb_stb_i: Signal
    """A transfer is asked for."""
    wb_we_i: Signal
    """Write, else read."""
    wb_sel_i: Signal
    """Bytes that are meant; writes need all four."""
    wb_adr_i: Signal
    """Byte address."""
    wb_dat_i: Signal
    """Word to write."""
    wb_dat_o: Signal
    """Word read, valid with ACK."""
    wb_ack_o: Signal
    """The transfer ends well."""
    wb_err_o: Signal
    """The transfer is refused."""
    bus: bus.Interface
    """To the registers."""

    def __init__(self) -> None:
        super().__init__(
            {
                "wb_cyc_i": In(1),
                "wb_stb_i": In(1),
                "wb_we_i": In(1),
                "wb_sel_i": In(4),
                "wb_adr_i": In(24),
                "wb_dat_i": In(32),
                "wb_dat_o": Out(32),
                "wb_ack_o": Out(1),
                "wb_err_o": Out(1),
                "bus": Out(bus.Signature()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Register what is asked: the word bus holds on even if the master gives its cycle up."""
        m = Module()
        asked = self.wb_cyc_i & self.wb_stb_i
        with m.FSM():
            with m.State("IDLE"), m.If(asked):
                m.d.sync += [
                    self.bus.addr.eq(self.wb_adr_i),
                    self.bus.write.eq(self.wb_we_i),
                    self.bus.w_data.eq(self.wb_dat_i),
                ]
                with m.If(self.wb_we_i & ~self.wb_sel_i.all()):
                    m.next = "REFUSE"
                with m.Else():
                    m.next = "BUS"
            with m.State("BUS"):
                m.d.comb += self.bus.stb.eq(1)
                with m.If(self.bus.ack):
                    m.d.sync += self.wb_dat_o.eq(self.bus.r_data)
                    m.next = "ANSWER"
                    with m.If(self.bus.err):
                        m.next = "REFUSE"
            with m.State("ANSWER"):
                m.d.comb += self.wb_ack_o.eq(asked)
                m.next = "IDLE"
            with m.State("REFUSE"):
                m.d.comb += self.wb_err_o.eq(asked)
                m.next = "IDLE"
        return m
