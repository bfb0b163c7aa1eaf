"""From input, error and what else a rule looks at to the pulses of one weight."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.learning.rules import LearningRule, LearningShape
from ohmloom_hw.learning.settings_layout import SETTINGS

__all__ = ["WeightUpdate"]


class WeightUpdate(wiring.Component):
    """Say how many pulses a weight gets, which way, and what its accumulator becomes."""

    settings: Any
    """The rule and its numbers."""
    entry: Signal
    """Input of the row."""
    error: Signal
    """Error of the column."""
    product: Signal
    """Input times error."""
    row_word: Signal
    """Slots in which the row fires, or its trace."""
    column_word: Signal
    """Slots in which the column fires, or its trace."""
    row_draw: Signal
    """A byte of the rows' draws."""
    column_draw: Signal
    """A byte of the columns' draws."""
    before: Signal
    """Accumulator of the weight, 0 at the first sample of a batch."""
    last: Signal
    """It is the last sample of a batch."""
    count: Signal
    """Pulses."""
    up: Signal
    """Whether the weight grows."""
    after: Signal
    """What the accumulator becomes."""

    latency = 0
    """Clock cycles from the inputs to the outputs."""

    def __init__(self, shape: LearningShape) -> None:
        self._shape = shape
        product = shape.input_bits + shape.error_bits + 1
        super().__init__(
            {
                "settings": In(SETTINGS),
                "entry": In(signed(shape.input_bits + 1)),
                "error": In(signed(shape.error_bits + 1)),
                "product": In(signed(product)),
                "row_word": In(shape.word_bits),
                "column_word": In(shape.word_bits),
                "row_draw": In(8),
                "column_draw": In(8),
                "before": In(signed(shape.accumulator_bits)),
                "last": In(1),
                "count": Out(range(shape.slots + 1)),
                "up": Out(1),
                "after": Out(signed(shape.accumulator_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build each rule, and the choice between them."""
        m = Module()
        settings, product = self.settings, self.product
        size = Signal(len(product))
        m.d.comb += [size.eq(Mux(product < 0, -product, product)), self.up.eq(product > 0)]
        some = product != 0
        with m.Switch(settings.rule):
            with m.Case(LearningRule.PERCEPTRON):
                entry = Mux(self.entry < 0, -self.entry, self.entry)
                m.d.comb += self.count.eq(some & (entry > settings.theta))
            with m.Case(LearningRule.MANHATTAN):
                self._accumulate(m)
            with m.Case(LearningRule.THRESHOLD):
                m.d.comb += self.count.eq(size > settings.threshold)
            with m.Case(LearningRule.STOCHASTIC):
                both = (self.row_word & self.column_word)[: self._shape.slots]
                m.d.comb += self.count.eq(Mux(some, _ones(both), 0))
            with m.Case(LearningRule.STDP):
                self._spike(m)
        return m

    def _accumulate(self, m: Module) -> None:
        top = 1 << (self._shape.accumulator_bits - 1)
        total = Signal(signed(max(self._shape.accumulator_bits, len(self.product)) + 1))
        threshold = self.settings.threshold
        m.d.comb += [
            total.eq(self.before + self.product),
            self.after.eq(Mux(total >= top, top - 1, Mux(total < -top, -top, total))),
            self.up.eq(self.after > 0),
            self.count.eq(self.last & ((self.after > threshold) | (self.after < -threshold))),
        ]

    def _spike(self, m: Module) -> None:
        up, down, eta = Signal(), Signal(), self.settings.eta_shift
        m.d.comb += [
            up.eq((self.row_draw < (self.row_word >> eta)) & (self.error != 0)),
            down.eq((self.column_draw < (self.column_word >> eta)) & (self.entry != 0)),
            self.count.eq(up ^ down),
            self.up.eq(up),
        ]


def _ones(word: Value) -> Value:
    """Return how many bits of a word are set, added up in pairs."""
    if len(word) == 1:
        return word
    half = len(word) // 2
    return _ones(word[:half]) + _ones(word[half:])
