"""The screen: a quick look at the columns of a tile, compared with what they should give."""

from collections.abc import Iterator
from contextlib import contextmanager

from amaranth.hdl import C, Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.conversion import sample_layout
from ohmloom_hw.march_registers import GROUP_ROWS, SUSPECT_WORD, march_windows, screen_groups

__all__ = ["Screen"]


class Screen(wiring.Component):
    """Drive one group of rows after the other with the highest code, and look at all lines.

    The code of each line is kept, with a mark where it is further from its signature than allowed.
    So a column is found that changed, and among which rows. A signature is what an earlier screen
    of good cells read.
    """

    window_signature: WindowInterface
    """The host's side of what is expected."""
    window_screen: WindowInterface
    """The host's side of what was read."""
    start: Signal
    """One cycle: begin a job, while none is under way."""
    limit: Signal
    """By how many codes a line may be off."""
    settle: Signal
    """Clock cycles from a change of the lines to the first conversion, at least 1."""
    stop: Signal
    """End the job, held until `busy` falls."""
    levels: Signal
    """Codes of all word lines, row 0 in the low bits."""
    convert: Signal
    """Start of the conversion of all lines."""
    converting: Signal
    """The conversion is busy."""
    samples: stream.Interface
    """The converted lines; always ready."""
    busy: Signal
    """A job is under way."""
    finished: Signal
    """One cycle: the last group is done with."""
    passed: Signal
    """One cycle: a line of a group is done with."""
    failed: Signal
    """One cycle: it is suspicious."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        bits = next(w for w in march_windows(spec) if w.name == "SCREEN").addr_bits
        super().__init__(
            {
                "window_signature": In(WindowSignature(bits)),
                "window_screen": In(WindowSignature(bits)),
                "start": In(1),
                "limit": In(16),
                "settle": In(16),
                "stop": In(1),
                "levels": Out(spec.rows * spec.input.slice_bits),
                "convert": Out(1),
                "converting": In(1),
                "samples": In(stream.Signature(sample_layout(spec))),
                "busy": Out(1),
                "finished": Out(1),
                "passed": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk over the groups, and the comparison behind the converters."""
        m = Module()
        group = Signal(range(max(2, screen_groups(self._spec))))
        self._run(m, group)
        self._compare(m, group)
        return m

    def _run(self, m: Module, group: Signal) -> None:
        elapsed, stored = Signal(16), Signal()
        m.d.sync += [elapsed.eq(elapsed + 1), stored.eq(self.samples.valid)]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"), m.If(self.start):
                m.d.sync += group.eq(0)
                m.next = "APPLY"
            with self._state(m, "APPLY"):
                # The lines come from registers: what follows from an answer moves within a cycle.
                m.d.sync += [self.levels.eq(self._driven(group)), elapsed.eq(1)]
                m.next = "SETTLE"
            with self._state(m, "SETTLE"), m.If(elapsed >= self.settle):
                m.d.comb += self.convert.eq(~self.stop)
                m.next = "CONVERT"
            # The conversion is busy from the next cycle on, and what it gave is stored last.
            rest = ~(self.converting | self.samples.valid | stored)
            with self._state(m, "CONVERT"), m.If(rest):
                m.d.sync += group.eq(group + 1)
                m.next = "APPLY"
                with m.If(group == screen_groups(self._spec) - 1):
                    m.d.comb += self.finished.eq(~self.stop)
                    m.d.sync += self.levels.eq(0)
                    m.next = "IDLE"
            with m.State("DRAIN"), m.If(~self.converting):
                m.next = "IDLE"

    @contextmanager
    def _state(self, m: Module, name: str) -> Iterator[None]:
        """Describe a state that `stop` ends."""
        with m.State(name):
            yield
            with m.If(self.stop):
                m.d.sync += self.levels.eq(0)
                m.next = "DRAIN"

    def _driven(self, group: Signal) -> Cat:
        top = (1 << self._spec.input.slice_bits) - 1
        rows = range(self._spec.rows)
        return Cat(Mux(group == row // GROUP_ROWS, C(top), 0) for row in rows)

    def _compare(self, m: Module, group: Signal) -> None:
        """Look each line's signature up; store and judge its code a cycle later."""
        spec, sample = self._spec, self.samples.payload
        bits = spec.adc.bits
        depth = 1 << len(self.window_screen.addr)
        expected: Memory = Memory(shape=unsigned(bits), depth=depth, init=[])
        found: Memory = Memory(shape=unsigned(bits + 1), depth=depth, init=[])
        m.submodules.signature, m.submodules.found = expected, found
        wanted, w_wanted = expected.read_port(), expected.write_port()
        shown, w_found = found.read_port(), found.write_port()
        place, code, valid = Signal(range(depth)), Signal(bits), Signal()
        off, suspect = Signal(bits), Signal()
        now = group * spec.lines + sample.line
        m.d.sync += [place.eq(now), code.eq(sample.code), valid.eq(self.samples.valid & self.busy)]
        m.d.comb += [
            self.samples.ready.eq(1),
            wanted.addr.eq(Mux(self.busy, now, self.window_signature.addr)),
            self.window_signature.r_data.eq(wanted.data),
            w_wanted.addr.eq(self.window_signature.addr),
            w_wanted.data.eq(self.window_signature.w_data),
            w_wanted.en.eq(self.window_signature.w_en & ~self.busy),
            off.eq(Mux(code > wanted.data, code - wanted.data, wanted.data - code)),
            suspect.eq(off > self.limit),
            w_found.addr.eq(place),
            w_found.data.eq(Cat(code, suspect)),
            w_found.en.eq(valid),
            self.passed.eq(valid),
            self.failed.eq(valid & suspect),
            shown.addr.eq(self.window_screen.addr),
        ]
        read, mark = SUSPECT_WORD
        word = self.window_screen.r_data
        m.d.comb += [
            word[read.low : read.low + bits].eq(shown.data[:bits]),
            word[mark.low].eq(shown.data[bits]),
        ]
