"""What a learning engine keeps of its rows and columns: slots in which they fire, and traces."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_hw.learning.rules import TRACE_TOP, LearningRule, LearningShape
from ohmloom_hw.learning.settings_layout import SETTINGS
from ohmloom_hw.learning.streams import COLUMN_DRAWS, ROW_DRAWS, DrawRegister

__all__ = ["EngineLines"]

_ALWAYS = 256
_CHANCE_BITS = 17


class EngineLines(wiring.Component):
    """Make the word of a row or of a column: its slots, one a cycle, or its trace, in one cycle.

    `row` and `column` have stood still for a cycle before they are worked on. The row's word is
    that of the row of the cycle before.
    """

    settings: Any
    """The rule and its numbers."""
    load: Signal
    """One cycle: draws begin at the seeds."""
    stop: Signal
    """One cycle: the word that is being made is given up."""
    first: Signal
    """Nothing has been learnt: traces are 0."""
    row: Signal
    """The row."""
    column: Signal
    """The column."""
    entry: Signal
    """Input of the row of the cycle before."""
    error: Signal
    """Error of the column."""
    row_en: Signal
    """Make the row's word, until `ready`."""
    column_en: Signal
    """Make the column's word, until `ready`."""
    cell_en: Signal
    """One cycle: go on to the next draws."""
    ready: Signal
    """The word is complete in the next cycle."""
    row_word: Signal
    """Of the row of the cycle before: slots, the first in bit 0, or the trace."""
    column_word: Signal
    """Of the column, likewise."""
    row_draw: Signal
    """The next byte of the rows' draws."""
    column_draw: Signal
    """The next byte of the columns' draws."""

    def __init__(self, shape: LearningShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "settings": In(SETTINGS),
                "load": In(1),
                "stop": In(1),
                "first": In(1),
                "row": In(range(shape.inputs)),
                "column": In(range(shape.outputs)),
                "entry": In(signed(shape.input_bits + 1)),
                "error": In(signed(shape.error_bits + 1)),
                "row_en": In(1),
                "column_en": In(1),
                "cell_en": In(1),
                "ready": Out(1),
                "row_word": Out(shape.word_bits),
                "column_word": Out(shape.word_bits),
                "row_draw": Out(8),
                "column_draw": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the two sides, which share the count of slots."""
        m = Module()
        settings, shape = self.settings, self._shape
        slot, slots = Signal(6), Signal(6)
        stochastic = settings.rule == LearningRule.STOCHASTIC
        m.d.comb += [
            slots.eq(Mux(settings.slots > shape.slots, shape.slots, settings.slots)),
            self.ready.eq(~stochastic | (slot + 1 >= slots)),
        ]
        with m.If(self.row_en | self.column_en):
            m.d.sync += slot.eq(Mux(self.ready | self.stop, 0, slot + 1))
        self._row_side(m, slot, stochastic)
        self._column_side(m, slot, stochastic)
        return m

    def _row_side(self, m: Module, slot: Signal, stochastic: Value) -> None:
        bits = self._shape.word_bits
        m.submodules.row_draws = draws = DrawRegister(ROW_DRAWS)
        words: Memory = Memory(shape=unsigned(bits), depth=self._shape.inputs, init=[])
        m.submodules.row_words = words
        write, read = words.write_port(), words.read_port()
        so_far, word = Signal(bits), Signal(bits)
        size = Mux(self.entry < 0, -self.entry, self.entry)
        chance = Signal(_CHANCE_BITS)
        trace = self._trace(m, "row", self.row, self.row_en, self.entry != 0)
        m.d.comb += [
            draws.seed.eq(self.settings.row_seed),
            draws.load.eq(self.load),
            draws.draw.eq((self.row_en & stochastic) | self.cell_en),
            self.row_draw.eq(draws.value),
            chance.eq(size << self.settings.input_gain),
            word.eq(so_far | ((draws.value < _most(chance)) << slot)),
            read.addr.eq(self.row),
            write.addr.eq(self.row),
            write.en.eq(self.row_en & self.ready),
            write.data.eq(Mux(stochastic, word, trace)),
            self.row_word.eq(read.data),
        ]
        with m.If(self.row_en):
            m.d.sync += so_far.eq(Mux(self.ready | self.stop, 0, word))

    def _column_side(self, m: Module, slot: Signal, stochastic: Value) -> None:
        m.submodules.column_draws = draws = DrawRegister(COLUMN_DRAWS)
        size = Mux(self.error < 0, -self.error, self.error)
        chance, word = Signal(_CHANCE_BITS), Signal(self._shape.word_bits)
        trace = self._trace(m, "column", self.column, self.column_en, self.error != 0)
        kept = Mux(slot == 0, 0, self.column_word)
        m.d.comb += [
            draws.seed.eq(self.settings.column_seed),
            draws.load.eq(self.load),
            draws.draw.eq((self.column_en & stochastic) | self.cell_en),
            self.column_draw.eq(draws.value),
            chance.eq(size << self.settings.error_gain),
            word.eq(kept | ((draws.value < _most(chance)) << slot)),
        ]
        with m.If(self.column_en):
            m.d.sync += self.column_word.eq(Mux(stochastic, word, trace))

    def _trace(self, m: Module, name: str, line: Signal, en: Signal, spike: Value) -> Signal:
        """Build the traces of lines; return what that of a line falls to."""
        depth = self._shape.inputs if name == "row" else self._shape.outputs
        memory: Memory = Memory(shape=unsigned(8), depth=depth, init=[])
        m.submodules[f"{name}_traces"] = memory
        write, read = memory.write_port(), memory.read_port()
        before, loss = Signal(8, name=f"{name}_before"), Signal(8, name=f"{name}_loss")
        fallen, grown = Signal(8, name=f"{name}_fallen"), Signal(9, name=f"{name}_grown")
        m.d.comb += [
            read.addr.eq(line),
            write.addr.eq(line),
            before.eq(Mux(self.first, 0, read.data)),
            loss.eq(before >> self.settings.trace_shift),
            fallen.eq(before - Mux(loss == 0, before != 0, loss)),
            grown.eq(fallen + Mux(spike, self.settings.trace_step, 0)),
            write.en.eq(en & (self.settings.rule == LearningRule.STDP)),
            write.data.eq(Mux(grown > TRACE_TOP, TRACE_TOP, grown)),
        ]
        return fallen


def _most(chance: Signal) -> Value:
    return Mux(chance > _ALWAYS, _ALWAYS, chance)
