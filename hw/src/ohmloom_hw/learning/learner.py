"""A sample learnt in a chip: inputs and sums out of its buffers, pulses to its cells.

======  ===========================================================================================
INPUT   the inputs of the sample, one after the other, from the input buffer to the engine
SUM     its sums, from the result buffer, or the errors that the host gave in their place
BEGIN   the engine takes over
WORK    it forms errors, and each of its pulses goes to a pair of cells before it goes on
======  ===========================================================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.cell_operator import OperationInterface, OperationSignature, WriteShape
from ohmloom_hw.learning.engine import LearningEngine
from ohmloom_hw.learning.pair_pulser import PairPulser
from ohmloom_hw.learning.registers import ERROR_BITS, learning_shape
from ohmloom_hw.learning.rules import COUNTER_BITS
from ohmloom_hw.learning.settings_layout import SETTINGS

__all__ = ["Learner"]

_PULSES = ("drive", "gate", "width")


class Learner(wiring.Component):
    """A client of the operator that learns from the sample that the chip has just seen.

    Parameters
    ----------
    spec
        A chip with a section ``learning``.
    """

    spec: ChipSpec
    """The chip."""
    settings: Any
    """How it learns; still while `busy`, as all up to `reset_width`."""
    label: Signal
    """Column that should have the largest sum."""
    input_base: Signal
    """First entry of the sample in the input buffer."""
    result_base: Signal
    """First of its sums in the result buffer."""
    tile: Signal
    """Tile of the weights."""
    set_drive: Signal
    """Of SET pulses."""
    set_gate: Signal
    """Of SET pulses."""
    set_width: Signal
    """Of SET pulses."""
    reset_drive: Signal
    """Of RESET pulses."""
    reset_gate: Signal
    """Of RESET pulses."""
    reset_width: Signal
    """Of RESET pulses."""
    restart: Signal
    """One cycle, while not `busy`: seeds and budget count anew."""
    start: Signal
    """One cycle, while not `busy`: learn."""
    stop: Signal
    """The sample ends here, with what has been pulsed so far."""
    address: Signal
    """Word of the input buffer that is asked for."""
    word: Signal
    """That word, a cycle later."""
    place: Signal
    """Entry of the result buffer that is asked for."""
    total: Signal
    """That entry, a cycle later."""
    column: Signal
    """Column whose error is asked for, where errors are given."""
    error: Signal
    """That error, a cycle later."""
    cell: Signal
    """Number of a cell of the tile."""
    spared: Signal
    """Whether it gets no pulse, a cycle later."""
    request: OperationInterface
    """To the operator."""
    busy: Signal
    """A sample is under way."""
    finished: Signal
    """One cycle: it has been learnt from."""
    passed: Signal
    """One cycle: a cell has had its pulse, or was left alone."""
    failed: Signal
    """Never: no cell is read, so that none can be given up."""
    skipped: Signal
    """One cycle: a cell was left alone."""
    applied: Signal
    """One cycle: a pulse on a weight is over."""
    remaining: Signal
    """What is left of the budget."""
    refused: Signal
    """Pulses that the budget didn't allow."""
    mistakes: Signal
    """Samples whose label's sum wasn't the largest by more than the margin."""

    def __init__(self, spec: ChipSpec) -> None:
        self.spec, self._learning = spec, learning_shape(spec)
        self._shape = shape = WriteShape.of(spec)
        lanes = 32 // spec.entry_bits
        super().__init__(
            {
                "settings": In(SETTINGS),
                "label": In(range(self._learning.outputs)),
                "input_base": In(range(spec.input_entries)),
                "result_base": In(range(spec.result_entries)),
                "tile": In(range(max(2, shape.tiles))),
                "set_drive": In(shape.code),
                "set_gate": In(shape.code),
                "set_width": In(shape.width),
                "reset_drive": In(shape.code),
                "reset_gate": In(shape.code),
                "reset_width": In(shape.width),
                "restart": In(1),
                "start": In(1),
                "stop": In(1),
                "address": Out(range(spec.input_entries // lanes)),
                "word": In(32),
                "place": Out(range(spec.result_entries)),
                "total": In(signed(spec.total_bits)),
                "column": Out(range(self._learning.outputs)),
                "error": In(signed(ERROR_BITS)),
                "cell": Out(range(max(2, shape.cells))),
                "spared": In(1),
                "request": Out(OperationSignature(shape)),
                "busy": Out(1),
                "finished": Out(1),
                "passed": Out(1),
                "failed": Out(1),
                "skipped": Out(1),
                "applied": Out(1),
                "remaining": Out(COUNTER_BITS),
                "refused": Out(COUNTER_BITS),
                "mistakes": Out(COUNTER_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk over the buffers, the engine, and what pulses the pairs."""
        m = Module()
        m.submodules.engine = engine = LearningEngine(self._learning)
        m.submodules.pulser = pulser = PairPulser(self._shape, self._learning)
        connect(m, engine.pulses, pulser.pulses)
        connect(m, pulser.request, flipped(self.request))
        m.d.comb += [
            engine.settings.eq(self.settings),
            engine.restart.eq(self.restart & ~self.busy),
            engine.label.eq(self.label),
            engine.stop.eq(self.stop),
            pulser.tile.eq(self.tile),
            pulser.stop.eq(self.stop),
            pulser.spared.eq(self.spared),
        ]
        for way in ("set", "reset"):
            for name in (f"{way}_{what}" for what in _PULSES):
                m.d.comb += getattr(pulser, name).eq(getattr(self, name))
        for name in ("cell", "passed", "skipped", "applied"):
            m.d.comb += getattr(self, name).eq(getattr(pulser, name))
        for name in ("remaining", "refused", "mistakes"):
            m.d.comb += getattr(self, name).eq(getattr(engine, name))
        count = Signal(range(max(self._learning.inputs, self._learning.outputs)))
        self._fetch(m, engine, count)
        self._run(m, engine, count)
        return m

    def _fetch(self, m: Module, engine: LearningEngine, count: Signal) -> None:
        bits = self.spec.entry_bits
        lane_bits = (32 // bits).bit_length() - 1
        entry, shown = Signal.like(self.input_base), Signal(bits)
        m.d.comb += [
            entry.eq(self.input_base + count),
            self.address.eq(entry >> lane_bits),
            shown.eq(self.word.word_select(entry[:lane_bits], bits)),
            self.place.eq(self.result_base + count),
            self.column.eq(count),
            engine.input_place.eq(count),
            # Where there is no room for a sign, entries have none.
            engine.input_data.eq(shown.as_signed() if bits > self.spec.input.bits else shown),
            engine.sum_place.eq(count),
            engine.sum_data.eq(Mux(self.settings.given, self.error, self.total)),
        ]

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _run(self, m: Module, engine: LearningEngine, count: Signal) -> None:
        shape = self._learning
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += count.eq(0)
                with m.If(self.start & ~self.stop):
                    m.next = "INPUT_FETCH"
            for name, en, number, after in (
                ("INPUT", engine.input_en, shape.inputs, "SUM_FETCH"),
                ("SUM", engine.sum_en, shape.outputs, "BEGIN"),
            ):
                with self._state(m, f"{name}_FETCH"):
                    m.next = name
                with self._state(m, name):
                    m.d.comb += en.eq(1)
                    m.d.sync += count.eq(count + 1)
                    m.next = f"{name}_FETCH"
                    with m.If(count == number - 1):
                        m.d.sync += count.eq(0)
                        m.next = after
            with self._state(m, "BEGIN"):
                m.d.comb += engine.begin.eq(1)
                m.next = "WORK"
            with self._state(m, "WORK"), m.If(engine.done):
                m.d.comb += self.finished.eq(~self.stop)
                m.next = "IDLE"
