"""Two initiators, the host link and an exported bus, in front of one set of registers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw import bus

__all__ = ["BusArbiter"]


class BusArbiter(wiring.Component):
    """Let two initiators take turns.

    A transaction is never interrupted; where both ask, the one that went last waits, so each waits
    for one transaction at most.
    """

    first: bus.Interface
    """From an initiator."""
    second: bus.Interface
    """From another initiator."""
    target: bus.Interface
    """To the registers."""

    latency = 1
    """Clock cycles that a transaction takes longer than without, at rest."""

    def __init__(self) -> None:
        super().__init__(
            {
                "first": In(bus.Signature()),
                "second": In(bus.Signature()),
                "target": Out(bus.Signature()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the grant."""
        m = Module()
        taken, owner = Signal(), Signal()
        asking = (self.first, self.second)
        for place, initiator in enumerate(asking):
            with m.If(taken & (owner == place)):
                m.d.comb += [
                    self.target.addr.eq(initiator.addr),
                    self.target.w_data.eq(initiator.w_data),
                    self.target.write.eq(initiator.write),
                    self.target.stb.eq(initiator.stb),
                    initiator.ack.eq(self.target.ack),
                    initiator.err.eq(self.target.err),
                    initiator.r_data.eq(self.target.r_data),
                ]
        with m.If(~taken):
            m.d.sync += taken.eq(self.first.stb | self.second.stb)
            with m.If(self.first.stb & self.second.stb):
                m.d.sync += owner.eq(~owner)
            with m.Else():
                m.d.sync += owner.eq(self.second.stb)
        with m.Elif(self.target.ack):
            m.d.sync += taken.eq(0)
        return m
