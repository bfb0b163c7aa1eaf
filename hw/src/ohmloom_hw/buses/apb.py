"""APB, as of AMBA 4: a 32-bit completer with PREADY, PSLVERR and PSTRB."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw import bus

__all__ = ["ApbBridge"]


class ApbBridge(wiring.Component):
    """Turn APB transfers into transactions on the word bus.

    What the registers refuse, a write of less than a word, and an address that isn't a word's end
    with PSLVERR. Protection bits mean nothing here.
    """

    s_apb_psel: Signal
    """This completer is meant."""
    s_apb_penable: Signal
    """Second and later cycles of a transfer."""
    s_apb_pwrite: Signal
    """Write, else read."""
    s_apb_paddr: Signal
    """Byte address."""
    s_apb_pprot: Signal
    """Without effect."""
    s_apb_pwdata: Signal
    """Word to write."""
    s_apb_pstrb: Signal
    """Bytes that are meant; writes need all four."""
    s_apb_pready: Signal
    """The transfer ends."""
    s_apb_prdata: Signal
    """Word read, valid with PREADY."""
    s_apb_pslverr: Signal
    """The transfer is refused, valid with PREADY."""
    bus: bus.Interface
    """To the registers."""

    def __init__(self) -> None:
        super().__init__(
            {
                "s_apb_psel": In(1),
                "s_apb_penable": In(1),
                "s_apb_pwrite": In(1),
                "s_apb_paddr": In(24),
                "s_apb_pprot": In(3),
                "s_apb_pwdata": In(32),
                "s_apb_pstrb": In(4),
                "s_apb_pready": Out(1),
                "s_apb_prdata": Out(32),
                "s_apb_pslverr": Out(1),
                "bus": Out(bus.Signature()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Lead the access phase through; the requester holds everything still until PREADY."""
        m = Module()
        access, partial = Signal(), Signal()
        m.d.comb += [
            access.eq(self.s_apb_psel & self.s_apb_penable),
            partial.eq(self.s_apb_pwrite & ~self.s_apb_pstrb.all()),
            self.bus.addr.eq(self.s_apb_paddr),
            self.bus.write.eq(self.s_apb_pwrite),
            self.bus.w_data.eq(self.s_apb_pwdata),
            self.bus.stb.eq(access & ~partial),
            self.s_apb_prdata.eq(self.bus.r_data),
            self.s_apb_pready.eq(access & (partial | self.bus.ack)),
            self.s_apb_pslverr.eq(access & (partial | (self.bus.ack & self.bus.err))),
        ]
        return m
