"""The march test: which cells are stuck, or don't change, found by writing and reading all."""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.cell_operator import OperationInterface, OperationSignature, WriteShape
from ohmloom_hw.cell_walk import CellWalk
from ohmloom_hw.fault_map import FaultMap
from ohmloom_hw.march_registers import CELLS_PER_WORD, FAULT_BITS

__all__ = ["March"]


class March(wiring.Component):
    """Go three times over a rectangle of cells: up(r, w0), up(r0, w1, r1), down(r1, w0, r0).

    Beyond the textbook's march, the first pass reads before it writes: only so a cell that comes
    down but not up, and was up, can be told from one that is stuck. One that was down from the
    beginning can't, and does no other harm. A write is a number of equal pulses.

    Four things are kept of a cell between its passes: whether it was ever seen above 0, ever below
    1, and whether it wasn't 1, or 0, when it should have been. In the end they become `CellFault`:
    stuck is what was never seen elsewhere, and the transitions are what failed of the others. Two
    cells at one place show as cells whose transitions fail.
    """

    window: WindowInterface
    """The host's side of the map of faults."""
    start: Signal
    """One cycle: begin a job, while none is under way."""
    tile: Signal
    """Tile of the job; still until `busy` falls, as all that follows."""
    first_row: Signal
    """Its lowest word line."""
    first_line: Signal
    """Its lowest bit line."""
    last_row: Signal
    """Its highest word line."""
    last_line: Signal
    """Its highest bit line."""
    low: Signal
    """Highest code that is 0."""
    high: Signal
    """Lowest code that is 1."""
    pulses: Signal
    """Pulses of a write; 0 is taken for 1."""
    set_drive: Signal
    """Of the pulses that write 1."""
    set_gate: Signal
    """Of the pulses that write 1."""
    set_width: Signal
    """Of the pulses that write 1."""
    reset_drive: Signal
    """Of the pulses that write 0."""
    reset_gate: Signal
    """Of the pulses that write 0."""
    reset_width: Signal
    """Of the pulses that write 0."""
    stop: Signal
    """End the job, held until `busy` falls."""
    request: OperationInterface
    """To the operator."""
    row: Signal
    """Word line of the cell at work."""
    line: Signal
    """Its bit line."""
    busy: Signal
    """A job is under way."""
    finished: Signal
    """One cycle: the last cell is done with."""
    passed: Signal
    """One cycle: it is known whether a cell is faulty."""
    failed: Signal
    """One cycle: it is."""

    def __init__(self, shape: WriteShape) -> None:
        self._shape = shape
        words = -(-shape.cells // CELLS_PER_WORD)
        row, line = range(max(2, shape.rows)), range(max(2, shape.lines))
        super().__init__(
            {
                "window": In(WindowSignature(max(1, (words - 1).bit_length()))),
                "start": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "first_row": In(row),
                "first_line": In(line),
                "last_row": In(row),
                "last_line": In(line),
                "low": In(shape.code),
                "high": In(shape.code),
                "pulses": In(shape.pulses),
                "set_drive": In(shape.code),
                "set_gate": In(shape.code),
                "set_width": In(shape.width),
                "reset_drive": In(shape.code),
                "reset_gate": In(shape.code),
                "reset_width": In(shape.width),
                "stop": In(1),
                "request": Out(OperationSignature(shape)),
                "row": Out(row),
                "line": Out(line),
                "busy": Out(1),
                "finished": Out(1),
                "passed": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk, the map, and the three steps of a pass: read, write, read."""
        m = Module()
        m.submodules.walk = walk = CellWalk(self._shape)
        m.submodules.map = faults = FaultMap(cells=self._shape.cells)
        connect(m, flipped(self.window), faults.window)
        # Of the passes 0, 1, 2 the second alone writes 1.
        number, writing_one, last = Signal(2), Signal(), Signal()
        seen = _Seen()
        m.d.comb += [
            writing_one.eq(number == 1),
            last.eq(number == 2),
            walk.down.eq(last),
            self.row.eq(walk.row),
            self.line.eq(walk.line),
            faults.running.eq(self.busy),
            faults.number.eq(walk.number),
            faults.w_bits.eq(Mux(last, seen.kinds, seen.bits)),
        ]
        for name in ("first_row", "first_line", "last_row", "last_line"):
            m.d.comb += getattr(walk, name).eq(getattr(self, name))
        self._show(m, walk, writing_one)
        self._run(m, walk, faults, number, seen)
        return m

    def _show(self, m: Module, walk: CellWalk, writing_one: Signal) -> None:
        request = self.request
        m.d.comb += [
            request.tile.eq(self.tile),
            request.row.eq(walk.row),
            request.line.eq(walk.line),
            request.drive.eq(Mux(writing_one, self.set_drive, self.reset_drive)),
            request.gate.eq(Mux(writing_one, self.set_gate, self.reset_gate)),
            request.width.eq(Mux(writing_one, self.set_width, self.reset_width)),
        ]

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _run(
        self, m: Module, walk: CellWalk, faults: FaultMap, number: Signal, seen: "_Seen"
    ) -> None:
        request, given = self.request, Signal(self._shape.pulses)
        one, last = number == 1, number == 2
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"), m.If(self.start):
                m.d.sync += number.eq(0)
                m.next = "BEGIN"
            with self._state(m, "BEGIN"):
                m.d.comb += walk.begin.eq(1)
                m.next = "FETCH"
            with self._state(m, "FETCH"):
                m.next = "TAKE"
            with self._state(m, "TAKE"):
                m.d.sync += [seen.bits.eq(Mux(number == 0, 0, faults.bits)), given.eq(1)]
                m.next = "BEFORE"
            with self._state(m, "BEFORE"):
                m.d.comb += [request.valid.eq(1), request.op.eq(ArrayOp.VERIFY)]
                with m.If(request.done):
                    # Of what was there before the first write nothing is expected.
                    self._note(m, seen, zero=one, one=last)
                    m.next = "WRITE"
            with self._state(m, "WRITE"):
                m.d.comb += [
                    request.valid.eq(1),
                    request.op.eq(Mux(one, ArrayOp.SET, ArrayOp.RESET)),
                ]
                with m.If(request.done):
                    m.d.sync += given.eq(given + 1)
                    with m.If(given >= self.pulses):
                        m.next = "AFTER"
                        with m.If(number == 0):
                            m.next = "STORE"
            with self._state(m, "AFTER"):
                m.d.comb += [request.valid.eq(1), request.op.eq(ArrayOp.VERIFY)]
                with m.If(request.done):
                    self._note(m, seen, zero=last, one=one)
                    m.next = "STORE"
            with self._state(m, "STORE"):
                m.d.comb += [
                    faults.w_en.eq(~self.stop),
                    self.passed.eq(last & ~self.stop),
                    self.failed.eq(last & (seen.kinds != 0) & ~self.stop),
                ]
                m.next = "FETCH"
                with m.If(~walk.final):
                    m.d.comb += walk.next.eq(1)
                with m.Elif(last):
                    m.d.comb += self.finished.eq(~self.stop)
                    m.next = "IDLE"
                with m.Else():
                    m.d.sync += number.eq(number + 1)
                    m.next = "BEGIN"
        m.d.comb += seen.kinds.eq(seen.judged())

    def _note(self, m: Module, seen: "_Seen", *, zero: Value, one: Value) -> None:
        """Keep what a read says: `zero` and `one` tell what was expected."""
        above, below = self.request.code > self.low, self.request.code < self.high
        m.d.sync += seen.bits.eq(seen.bits | Cat(above, below, one & below, zero & above))


class _Seen:
    """What is kept of the cell at work."""

    def __init__(self) -> None:
        self.bits = Signal(FAULT_BITS, name="seen")
        self.kinds = Signal(FAULT_BITS, name="kinds")

    def judged(self) -> Cat:
        above, below, not_one, not_zero = self.bits
        return Cat(~above, ~below, not_one & above, not_zero & below)
