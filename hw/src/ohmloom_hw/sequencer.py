"""The sequencer: runs the step table, layer after layer, without the host."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from amaranth.hdl import Module, Signal, Value

from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.sequencer_ports import SequencerPorts

__all__ = ["Sequencer"]


class Sequencer(SequencerPorts):
    """Run steps: collect inputs, settle, convert, once a slice; then pass over the columns.

    While the slices of one pass are converted, those of the next are collected. An error ends the
    run, with the lines at code 0, its code and the number of its step kept until the next start.
    The lines are released at once; the run is over when the stations that were at work have come
    to rest, so that the next one finds them so.
    """

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        m = Module()
        self._reread = Signal(3, name="reread")
        stray = Signal()
        stopping = Signal()
        m.d.comb += [
            self.stop.eq(self.abort | self.lost | stopping),
            self.release.eq(~self.busy | self.stop),
        ]
        m.d.sync += [stray.eq(self.busy & (stray | self.unasked)), self.ended.eq(0)]
        with m.FSM() as machine:
            with m.State("IDLE"), m.If(self.start & ~self.abort):
                self._begin(m)
            if self._maps:
                self._check_maps(m)
            with self._state(m, "FETCH"):
                self._fetch(m)
            with self._state(m, "CHECK"):
                self._check(m)
            with self._state(m, "CLEAR"):
                m.d.comb += self.clear.eq(1)
                m.d.sync += self.column.eq(self.column + 1)
                with m.If(self.column == self._spec.columns - 1):
                    m.next = "GATHER"
            with self._state(m, "GATHER"), m.If(~self.gathering):
                self._gathered(m)
            self._convert(m, stray)
            self._weigh(m)
            with self._state(m, "COLUMNS"):
                self._advance(m, stray)
            if self._spikes:
                with self._state(m, "NEURONS"), m.If(~self.firing):
                    self._next_step(m)
            with m.State("STOP"):
                m.d.comb += stopping.eq(1)
                with m.If(~self._working()):
                    m.d.sync += [self.busy.eq(0), self.ended.eq(1)]
                    m.next = "IDLE"
        # The stubs of Amaranth don't know what its state machines offer.
        encoding: Mapping[str, int] = cast("Any", machine).encoding
        self.states = {number: name for name, number in encoding.items()}
        return m

    def _working(self) -> Value:
        working: Value = self.gathering
        for busy in self.at_sums:
            working = working | busy
        return working

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state of a run, which the host can end in each."""
        with m.State(name):
            yield
            if self._mends:
                with m.If(self.broken):
                    self._fail(m, ErrorCode.MEMORY)
            with m.If(self.lost):
                self._fail(m, ErrorCode.HOST_LOST)
            with m.If(self.abort):
                self._fail(m, ErrorCode.ABORTED)

    def _begin(self, m: Module) -> None:
        m.d.sync += [self.busy.eq(1), self.done.eq(0), self.number.eq(0)]
        m.d.sync += [self.error.eq(0), self.error_step.eq(0)]
        with m.If(self.steps == 0):
            self._refuse(m, ErrorCode.EMPTY_TABLE)
        with m.Elif(self.steps > self._spec.step_entries):
            # The step number would wrap, and the run never end.
            self._refuse(m, ErrorCode.LONG_TABLE)
        with m.Else():
            m.next = "FETCH"
            if self._maps:
                with m.If(self.unchecked):
                    m.d.comb += self.check.eq(1)
                    m.next = "MAPS"

    def _check_maps(self, m: Module) -> None:
        with self._state(m, "MAPS"), m.If(~self.checking):
            with m.If(self.refused):
                self._fail(m, ErrorCode.NOT_INJECTIVE)
            with m.Else():
                m.next = "FETCH"

    def _check(self, m: Module) -> None:
        with m.If(self.step.tile >= self._spec.tiles):
            self._fail(m, ErrorCode.NO_SUCH_TILE)
        with m.Else():
            m.d.comb += [self.gather.eq(1), self.begin.eq(1)]
            m.d.sync += [
                self.gather_piece.eq(0),
                self.gather_negative.eq(0),
                self.column.eq(0),
            ]
            m.next = "CLEAR"

    def _convert(self, m: Module, stray: Signal) -> None:
        elapsed = Signal(16)
        last_piece, last_pass = Signal(), Signal()
        final = Signal()
        whole: Value | int = self.gather_half | ~self.fine if self._reissues else 1
        highest: Value = self.gather_piece == self._spec.input.slices - 1
        if self._spikes:
            # An input of 0 or 1 is whole in its lowest slice.
            highest = highest | self.spiking
        m.d.comb += [
            last_piece.eq(highest & whole),
            last_pass.eq(last_piece & (self.gather_negative | ~self.step.signed)),
        ]
        next_pass = Signal()
        with self._state(m, "APPLY"):
            m.d.comb += self.apply.eq(1)
            m.d.sync += [
                elapsed.eq(1),
                self.convert_piece.eq(self.gather_piece),
                self.convert_negative.eq(self.gather_negative),
                final.eq(last_pass),
                next_pass.eq(~last_pass),
            ]
            if self._reissues:
                m.d.sync += [
                    self.convert_half.eq(self.gather_half),
                    self.gather_half.eq(self.fine & ~self.gather_half),
                ]
            with m.If(last_piece):
                m.d.sync += [self.gather_piece.eq(0), self.gather_negative.eq(1)]
            with m.Elif(whole):
                m.d.sync += self.gather_piece.eq(self.gather_piece + 1)
            m.next = "SETTLE"
        with self._state(m, "SETTLE"):
            # The next pass is collected from here on; the lines keep what they took.
            m.d.comb += self.gather.eq(next_pass)
            m.d.sync += [next_pass.eq(0), elapsed.eq(elapsed + 1)]
            with m.If(elapsed >= self.settle):
                m.d.comb += self.convert.eq(1)
                m.next = "CONVERT"
            if self._maps:
                with m.If(self.missing):
                    m.d.comb += self.convert.eq(0)
                    self._fail(m, ErrorCode.COLUMN_MISSING)
        with self._state(m, "CONVERT"):
            with m.If(self.expired):
                self._fail(m, ErrorCode.ARRAY_TIMEOUT)
            with m.Elif(stray):
                self._fail(m, ErrorCode.ARRAY_PROTOCOL)
            with m.Elif(~self.converting & ~final):
                m.next = "GATHER"
            with m.Elif(~self.converting):
                self._converted(m)

    def _gathered(self, m: Module) -> None:
        m.next = "APPLY"
        if self._spikes:
            with m.If(self.spiking & self.silent):
                m.d.comb += self.skipping.eq(1)
                m.d.sync += self.skipped.eq(1)
                self._finish(m)

    def _fetch(self, m: Module) -> None:
        if self._spikes:
            m.d.sync += self.skipped.eq(0)
        if self._reissues:
            m.d.sync += [self.fine.eq(0), self.gather_half.eq(0)]
        if self._judges:
            m.d.sync += self._reread.eq(0)
        m.next = "CHECK"

    def _converted(self, m: Module) -> None:
        if not self._reissues:
            self._decode(m)
            return
        with m.If(self.clipped & ~self.fine):
            m.d.comb += self.reissued.eq(1)
            m.d.sync += self.fine.eq(1)
            m.next = "CHECK"
        with m.Else():
            self._decode(m)

    def _decode(self, m: Module) -> None:
        if self._decodes:
            m.d.comb += self.decode.eq(1)
            m.next = "DECODE"
        else:
            self._judge(m)

    def _judge(self, m: Module) -> None:
        if self._judges:
            m.d.comb += self.judge.eq(1)
            m.next = "JUDGE"
        else:
            self._finish(m)

    def _finish(self, m: Module) -> None:
        m.d.comb += self.finish.eq(1)
        m.next = "COLUMNS"

    def _weigh(self, m: Module) -> None:
        if self._decodes:
            with self._state(m, "DECODE"), m.If(~self.decoding):
                self._judge(m)
        if not self._judges:
            return
        with self._state(m, "JUDGE"), m.If(~self.judging):
            with m.If(self.doubt & (self._reread < self.rereads)):
                m.d.comb += self.again.eq(1)
                m.d.sync += self._reread.eq(self._reread + 1)
                m.next = "CHECK"
            with m.Else():
                self._finish(m)

    def _advance(self, m: Module, stray: Signal) -> None:
        with m.If(stray):
            self._fail(m, ErrorCode.ARRAY_PROTOCOL)
        with m.Elif(~self.finishing):
            if self._spikes:
                with m.If(self.spiking & self.step.fire):
                    m.d.comb += self.fire.eq(1)
                    m.next = "NEURONS"
                with m.Else():
                    self._next_step(m)
            else:
                self._next_step(m)

    def _next_step(self, m: Module) -> None:
        with m.If(self.number + 1 == self.steps):
            m.d.sync += [self.busy.eq(0), self.done.eq(1), self.ended.eq(1)]
            m.next = "IDLE"
        with m.Else():
            m.d.sync += self.number.eq(self.number + 1)
            m.next = "FETCH"

    def _refuse(self, m: Module, code: ErrorCode) -> None:
        m.d.sync += [self.busy.eq(0), self.error.eq(code.value), self.ended.eq(1)]

    def _fail(self, m: Module, code: ErrorCode) -> None:
        m.d.sync += [
            self.done.eq(0),
            self.error.eq(code.value),
            self.error_step.eq(self.number),
            self.ended.eq(0),
            self.busy.eq(1),
        ]
        m.next = "STOP"
