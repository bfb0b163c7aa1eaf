"""The write engine: write-verify or form the cells of a rectangle, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.buffers import WordBuffer
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.cell_operator import OperationInterface, OperationSignature, WriteShape
from ohmloom_hw.cell_walk import CellWalk
from ohmloom_hw.csr import fields_layout
from ohmloom_hw.program_registers import (
    KEPT_FAILURES,
    TARGET_HALF,
    WORDS_PER_LEVEL,
    WRITTEN_WORD,
)
from ohmloom_hw.write_tables import FailureList
from ohmloom_hw.write_verify import WriteVerify

__all__ = ["WriteEngine"]


class WriteEngine(wiring.Component):
    """Take each cell's target, bring it there, and note what became of it.

    A cell that was given up before, or is locked, gets no operation. The memories are the host's
    while the engine is at rest.

    Parameters
    ----------
    shape
        Of the chip.
    levels
        Entries of the level file that are levels; forming has the next one.
    probes
        Whether others may ask, while the engine is at rest, which cells get no pulse.
    """

    window_levels: WindowInterface
    """The host's side of the level file."""
    window_target: WindowInterface
    """The host's side of the targets."""
    window_written: WindowInterface
    """The host's side of the results."""
    window_failures: WindowInterface
    """The host's side of the cells that were given up."""
    start: Signal
    """One cycle: begin a job, while none is under way."""
    forming: Signal
    """Whether it forms the cells; still until `busy` falls, as all that follows."""
    tile: Signal
    """Tile of the job."""
    first_row: Signal
    """Its lowest word line."""
    first_line: Signal
    """Its lowest bit line."""
    last_row: Signal
    """Its highest word line."""
    last_line: Signal
    """Its highest bit line."""
    by_line: Signal
    """Cells line by line, not row by row."""
    max_pulses: Signal
    """Pulses of a cell at most."""
    max_flips: Signal
    """Changes of direction at most."""
    confirm: Signal
    """Reads in a row that must be good."""
    relax: Signal
    """A good cell is confirmed once more after the relaxation time."""
    relax_time: Signal
    """The relaxation time in clock cycles."""
    stop: Signal
    """End the job, held until `busy` falls; what became of the cell at work is noted."""
    expired: Signal
    """With `stop`: a read took too long, which is the cell's failure."""
    probe: Signal
    """With `probes`: the memories are asked about `probed`, while the engine is at rest."""
    probed: Signal
    """With `probes`: number of a cell."""
    spared: Signal
    """With `probes`: it is locked or was given up, a cycle later."""
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
    bad_level: Signal
    """The cell's target names a level that isn't there; the engine waits for `stop`."""
    passed: Signal
    """One cycle: a cell is done with, or left alone."""
    failed: Signal
    """One cycle: a cell is given up."""

    def __init__(self, shape: WriteShape, *, levels: int, probes: bool = False) -> None:
        self._shape, self._levels, self._probes = shape, levels, probes
        self._level_words = 1 << (WORDS_PER_LEVEL * (levels + 1) - 1).bit_length()
        self._cells = 1 << max(1, (shape.cells - 1).bit_length())
        row, line = range(max(2, shape.rows)), range(max(2, shape.lines))
        probe = {"probe": In(1), "probed": In(range(max(2, shape.cells))), "spared": Out(1)}
        super().__init__(
            (probe if probes else {})
            | {
                "window_levels": In(_window(self._level_words)),
                "window_target": In(_window(self._cells // 2)),
                "window_written": In(_window(self._cells)),
                "window_failures": In(_window(KEPT_FAILURES)),
                "start": In(1),
                "forming": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "first_row": In(row),
                "first_line": In(line),
                "last_row": In(row),
                "last_line": In(line),
                "by_line": In(1),
                "max_pulses": In(shape.pulses),
                "max_flips": In(shape.flips),
                "confirm": In(shape.confirm),
                "relax": In(1),
                "relax_time": In(shape.relax),
                "stop": In(1),
                "expired": In(1),
                "request": Out(OperationSignature(shape)),
                "row": Out(row),
                "line": Out(line),
                "busy": Out(1),
                "finished": Out(1),
                "bad_level": Out(1),
                "passed": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the memories and the way from cell to cell."""
        m = Module()
        m.submodules.walk = walk = CellWalk(self._shape)
        m.submodules.cell = cell = WriteVerify(self._shape)
        m.submodules.levels = levels = WordBuffer(entries=self._level_words, bits=32)
        m.submodules.targets = targets = WordBuffer(entries=max(2, self._cells // 2), bits=32)
        m.submodules.written = written = WordBuffer(entries=self._cells, bits=32)
        connect(m, flipped(self.window_levels), levels.window)
        connect(m, flipped(self.window_target), targets.window)
        connect(m, flipped(self.window_written), written.window)
        number, asked = self._asked(walk)
        target = self._target(m, number, targets, asked)
        entry = Mux(self.forming, self._levels, target.level)
        m.d.comb += [
            levels.running.eq(self.busy),
            levels.place.eq(Cat(cell.word, entry)),
            written.running.eq(asked),
            written.place.eq(number),
            cell.data.eq(levels.value),
            cell.trim.eq(target.trim.as_signed()),
        ]
        self._operate(m, walk, cell)
        result = self._result(m, cell, written)
        if self._probes:
            m.d.comb += self.spared.eq(target.locked | _failed(result.old.status))
        self._run(m, walk, cell, target, result)
        return m

    def _asked(self, walk: CellWalk) -> tuple[Value, Value]:
        """Return the cell that the memories are asked about, and whether they are at all."""
        if not self._probes:
            return walk.number, self.busy
        return Mux(self.probe, self.probed, walk.number), self.busy | self.probe

    def _target(self, m: Module, number: Value, targets: WordBuffer, asked: Value) -> Any:
        """Return the target of the cell, valid a cycle after its number."""
        odd, half = Signal(), Signal(fields_layout(TARGET_HALF))
        m.d.sync += odd.eq(number[0])
        m.d.comb += [
            targets.running.eq(asked),
            targets.place.eq(number >> 1),
            half.eq(targets.value.as_unsigned().word_select(odd, 16)),
        ]
        return half

    def _operate(self, m: Module, walk: CellWalk, cell: WriteVerify) -> None:
        for name in ("first_row", "first_line", "last_row", "last_line", "by_line"):
            m.d.comb += getattr(walk, name).eq(getattr(self, name))
        for name in ("max_pulses", "max_flips", "confirm", "relax", "relax_time", "forming"):
            m.d.comb += getattr(cell, name).eq(getattr(self, name))
        for name in ("valid", "op", "drive", "gate", "width"):
            m.d.comb += getattr(self.request, name).eq(getattr(cell, name))
        m.d.comb += [
            self.request.tile.eq(self.tile),
            self.request.row.eq(walk.row),
            self.request.line.eq(walk.line),
            self.row.eq(walk.row),
            self.line.eq(walk.line),
            cell.done.eq(self.request.done),
            cell.read.eq(self.request.code),
            cell.stop.eq(self.stop),
        ]

    def _result(self, m: Module, cell: WriteVerify, written: WordBuffer) -> "_Result":
        layout = fields_layout(WRITTEN_WORD)
        result = _Result(old=data.View(layout, written.value.as_unsigned()))
        word: Any = Signal(layout)
        with m.If(result.locked):
            m.d.comb += word.eq(result.old)
        with m.Else():
            for name in ("code", "pulses", "flips", "relapsed"):
                m.d.comb += word[name].eq(getattr(cell, name))
        m.d.comb += [
            word.status.eq(result.status),
            written.w_value.eq(word.as_value()),
            written.w_en.eq(result.store),
        ]
        m.submodules.failures = failures = FailureList(self._shape)
        connect(m, flipped(self.window_failures), failures.window)
        m.d.comb += [
            failures.clear.eq(self.start & ~self.busy),
            failures.add.eq(self.failed),
            failures.tile.eq(self.tile),
            failures.row.eq(self.row),
            failures.line.eq(self.line),
            self.failed.eq(result.store & _failed(result.status)),
        ]
        return result

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.next = "IDLE"

    def _run(
        self, m: Module, walk: CellWalk, cell: WriteVerify, target: Any, result: "_Result"
    ) -> None:
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"), m.If(self.start):
                m.d.comb += walk.begin.eq(1)
                m.next = "FETCH"
            with self._state(m, "FETCH"):
                m.next = "CHECK"
            with self._state(m, "CHECK"):
                m.d.sync += result.locked.eq(target.locked)
                with m.If(_failed(result.old.status)):
                    m.next = "ADVANCE"
                with m.Elif(target.locked):
                    m.d.sync += result.status.eq(WriteStatus.LOCKED)
                    m.next = "STORE"
                with m.Elif(~self.forming & (target.level >= self._levels)):
                    m.d.comb += self.bad_level.eq(1)
                with m.Else():
                    m.d.comb += cell.start.eq(1)
                    m.next = "CELL"
            with m.State("CELL"):
                with m.If(self.stop):
                    ending = Mux(self.expired, WriteStatus.READ_FAILED, WriteStatus.ABORTED)
                    m.d.sync += result.status.eq(ending)
                    m.next = "STORE"
                with m.Elif(cell.ended):
                    m.d.sync += result.status.eq(cell.status)
                    m.next = "STORE"
            with self._state(m, "STORE"):
                m.d.comb += result.store.eq(1)
                m.next = "ADVANCE"
            with self._state(m, "ADVANCE"):
                m.d.comb += self.passed.eq(~self.stop)
                with m.If(walk.final):
                    m.d.comb += self.finished.eq(~self.stop)
                    m.next = "IDLE"
                with m.Else():
                    m.d.comb += walk.next.eq(1)
                    m.next = "FETCH"


class _Result:
    """What becomes of the cell at work."""

    def __init__(self, *, old: Any) -> None:
        self.old = old
        self.status = Signal(len(old.status), name="final_status")
        self.locked = Signal(name="stays_locked")
        self.store = Signal(name="store")


def _failed(status: Value) -> Value:
    return Cat(status == known for known in WriteStatus if known.failed).any()


def _window(words: int) -> WindowSignature:
    return WindowSignature(max(1, (words - 1).bit_length()))
