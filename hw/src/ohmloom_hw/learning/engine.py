"""The learning engine: a sample's inputs and sums in, its pulses out, one weight after the other.

A sample goes through these steps; `LearningShape.most_cycles` bounds what it takes.

======  ===========================================================================================
RANK    each sum is compared with the others
ROW     of the stochastic rule and of STDP: each row draws its slots, or lets its trace fall
COLUMN  the error of a column; where it is 0, most rules go on to the next column
SLOTS   the column draws its slots, or lets its trace fall
CELL    one weight: product, decision, pulses
HALT    `done`, for one cycle
======  ===========================================================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory, ReadPort
from amaranth.lib.wiring import In, Out

from ohmloom_hw.learning.budget import PulseBudget
from ohmloom_hw.learning.engine_lines import EngineLines
from ohmloom_hw.learning.errors import ColumnError, LabelJudge
from ohmloom_hw.learning.rules import COUNTER_BITS, LearningRule, LearningShape
from ohmloom_hw.learning.settings_layout import SETTINGS, pulse_layout
from ohmloom_hw.learning.weight_update import WeightUpdate

__all__ = ["LearningEngine"]


class LearningEngine(wiring.Component):
    """Learn from a sample; `ohmloom_hw.learning.reference` does the same in integers.

    Parameters
    ----------
    shape
        What it is built for.
    """

    settings: Any
    """How it learns; still while `busy`."""
    restart: Signal
    """One cycle, while not `busy`: seeds and budget count anew, and nothing has been learnt."""
    input_en: Signal
    """One cycle, while not `busy`: take an input."""
    input_place: Signal
    """Its row."""
    input_data: Signal
    """The input."""
    sum_en: Signal
    """One cycle, while not `busy`: take a sum."""
    sum_place: Signal
    """Its column."""
    sum_data: Signal
    """The sum, or the error that is given."""
    label: Signal
    """Column that should have the largest sum; still while `busy`."""
    begin: Signal
    """One cycle, while not `busy`: learn from the sample."""
    stop: Signal
    """The sample ends here, without `done`; batch and traces are left as they are."""
    pulses: stream.Interface
    """Pulses on weights."""
    busy: Signal
    """A sample is under way."""
    done: Signal
    """One cycle, the last of a sample."""
    remaining: Signal
    """What is left of the budget."""
    refused: Signal
    """Pulses that the budget didn't allow."""
    mistakes: Signal
    """Samples whose label's sum wasn't the largest by more than the margin."""

    def __init__(self, shape: LearningShape, *, counter_bits: int = COUNTER_BITS) -> None:
        self._shape, self._counter_bits = shape, counter_bits
        super().__init__(
            {
                "settings": In(SETTINGS),
                "restart": In(1),
                "input_en": In(1),
                "input_place": In(range(shape.inputs)),
                "input_data": In(signed(shape.input_bits + 1)),
                "sum_en": In(1),
                "sum_place": In(range(shape.outputs)),
                "sum_data": In(signed(shape.sum_bits)),
                "label": In(range(shape.outputs)),
                "begin": In(1),
                "stop": In(1),
                "pulses": Out(stream.Signature(pulse_layout(shape))),
                "busy": Out(1),
                "done": Out(1),
                "remaining": Out(counter_bits),
                "refused": Out(counter_bits),
                "mistakes": Out(counter_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memories, the stations around them, and the walk."""
        m = Module()
        shape = self._shape
        m.submodules.judge = self._judge = LabelJudge(shape)
        m.submodules.errors = self._error_of = ColumnError(shape)
        m.submodules.update = self._update = WeightUpdate(shape)
        m.submodules.lines = self._lines = EngineLines(shape)
        bits = len(self._update.count)
        m.submodules.budget = self._budget = PulseBudget(
            count_bits=bits, counter_bits=self._counter_bits
        )
        self._row = Signal(range(shape.inputs))
        self._column = Signal(range(shape.outputs))
        self._in_batch, self._first = Signal(16), Signal(init=1)
        self._error = Signal.like(self._error_of.error)
        self._product = Signal.like(self._update.product)
        self._last = Signal()
        self._entry, self._total = self._samples(m)
        self._accumulators(m)
        self._wire(m)
        self._walk(m)
        return m

    def _samples(self, m: Module) -> tuple[ReadPort, ReadPort]:
        """Build the memories of inputs and sums."""
        ports = []
        for name, bits, depth, place in (
            ("input", self._shape.input_bits + 1, self._shape.inputs, self._row),
            ("sum", self._shape.sum_bits, self._shape.outputs, self._column),
        ):
            memory: Memory = Memory(shape=signed(bits), depth=depth, init=[])
            m.submodules[f"{name}s"] = memory
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [
                write.en.eq(getattr(self, f"{name}_en") & ~self.busy),
                write.addr.eq(getattr(self, f"{name}_place")),
                write.data.eq(getattr(self, f"{name}_data")),
                read.addr.eq(place),
            ]
            ports.append(read)
        return ports[0], ports[1]

    def _accumulators(self, m: Module) -> None:
        shape = self._shape
        memory: Memory = Memory(
            shape=signed(shape.accumulator_bits), depth=shape.inputs * shape.outputs, init=[]
        )
        m.submodules.accumulators = memory
        write, read = memory.write_port(), memory.read_port()
        self._accumulate = Signal()
        place = Signal(range(shape.inputs * shape.outputs))
        m.d.comb += [
            place.eq(self._column * shape.inputs + self._row),
            write.addr.eq(place),
            read.addr.eq(place),
            write.en.eq(self._accumulate),
            write.data.eq(self._update.after),
            self._update.before.eq(Mux(self._in_batch == 0, 0, read.data)),
        ]

    def _wire(self, m: Module) -> None:
        """Connect the stations."""
        settings, lines = self.settings, self._lines
        judge, error_of, update, budget = self._judge, self._error_of, self._update, self._budget
        m.d.comb += [
            self._last.eq(self._in_batch + 1 >= settings.batch),
            judge.column.eq(self._column),
            judge.total.eq(self._total.data),
            judge.label.eq(self.label),
            judge.margin.eq(settings.margin),
            error_of.settings.eq(settings),
            error_of.column.eq(self._column),
            error_of.total.eq(self._total.data),
            error_of.label.eq(self.label),
            error_of.wrong.eq(judge.wrong),
            error_of.winner.eq(judge.winner),
            lines.settings.eq(settings),
            lines.load.eq(self.restart & ~self.busy),
            lines.stop.eq(self.stop),
            lines.first.eq(self._first),
            lines.row.eq(self._row),
            lines.column.eq(self._column),
            lines.entry.eq(self._entry.data),
            lines.error.eq(self._error),
            update.settings.eq(settings),
            update.entry.eq(self._entry.data),
            update.error.eq(self._error),
            update.product.eq(self._product),
            update.row_word.eq(lines.row_word),
            update.column_word.eq(lines.column_word),
            update.row_draw.eq(lines.row_draw),
            update.column_draw.eq(lines.column_draw),
            update.last.eq(self._last),
            budget.load.eq(self.restart & ~self.busy),
            budget.budget.eq(settings.budget),
            budget.count.eq(update.count),
            self.remaining.eq(budget.remaining),
            self.refused.eq(budget.refused),
        ]

    def _walk(self, m: Module) -> None:
        """Build the state machine."""
        rule = self.settings.rule
        by_line = (rule == LearningRule.STOCHASTIC) | (rule == LearningRule.STDP)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += [self._row.eq(0), self._column.eq(0)]
                m.d.comb += self._judge.clear.eq(1)
                with m.If(self.restart):
                    m.d.sync += [self._first.eq(1), self._in_batch.eq(0), self.mistakes.eq(0)]
                with m.Elif(self.begin & ~self.stop):
                    m.next = "RANK_FETCH"
            with self._state(m, "RANK_FETCH"):
                m.next = "RANK"
            with self._state(m, "RANK"):
                m.d.comb += self._judge.valid.eq(1)
                m.d.sync += self._column.eq(self._column + 1)
                m.next = "RANK_FETCH"
                with m.If(self._column == self._shape.outputs - 1):
                    m.d.sync += self._column.eq(0)
                    m.next = "RANKED"
            with self._state(m, "RANKED"):
                counts = self._judge.wrong & ~self.settings.given & ~self.mistakes.all()
                m.d.sync += self.mistakes.eq(self.mistakes + counts)
                m.next = "COLUMN"
                with m.If(by_line):
                    m.next = "ROW_FETCH"
            self._rows(m)
            self._columns(m)
            self._cells(m)
            with m.State("HALT"):
                m.d.comb += self.done.eq(1)
                m.d.sync += [
                    self._first.eq(0),
                    self._in_batch.eq(Mux(self._last, 0, self._in_batch + 1)),
                ]
                m.next = "IDLE"

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _rows(self, m: Module) -> None:
        with self._state(m, "ROW_FETCH"):
            m.next = "ROW"
        with self._state(m, "ROW"):
            m.d.comb += self._lines.row_en.eq(1)
            with m.If(self._lines.ready):
                m.d.sync += self._row.eq(self._row + 1)
                m.next = "ROW_FETCH"
                with m.If(self._row == self._shape.inputs - 1):
                    m.d.sync += self._row.eq(0)
                    m.next = "COLUMN"

    def _columns(self, m: Module) -> None:
        rule = self.settings.rule
        every = (rule == LearningRule.MANHATTAN) | (rule == LearningRule.STDP)
        by_line = (rule == LearningRule.STOCHASTIC) | (rule == LearningRule.STDP)
        with self._state(m, "COLUMN_FETCH"):
            m.next = "COLUMN"
        with self._state(m, "COLUMN"):
            m.d.sync += self._error.eq(self._error_of.error)
            m.next = "CELL_FETCH"
            with m.If((self._error_of.error == 0) & ~every):
                self._next_column(m)
            with m.Elif(by_line):
                m.next = "SLOTS"
        with self._state(m, "SLOTS"):
            m.d.comb += self._lines.column_en.eq(1)
            with m.If(self._lines.ready):
                m.next = "CELL_FETCH"

    def _cells(self, m: Module) -> None:
        rule, payload = self.settings.rule, self.pulses.payload
        update, budget = self._update, self._budget
        with self._state(m, "CELL_FETCH"):
            m.next = "CELL_MULTIPLY"
        with self._state(m, "CELL_MULTIPLY"):
            m.d.sync += self._product.eq(self._entry.data * self._error)
            m.next = "CELL"
        with self._state(m, "CELL"):
            m.d.comb += [
                budget.ask.eq(1),
                self._accumulate.eq(rule == LearningRule.MANHATTAN),
                self._lines.cell_en.eq(rule == LearningRule.STDP),
            ]
            m.d.sync += [
                payload.row.eq(self._row),
                payload.column.eq(self._column),
                payload.up.eq(update.up),
                payload.number.eq(budget.granted),
            ]
            with m.If(budget.granted != 0):
                m.next = "EMIT"
            with m.Else():
                self._next_row(m)
        with self._state(m, "EMIT"):
            m.d.comb += self.pulses.valid.eq(1)
            with m.If(self.pulses.ready):
                self._next_row(m)

    def _next_row(self, m: Module) -> None:
        m.d.sync += self._row.eq(self._row + 1)
        m.next = "CELL_FETCH"
        with m.If(self._row == self._shape.inputs - 1):
            m.d.sync += self._row.eq(0)
            self._next_column(m)

    def _next_column(self, m: Module) -> None:
        m.d.sync += self._column.eq(self._column + 1)
        m.next = "COLUMN_FETCH"
        with m.If(self._column == self._shape.outputs - 1):
            m.d.sync += self._column.eq(0)
            m.next = "HALT"
