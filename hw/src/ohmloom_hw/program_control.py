"""Jobs on cells: begun by the host, ended by their last cell, the host, or what goes wrong."""

import enum
from collections.abc import Collection
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.cell_operator import WriteShape
from ohmloom_hw.program_registers import WriteError

__all__ = ["Job", "ProgramControl"]


class Job(enum.IntEnum):
    """What is done to the cells of a rectangle."""

    WRITE = 0
    """Write-verify."""
    FORM = 1
    """Forming."""
    MARCH = 2
    """March test."""
    SCREEN = 3
    """Look for bad columns."""
    LEARN = 4
    """Learn from a sample; the rectangle is of no account."""
    TRANSPOSE = 5
    """Lead errors back through a tile; the rectangle is of no account."""


class ProgramControl(wiring.Component):
    """Begin jobs where nothing speaks against them, and stop them where something does.

    `stop` is high from the very cycle in which something goes wrong until all have come to rest.

    Parameters
    ----------
    jobs
        Those that the chip is built for.
    """

    start: Signal
    """One cycle each, a bit a `Job`: begin it; ignored while one is under way."""
    abort: Signal
    """One cycle: end the job; ignored while there is none, and it keeps a start off."""
    lost: Signal
    """One cycle: the host is gone."""
    running: Signal
    """The step table is being run."""
    enabled: Signal
    """From the interlock."""
    armed: Signal
    """From the interlock."""
    forming: Signal
    """From the interlock."""
    tile: Signal
    """Content of WRITE_TILE."""
    first_row: Signal
    """Content of WRITE_FIRST."""
    first_line: Signal
    """Content of WRITE_FIRST."""
    last_row: Signal
    """Content of WRITE_LAST."""
    last_line: Signal
    """Content of WRITE_LAST."""
    expired: Signal
    """From the operator."""
    unasked: Signal
    """An array answered without being asked."""
    bad_level: Signal
    """From the engine."""
    finished: Signal
    """One cycle: the client has done the job."""
    working: Signal
    """A client or the operator isn't at rest."""
    begin: Signal
    """One cycle: the client of `job` is to begin."""
    job: Signal
    """The `Job`, still until `busy` falls."""
    stop: Signal
    """To the clients and the operator."""
    busy: Signal
    """A job is under way."""
    done: Signal
    """The last job came to its end; falls at the next start."""
    error: Signal
    """The `WriteError` that ended the last job, or 0."""
    ended: Signal
    """One cycle: a job is over, well or by an error."""

    def __init__(self, shape: WriteShape, *, jobs: Collection[Job]) -> None:
        self._shape, self._jobs = shape, jobs
        # What learns has its bit where it is built alone, so that other chips stay as they are.
        self._known = tuple(job for job in Job if job in jobs or job < Job.LEARN)
        super().__init__(
            {
                "start": In(len(self._known)),
                "abort": In(1),
                "lost": In(1),
                "running": In(1),
                "enabled": In(1),
                "armed": In(1),
                "forming": In(1),
                "tile": In(8),
                "first_row": In(16),
                "first_line": In(16),
                "last_row": In(16),
                "last_line": In(16),
                "expired": In(1),
                "unasked": In(1),
                "bad_level": In(1),
                "finished": In(1),
                "working": In(1),
                "begin": Out(1),
                "job": Out(range(len(self._known))),
                "stop": Out(1),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(8),
                "ended": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        refused, wrong = Signal(8), Signal(8)
        m.d.comb += [refused.eq(self._refusal()), wrong.eq(self._trouble())]
        m.d.sync += self.ended.eq(0)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"), m.If(self.start.any() & ~self.abort):
                m.d.sync += [self.done.eq(0), self.error.eq(0)]
                for job in reversed(self._known):
                    with m.If(self.start[job]):
                        m.d.sync += self.job.eq(job)
                m.next = "CHECK"
            with m.State("CHECK"):
                with m.If(refused != 0):
                    m.d.sync += [self.error.eq(refused), self.ended.eq(1)]
                    m.next = "IDLE"
                with m.Else():
                    m.d.comb += self.begin.eq(1)
                    m.next = "WORK"
            with m.State("WORK"):
                m.d.comb += self.stop.eq(wrong != 0)
                with m.If(wrong != 0):
                    m.d.sync += self.error.eq(wrong)
                    m.next = "STOP"
                with m.Elif(self.finished):
                    m.d.sync += [self.done.eq(1), self.ended.eq(1)]
                    m.next = "IDLE"
            with m.State("STOP"):
                m.d.comb += self.stop.eq(1)
                with m.If(~self.working):
                    m.d.sync += self.ended.eq(1)
                    m.next = "IDLE"
        return m

    def _open(self) -> Value:
        """Return whether the interlock forbids the job."""
        locked = ~(self.enabled & self.armed) | ((self.job == Job.FORM) & ~self.forming)
        # The screen only reads, and so does what leads errors back.
        for job in (Job.SCREEN, Job.TRANSPOSE):
            if job in self._known:
                locked &= self.job != job
        return locked

    def _refusal(self) -> Value:
        shape, learns = self._shape, self.job >= Job.LEARN
        outside = Cat(
            self.tile >= shape.tiles,
            *(
                wrong & ~learns if Job.LEARN in self._jobs else wrong
                for wrong in (
                    self.first_row > self.last_row,
                    self.first_line > self.last_line,
                    self.last_row >= shape.rows,
                    self.last_line >= shape.lines,
                )
            ),
        ).any()
        missing = Cat(self.job == job for job in self._known if job not in self._jobs).any()
        return _first(
            (missing, WriteError.NOT_BUILT),
            (self.abort, WriteError.ABORTED),
            (self.lost, WriteError.HOST_LOST),
            (self.running, WriteError.RUN_BUSY),
            (self._open(), WriteError.INTERLOCK),
            (outside, WriteError.BAD_RANGE),
        )

    def _trouble(self) -> Value:
        return _first(
            (self.abort, WriteError.ABORTED),
            (self.lost, WriteError.HOST_LOST),
            (self._open(), WriteError.INTERLOCK),
            (self.expired, WriteError.READ_TIMEOUT),
            (self.unasked, WriteError.PROTOCOL),
            (self.bad_level, WriteError.BAD_LEVEL),
        )


def _first(*causes: tuple[Value, WriteError]) -> Value:
    """Return the error of the first cause that holds, or 0."""
    found: Any = WriteError.NONE.value
    for cause, error in reversed(causes):
        found = Mux(cause, error.value, found)
    return Value.cast(found)
