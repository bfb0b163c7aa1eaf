"""Errors led back through a tile: bit lines driven, word lines converted, codes summed up.

=======  ==========================================================================================
FETCH    the error of a column is asked for
GATHER   one slice of its size goes to the plus line of a positive error or the minus line of a
         negative one; in the second pass of a slice, the other way round
APPLY    the lines take the slices of all columns
SETTLE   they get their time
START    each converter is to take one of its word lines
CONVERT  it does
ADD      its code, shifted, is added to the sum of its row, or taken away in a second pass
DRAIN    a read was cut off, and the array answers still
=======  ==========================================================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import row_converters, select_bits
from ohmloom_hw.learning.transposed_registers import error_entries, sum_entries

__all__ = ["TransposedReader"]


class TransposedReader(wiring.Component):
    """A job on a tile that moves no cell.

    Both passes of a slice drive the same total, so that what the lowest level conducts, and what
    else doesn't depend on the side of a pair, is gone from their difference.

    Parameters
    ----------
    spec
        A chip with ``learning.transposed``: a weight is one pair of neighbouring lines.
    """

    start: Signal
    """One cycle, while not `busy`: read."""
    stop: Signal
    """The read ends here; held until `busy` falls."""
    settle: Signal
    """Clock cycles from a change of the lines to the first conversion, at least 1."""
    timeout: Signal
    """Clock cycles after which a conversion is given up."""
    column: Signal
    """Column whose error is asked for."""
    error: Signal
    """That error, a cycle later."""
    row: Signal
    """Row whose sum is asked for, or set."""
    total: Signal
    """That sum, a cycle later."""
    w_en: Signal
    """Set the sum of `row`."""
    w_total: Signal
    """To this."""
    levels: Signal
    """To the array port: codes of all bit lines, line 0 in the low bits."""
    select: Signal
    """To the array port."""
    convert: Signal
    """To the array port: its start."""
    done: Signal
    """From the array port."""
    codes: Signal
    """From the array port."""
    over_range: Signal
    """From the array port."""
    busy: Signal
    """A read is under way."""
    finished: Signal
    """One cycle: it has come to its end."""
    expired: Signal
    """One cycle: the array didn't answer in time; the read ends."""
    unasked: Signal
    """The array answered though nothing was started."""
    clipped: Signal
    """One cycle: a code is added that was out of range."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        self._converters = converters = row_converters(spec)
        self._share = min(spec.adc.columns_per_adc, spec.rows)
        super().__init__(
            {
                "start": In(1),
                "stop": In(1),
                "settle": In(16),
                "timeout": In(16),
                "column": Out(range(error_entries(spec))),
                "error": In(signed(spec.input.bits + 1)),
                "row": Out(range(sum_entries(spec))),
                "total": In(signed(spec.accumulator_bits)),
                "w_en": Out(1),
                "w_total": Out(signed(spec.accumulator_bits)),
                "levels": Out(spec.lines * spec.input.slice_bits),
                "select": Out(select_bits(spec, transposed=True)),
                "convert": Out(1),
                "done": In(1),
                "codes": In(converters * spec.adc.bits),
                "over_range": In(converters),
                "busy": Out(1),
                "finished": Out(1),
                "expired": Out(1),
                "unasked": Out(1),
                "clipped": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk over slices, passes, columns and rows."""
        m = Module()
        self._piece = Signal(range(max(2, self._spec.input.slices)), name="piece")
        self._second = Signal(name="second")
        self._elapsed = Signal(16, name="elapsed")
        self._held = Signal.like(self.codes, name="held")
        self._held_over = Signal.like(self.over_range, name="held_over")
        m.d.sync += [self._elapsed.eq(self._elapsed + 1), self.convert.eq(0)]
        m.d.comb += self.unasked.eq(self.done)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.sync += [self._piece.eq(0), self._second.eq(0), self.column.eq(0)]
                with m.If(self.start & ~self.stop):
                    m.next = "FETCH"
            self._gather(m)
            with self._state(m, "SETTLE"), m.If(self._elapsed >= self.settle):
                m.next = "START"
            self._convert(m)
            self._add(m)
        return m

    @contextmanager
    def _state(
        self, m: Module, name: str, after: str = "IDLE", unless: Value | int = 0
    ) -> Iterator[None]:
        """Describe a state that `stop` ends, with the lines at rest.

        Parameters
        ----------
        after
            What follows it then.
        unless
            Whether there is nothing to wait for, so that no state follows.
        """
        with m.State(name):
            yield
            with m.If(self.stop):
                m.d.sync += [self.levels.eq(0), self.convert.eq(0)]
                m.next = after
                with m.If(unless):
                    m.next = "IDLE"

    def _gather(self, m: Module) -> None:
        spec, bits = self._spec, self._spec.input.slice_bits
        gathered = Signal.like(self.levels, name="gathered")
        size, code = Signal(spec.input.slices * bits), Signal(bits)
        negative = self.error < 0
        m.d.comb += [
            size.eq(Mux(negative, -self.error, self.error)),
            code.eq(size.word_select(self._piece, bits)),
        ]
        minus = negative ^ self._second
        pair = Cat(Mux(minus, 0, code), Mux(minus, code, 0))
        with self._state(m, "FETCH"):
            m.next = "GATHER"
        with self._state(m, "GATHER"):
            m.d.sync += [
                gathered.eq(Cat(gathered, pair)[2 * bits :]),
                self.column.eq(self.column + 1),
            ]
            m.next = "FETCH"
            with m.If(self.column == spec.columns - 1):
                m.d.sync += self.column.eq(0)
                m.next = "APPLY"
        with self._state(m, "APPLY"):
            m.d.sync += [self.levels.eq(gathered), self._elapsed.eq(1), self.select.eq(0)]
            m.next = "SETTLE"

    def _convert(self, m: Module) -> None:
        late = self._elapsed == self.timeout
        with self._state(m, "START"):
            m.d.sync += self.convert.eq(1)
            m.next = "ASK"
        # What has begun is waited for, even where nobody wants it any more.
        with self._state(m, "ASK", after="DRAIN"):
            m.d.sync += self._elapsed.eq(0)
            m.next = "CONVERT"
        with self._state(m, "CONVERT", after="DRAIN", unless=self.done):
            m.d.comb += self.unasked.eq(0)
            m.d.sync += [
                self._held.eq(self.codes),
                self._held_over.eq(self.over_range),
                self.row.eq(self.select),
            ]
            with m.If(self.done):
                m.next = "LOOK_UP"
            with m.Elif(late):
                m.d.comb += self.expired.eq(1)
        with m.State("DRAIN"):
            m.d.comb += self.unasked.eq(0)
            with m.If(self.done | (self._elapsed >= self.timeout)):
                m.next = "IDLE"

    def _add(self, m: Module) -> None:
        spec = self._spec
        bits, share = spec.adc.bits, self._share
        most = spec.input.slice_bits * (spec.input.slices - 1)
        amount = Signal(range(max(2, most + 1)))
        addend, before = (Signal(signed(spec.accumulator_bits)) for _ in range(2))
        first = (self._piece == 0) & ~self._second
        following = Signal(range(spec.rows + share))
        m.d.comb += [
            amount.eq(self._piece * spec.input.slice_bits),
            addend.eq((self._held[:bits] << amount) << spec.adc_shift),
            before.eq(Mux(first, 0, self.total)),
            self.w_total.eq(before + Mux(self._second, -addend, addend)),
            following.eq(self.row + share),
        ]
        with self._state(m, "LOOK_UP"):
            m.next = "ADD"
        with self._state(m, "ADD"):
            m.d.comb += [self.w_en.eq(1), self.clipped.eq(self._held_over[0])]
            m.d.sync += [
                self._held.eq(self._held[bits:]),
                self._held_over.eq(self._held_over[1:]),
                self.row.eq(following),
            ]
            m.next = "LOOK_UP"
            with m.If(following >= spec.rows):
                m.d.sync += self.select.eq(self.select + 1)
                m.next = "START"
                with m.If(self.select == share - 1):
                    self._next_pass(m)

    def _next_pass(self, m: Module) -> None:
        last: Value = self._piece == self._spec.input.slices - 1
        m.d.sync += self._second.eq(~self._second)
        m.next = "FETCH"
        with m.If(self._second):
            m.d.sync += self._piece.eq(self._piece + 1)
            with m.If(last):
                m.d.sync += self.levels.eq(0)
                m.d.comb += self.finished.eq(~self.stop)
                m.next = "IDLE"
