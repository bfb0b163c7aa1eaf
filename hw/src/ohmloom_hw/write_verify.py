"""Write-verify of one cell in gateware, step for step what the integer reference does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.program_registers import LEVEL_WORDS, PLAN_WORDS, WORDS_PER_LEVEL
from ohmloom_hw.pulse_ramp import PulseRamp

__all__ = ["WriteVerify"]

_SET_WORD = len(LEVEL_WORDS) - 2 * len(PLAN_WORDS)
_RESET_WORD = _SET_WORD + len(PLAN_WORDS)


class WriteVerify(wiring.Component):
    """Bring one cell to its target, as `ohmloom_analog.write_verify.CellWriter` does.

    Forming is the same with pulses of one kind, FORM, and no upper end of what is good; a cell that
    has had its pulses in vain is NOT_FORMED.

    The words of its level are asked for by `word`, one a cycle, whenever they are needed: target
    and tolerance at the beginning, a plan when the direction changes.
    """

    start: Signal
    """One cycle: begin with a cell, while none is at work."""
    forming: Signal
    """Form it; still until the cell is done with."""
    trim: Signal
    """Added to the target of its level; still until the cell is done with."""
    stop: Signal
    """End at once; there is no `ended`."""
    word: Signal
    """Word of the level that is asked for."""
    data: Signal
    """That word, a cycle later."""
    max_pulses: Signal
    """Pulses of a cell at most."""
    max_flips: Signal
    """Changes of direction at most."""
    confirm: Signal
    """Reads in a row that must be good; 0 is taken for 1."""
    relax: Signal
    """A good cell is confirmed once more after the relaxation time."""
    relax_time: Signal
    """The relaxation time in clock cycles."""
    valid: Signal
    """To the operator: do `op`."""
    op: Any
    """To the operator."""
    drive: Signal
    """To the operator."""
    gate: Signal
    """To the operator."""
    width: Signal
    """To the operator."""
    done: Signal
    """From the operator."""
    read: Signal
    """From the operator: the code that was read."""
    ended: Signal
    """One cycle: the cell is done with, and what follows is what became of it."""
    status: Signal
    """A `WriteStatus`."""
    pulses: Signal
    """Pulses given."""
    flips: Signal
    """Changes of direction."""
    relapsed: Signal
    """Whether it had moved after the relaxation time."""
    code: Signal
    """The last read; 0 before the first."""

    def __init__(self, shape: WriteShape) -> None:
        self._shape = shape
        super().__init__(
            {
                "start": In(1),
                "forming": In(1),
                "trim": In(signed(7)),
                "stop": In(1),
                "word": Out(range(WORDS_PER_LEVEL)),
                "data": In(32),
                "max_pulses": In(shape.pulses),
                "max_flips": In(shape.flips),
                "confirm": In(shape.confirm),
                "relax": In(1),
                "relax_time": In(shape.relax),
                "valid": Out(1),
                "op": Out(ArrayOp),
                "drive": Out(shape.code),
                "gate": Out(shape.code),
                "width": Out(shape.width),
                "done": In(1),
                "read": In(shape.code),
                "ended": Out(1),
                "status": Out(3),
                "pulses": Out(shape.pulses),
                "flips": Out(shape.flips),
                "relapsed": Out(1),
                "code": Out(shape.code),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine around the registers of one cell."""
        m = Module()
        m.submodules.ramp = ramp = PulseRamp(self._shape)
        cell = _Cell(self._shape)
        count = Signal(range(len(PLAN_WORDS) + 1))
        m.d.comb += [
            self.drive.eq(ramp.drive),
            self.gate.eq(ramp.gate),
            self.width.eq(ramp.width),
            ramp.w_place.eq(count - 1),
            ramp.w_data.eq(self.data),
        ]
        m.d.sync += count.eq(count + 1)
        with m.FSM():
            with m.State("IDLE"), m.If(self.start & ~self.stop):
                kept = (self.pulses, self.flips, self.relapsed, self.code, self.status)
                m.d.sync += [signal.eq(0) for signal in (*kept, *cell.flags, count)]
                m.next = "LEVEL"
            self._level(m, cell, count)
            with self._state(m, "READ"):
                m.d.comb += [self.valid.eq(1), self.op.eq(ArrayOp.VERIFY)]
                with m.If(self.done):
                    m.d.sync += self.code.eq(self.read)
                    m.next = "JUDGE"
            self._judge(m, cell, ramp, count)
            self._plan(m, cell, ramp, count)
            with self._state(m, "PULSE"):
                direction = Mux(cell.reset, ArrayOp.RESET, ArrayOp.SET)
                m.d.comb += [
                    self.valid.eq(1),
                    self.op.eq(Mux(self.forming, ArrayOp.FORM, direction)),
                ]
                with m.If(self.done):
                    m.next = "READ"
            with self._state(m, "END"):
                m.d.comb += self.ended.eq(~self.stop)
                m.next = "IDLE"
        return m

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _level(self, m: Module, cell: "_Cell", count: Signal) -> None:
        (wanted,), (lower, upper) = LEVEL_WORDS[:_SET_WORD]
        with self._state(m, "LEVEL"):
            m.d.comb += self.word.eq(count)
            with m.If(count == 1):
                m.d.sync += cell.target.eq(self.data[wanted.low : wanted.high + 1] + self.trim)
            with m.If(count == _SET_WORD):
                m.d.sync += [
                    cell.below.eq(self.data[lower.low : lower.high + 1]),
                    cell.above.eq(self.data[upper.low : upper.high + 1]),
                ]
                m.next = "READ"

    def _plan(self, m: Module, cell: "_Cell", ramp: PulseRamp, count: Signal) -> None:
        with self._state(m, "PLAN"):
            m.d.comb += [
                self.word.eq(Mux(cell.reset, _RESET_WORD, _SET_WORD) + count),
                ramp.w_en.eq(count != 0),
            ]
            with m.If(count == len(PLAN_WORDS)):
                m.next = "BEGIN"
        with self._state(m, "BEGIN"):
            m.d.comb += ramp.begin.eq(1)
            m.next = "PULSE"

    def _judge(self, m: Module, cell: "_Cell", ramp: PulseRamp, count: Signal) -> None:
        """Describe what follows from a read."""
        under, over = Signal(), Signal()
        elapsed = Signal(self._shape.relax)
        m.d.comb += [
            under.eq(self.code < cell.target - cell.below),
            over.eq(~self.forming & (self.code > cell.target + cell.above)),
        ]
        m.d.sync += elapsed.eq(elapsed + 1)
        with self._state(m, "JUDGE"):
            with m.If(under | over):
                # A cell that moved is written anew, and confirmed anew.
                m.d.sync += [
                    cell.good.eq(0),
                    cell.relaxed.eq(0),
                    self.relapsed.eq(self.relapsed | cell.relaxed),
                ]
                self._next(m, cell, ramp, over, count)
            with m.Elif(cell.good + 1 < self.confirm):
                m.d.sync += cell.good.eq(cell.good + 1)
                m.next = "READ"
            with m.Elif(self.relax & ~cell.relaxed):
                m.d.sync += [cell.relaxed.eq(1), cell.good.eq(0), elapsed.eq(1)]
                m.next = "RELAX"
            with m.Else():
                self._end(m, WriteStatus.WRITTEN)
        with self._state(m, "RELAX"), m.If(elapsed >= self.relax_time):
            m.next = "READ"

    def _next(self, m: Module, cell: "_Cell", ramp: PulseRamp, over: Signal, count: Signal) -> None:
        """Describe the way to the next pulse, or to the end where there are no more."""
        turned = Signal()
        m.d.comb += turned.eq(cell.begun & (over != cell.reset))
        # The host may lower a limit at any time, so that a count may be beyond it.
        with m.If(self.pulses >= self.max_pulses):
            self._end(m, Mux(self.forming, WriteStatus.NOT_FORMED, WriteStatus.TOO_MANY_PULSES))
        with m.Elif(turned & (self.flips >= self.max_flips)):
            self._end(m, WriteStatus.TOO_MANY_FLIPS)
        with m.Else():
            m.d.sync += [
                self.pulses.eq(self.pulses + 1),
                self.flips.eq(self.flips + turned),
                cell.reset.eq(over),
                cell.begun.eq(1),
                count.eq(0),
            ]
            with m.If(cell.begun & ~turned):
                m.d.comb += ramp.grow.eq(1)
                m.next = "PULSE"
            with m.Else():
                m.next = "PLAN"

    def _end(self, m: Module, status: Any) -> None:
        m.d.sync += self.status.eq(status)
        m.next = "END"


class _Cell:
    """What is kept of the cell at work besides what becomes of it."""

    def __init__(self, shape: WriteShape) -> None:
        self.target = Signal(signed(shape.code + 2), name="target")
        self.below = Signal(shape.code, name="below")
        self.above = Signal(shape.code, name="above")
        self.good = Signal(shape.confirm, name="good")
        self.relaxed = Signal(name="relaxed")
        self.begun = Signal(name="begun")
        self.reset = Signal(name="direction")

    @property
    def flags(self) -> tuple[Signal, ...]:
        """Those that are 0 at first."""
        return self.good, self.relaxed, self.begun, self.reset
