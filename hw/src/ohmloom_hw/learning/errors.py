"""From the sums of a sample and its label to the error of each column."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.learning.rules import LearningRule, LearningShape
from ohmloom_hw.learning.settings_layout import SETTINGS

__all__ = ["ColumnError", "LabelJudge"]

_LOW, _HIGH = -128, 127


class LabelJudge(wiring.Component):
    """Tell whether the label's sum is the largest by more than the margin, and if not, whose is.

    Sums come one after the other, columns in order; of equal ones the first is the strongest.
    """

    clear: Signal
    """Forget what came before."""
    valid: Signal
    """Whether a sum is there."""
    column: Signal
    """Whose it is."""
    total: Signal
    """The sum."""
    label: Signal
    """Column that should have the largest; still while sums come."""
    margin: Signal
    """How much larger it should be; still while sums come."""
    wrong: Signal
    """It isn't, a cycle after the last sum."""
    winner: Signal
    """The strongest column but the label's."""

    latency = 1
    """Clock cycles from a sum to the outputs."""

    def __init__(self, shape: LearningShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "clear": In(1),
                "valid": In(1),
                "column": In(range(shape.outputs)),
                "total": In(signed(shape.sum_bits)),
                "label": In(range(shape.outputs)),
                "margin": In(31),
                "wrong": Out(1),
                "winner": Out(range(shape.outputs)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the label's sum, the best of the others, and their difference."""
        m = Module()
        own, best = Signal.like(self.total), Signal.like(self.total)
        seen = Signal()
        m.d.comb += self.wrong.eq(own - best <= self.margin)
        with m.If(self.clear):
            m.d.sync += seen.eq(0)
        with m.Elif(self.valid):
            with m.If(self.column == self.label):
                m.d.sync += own.eq(self.total)
            with m.Elif(~seen | (self.total > best)):
                m.d.sync += [seen.eq(1), best.eq(self.total), self.winner.eq(self.column)]
        return m


class ColumnError(wiring.Component):
    """Give the error of a column, in the cycle in which its sum is there."""

    settings: Any
    """The rule and its numbers."""
    column: Signal
    """The column."""
    total: Signal
    """Its sum, or the error that is given."""
    label: Signal
    """Column that should have the largest sum."""
    wrong: Signal
    """From the judge."""
    winner: Signal
    """From the judge."""
    error: Signal
    """What the sum should be, less what it is; of the perceptron its sign."""

    latency = 0
    """Clock cycles from the sum to the error."""

    def __init__(self, shape: LearningShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "settings": In(SETTINGS),
                "column": In(range(shape.outputs)),
                "total": In(signed(shape.sum_bits)),
                "label": In(range(shape.outputs)),
                "wrong": In(1),
                "winner": In(range(shape.outputs)),
                "error": Out(signed(shape.error_bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the target's difference to the scaled sum, and the choice between the kinds."""
        m = Module()
        settings, top = self.settings, (1 << self._shape.error_bits) - 1
        scaled, clipped = Signal.like(self.total), Signal(signed(8))
        target, off = Signal(signed(8)), Signal(signed(max(10, self._shape.sum_bits)))
        own = self.column == self.label
        m.d.comb += [
            scaled.eq(self.total >> settings.sum_shift),
            clipped.eq(Mux(scaled > _HIGH, _HIGH, Mux(scaled < _LOW, _LOW, scaled))),
            target.eq(Mux(own, settings.target_high, settings.target_low)),
            off.eq(Mux(settings.given, self.total, target - clipped)),
        ]
        with m.If((settings.rule == LearningRule.PERCEPTRON) & ~settings.given):
            with m.If(self.wrong & own):
                m.d.comb += self.error.eq(1)
            with m.Elif(self.wrong & (self.column == self.winner)):
                m.d.comb += self.error.eq(-1)
        with m.Else():
            m.d.comb += self.error.eq(Mux(off > top, top, Mux(off < -top, -top, off)))
        return m
