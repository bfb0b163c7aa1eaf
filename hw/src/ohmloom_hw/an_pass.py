"""The walk of the decoder over the sums of a tile."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.an import AnCode

__all__ = ["AnPass"]


class AnPass(wiring.Component):
    """Decode one column's sum after the other, and put back what it stands for."""

    start: Signal
    """One cycle: begin, with `columns` still until `busy` falls."""
    columns: Signal
    """Columns in use."""
    column: Signal
    """Column that is read or written."""
    total: Signal
    """Its sum, a cycle later."""
    w_en: Signal
    """Write."""
    w_total: Signal
    """What is written."""
    fixed: Signal
    """One cycle: a code was off by one."""
    failed: Signal
    """One cycle: more was wrong."""
    doubt: Signal
    """More was wrong in some column; keeps still until the next start."""
    busy: Signal
    """High from the cycle after `start`."""

    def __init__(self, spec: ChipSpec) -> None:
        bits = spec.accumulator_bits
        self.decoder = AnCode.of(spec).create(bits)
        self._most = spec.columns
        super().__init__(
            {
                "start": In(1),
                "columns": In(range(spec.columns + 1)),
                "column": Out(range(max(2, spec.columns))),
                "total": In(signed(bits)),
                "w_en": Out(1),
                "w_total": Out(signed(bits)),
                "fixed": Out(1),
                "failed": Out(1),
                "doubt": Out(1),
                "busy": Out(1),
            }
        )

    @staticmethod
    def shortest(spec: ChipSpec) -> int:
        """Return for how many clock cycles `busy` is high with all columns used and all right."""
        return spec.columns * (AnCode.of(spec).shortest(spec.accumulator_bits) + 3)

    @property
    def longest(self) -> int:
        """Clock cycles that `busy` is high for at most, with all columns in use."""
        return self._most * (self.decoder.longest + 3)

    def elaborate(self, platform: object) -> Module:
        """Build the walk."""
        m = Module()
        m.submodules.decoder = decoder = self.decoder
        m.d.comb += [decoder.total.eq(self.total), self.w_total.eq(decoder.value)]
        with m.FSM():
            with m.State("IDLE"), m.If(self.start):
                m.d.sync += [self.busy.eq(1), self.column.eq(0), self.doubt.eq(0)]
                m.next = "FETCH"
            with m.State("FETCH"):
                m.next = "BEGIN"
            with m.State("BEGIN"):
                m.d.comb += decoder.start.eq(1)
                m.next = "DECODE"
            with m.State("DECODE"), m.If(~decoder.busy):
                m.d.comb += [
                    self.w_en.eq(1),
                    self.fixed.eq(decoder.fixed),
                    self.failed.eq(decoder.failed),
                ]
                m.d.sync += [
                    self.doubt.eq(self.doubt | decoder.failed),
                    self.column.eq(self.column + 1),
                ]
                m.next = "FETCH"
                with m.If(self.column + 1 >= self.columns):
                    m.d.sync += self.busy.eq(0)
                    m.next = "IDLE"
        return m
