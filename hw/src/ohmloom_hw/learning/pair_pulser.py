"""From pulses on weights to pulses on cells: one on either cell of a pair, one after the other.

Column j of the weights stands on the lines 2 j and 2 j + 1 of its tile, whose difference it is. A
pulse that makes a weight grow is one SET of its first cell and one RESET of its second; one that
makes it shrink is the other way round. A cell that is locked or was given up is left alone, and
the other one of its pair gets its pulse all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import OperationInterface, OperationSignature, WriteShape
from ohmloom_hw.learning.rules import LearningShape
from ohmloom_hw.learning.settings_layout import pulse_layout

__all__ = ["PairPulser"]


class PairPulser(wiring.Component):
    """Give pulses through the operator; the next one is taken when the last is over."""

    pulses: stream.Interface
    """Pulses on weights."""
    tile: Signal
    """Tile of the weights; still while `busy`, as all that follows."""
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
    stop: Signal
    """The pulse under way ends, and is forgotten."""
    cell: Signal
    """Number of the cell that is next, in its tile."""
    spared: Signal
    """Whether it gets no pulse, a cycle later."""
    request: OperationInterface
    """To the operator."""
    busy: Signal
    """A pulse on a weight is under way."""
    passed: Signal
    """One cycle: a cell has had its pulse, or was left alone."""
    skipped: Signal
    """One cycle: a cell was left alone."""
    applied: Signal
    """One cycle: a pulse on a weight is over."""

    def __init__(self, shape: WriteShape, learning: LearningShape) -> None:
        self._shape, self._learning = shape, learning
        super().__init__(
            {
                "pulses": In(stream.Signature(pulse_layout(learning))),
                "tile": In(range(max(2, shape.tiles))),
                "set_drive": In(shape.code),
                "set_gate": In(shape.code),
                "set_width": In(shape.width),
                "reset_drive": In(shape.code),
                "reset_gate": In(shape.code),
                "reset_width": In(shape.width),
                "stop": In(1),
                "cell": Out(range(max(2, shape.cells))),
                "spared": In(1),
                "request": Out(OperationSignature(shape)),
                "busy": Out(1),
                "passed": Out(1),
                "skipped": Out(1),
                "applied": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk over the two cells, as often as there are pulses."""
        m = Module()
        second, setting = Signal(), Signal()
        request, pulse = self.request, self.pulses.payload
        left = Signal.like(pulse.number)
        m.d.comb += [
            setting.eq(pulse.up ^ second),
            request.tile.eq(self.tile),
            request.row.eq(pulse.row),
            request.line.eq(Cat(second, pulse.column)),
            request.op.eq(Mux(setting, ArrayOp.SET, ArrayOp.RESET)),
            request.drive.eq(Mux(setting, self.set_drive, self.reset_drive)),
            request.gate.eq(Mux(setting, self.set_gate, self.reset_gate)),
            request.width.eq(Mux(setting, self.set_width, self.reset_width)),
            self.cell.eq(request.row * self._shape.lines + request.line),
        ]
        self._run(m, second, left)
        return m

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _run(self, m: Module, second: Signal, left: Any) -> None:
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += [second.eq(0), left.eq(self.pulses.payload.number)]
                with m.If(self.pulses.valid & ~self.stop):
                    m.next = "LOOK"
            with self._state(m, "LOOK"):
                m.next = "CHECK"
            with self._state(m, "CHECK"):
                m.next = "PULSE"
                with m.If(self.spared):
                    m.d.comb += [self.skipped.eq(~self.stop), self.passed.eq(~self.stop)]
                    m.next = "ADVANCE"
            with self._state(m, "PULSE"):
                m.d.comb += self.request.valid.eq(1)
                with m.If(self.request.done):
                    m.d.comb += self.passed.eq(~self.stop)
                    m.next = "ADVANCE"
            with self._state(m, "ADVANCE"):
                m.d.sync += second.eq(~second)
                m.next = "LOOK"
                with m.If(second):
                    m.d.comb += self.applied.eq(~self.stop)
                    m.d.sync += left.eq(left - 1)
                    with m.If(left <= 1):
                        m.d.comb += self.pulses.ready.eq(~self.stop)
                        m.next = "IDLE"
