"""Several reads for each conversion: their mean, and the median of three such means."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec

__all__ = ["ReadCombiner", "RepeatedReads", "read_layout", "repeats"]


def repeats(spec: ChipSpec) -> int:
    """Return how often each conversion is done."""
    return spec.defence.average * spec.defence.vote


def read_layout(spec: ChipSpec) -> data.StructLayout:
    """Return the layout of what is known of a line after all reads.

    `sums` are those of the codes that are averaged, one a vote, and `over_range` says of each
    whether one of its reads was out of range.
    """
    average, vote = spec.defence.average, spec.defence.vote
    bits = spec.adc.bits + average.bit_length() - 1
    return data.StructLayout({"sums": data.ArrayLayout(bits, vote), "over_range": vote})


class RepeatedReads(wiring.Component):
    """Do each conversion several times, one right after the other.

    To its user it is the array port of a slower array, whose codes are `read_layout`s.
    """

    start: Signal
    """One cycle: convert."""
    stop: Signal
    """No further read begins; what is there is handed out."""
    give_up: Signal
    """One cycle: the array didn't answer; nothing is handed out."""
    done: Signal
    """One cycle: `reads` are complete; they keep still until the next read ends."""
    reads: Signal
    """A `read_layout` a converter, converter 0 in the low bits."""
    again: Signal
    """One cycle: the array is started once more."""
    array_start: Signal
    """To the array port."""
    array_done: Signal
    """From the array port."""
    codes: Signal
    """From the array port."""
    over_range: Signal
    """From the array port."""
    unasked: Signal
    """The array raised `done` between two reads."""

    latency = 1
    """Clock cycles from the last answer of the array to `done`."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        self._layout = read_layout(spec)
        super().__init__(
            {
                "start": In(1),
                "stop": In(1),
                "give_up": In(1),
                "done": Out(1),
                "reads": Out(spec.adcs * self._layout.size),
                "again": Out(1),
                "array_start": Out(1),
                "array_done": In(1),
                "codes": In(spec.adcs * spec.adc.bits),
                "over_range": In(spec.adcs),
                "unasked": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the counter of reads, and the sums of each converter."""
        m = Module()
        average, vote = self._spec.defence.average, self._spec.defence.vote
        read, turn = Signal(range(max(2, average))), Signal(range(max(2, vote)))
        asked, last = Signal(), Signal()
        m.d.comb += [
            last.eq(self.stop | ((read == average - 1) & (turn == vote - 1))),
            self.array_start.eq(self.start | self.again),
            self.unasked.eq(self.array_done & ~asked),
        ]
        answered = asked & self.array_done
        m.d.sync += [self.done.eq(answered & last), self.again.eq(answered & ~last)]
        with m.If(self.array_start):
            m.d.sync += asked.eq(1)
        with m.Elif(answered | self.give_up):
            m.d.sync += asked.eq(0)
        with m.If(self.start):
            m.d.sync += [read.eq(0), turn.eq(0)]
        with m.Elif(answered):
            m.d.sync += read.eq(Mux(read == average - 1, 0, read + 1))
            with m.If(read == average - 1):
                m.d.sync += turn.eq(turn + 1)
        with m.If(answered):
            self._add(m, first=read == 0, turn=turn)
        return m

    def _add(self, m: Module, *, first: Value, turn: Signal) -> None:
        bits, size = self._spec.adc.bits, self._layout.size
        for number in range(self._spec.adcs):
            kept = data.View(self._layout, self.reads[number * size : (number + 1) * size])
            code = self.codes[number * bits : (number + 1) * bits]
            over = self.over_range[number]
            votes = self._layout["over_range"].width
            for vote in range(votes):
                with m.If(turn == vote):
                    m.d.sync += [
                        kept.sums[vote].eq(Mux(first, 0, kept.sums[vote]) + code),
                        kept.over_range[vote].eq((~first & kept.over_range[vote]) | over),
                    ]


class ReadCombiner(wiring.Component):
    """One code for all reads of a line.

    A mean is rounded, a tie up. Of three means the median is taken, which is out of range where
    two of them are; a mean is where one of its reads was.
    """

    read: data.View
    """The reads, a `read_layout`."""
    limit: Signal
    """With a vote: by how much a mean may differ from the median."""
    code: Signal
    """The code, in the same cycle."""
    over_range: Signal
    """Whether it is out of range."""
    outvoted: Signal
    """With a vote: a mean differs from the median by more."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        layout = read_layout(spec)
        self._votes = layout["over_range"].width
        voting = {"limit": In(spec.adc.bits), "outvoted": Out(1)}
        super().__init__(
            {
                "read": In(layout),
                "code": Out(spec.adc.bits),
                "over_range": Out(1),
                **(voting if self._votes > 1 else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the rounding, and the comparisons of three means."""
        m = Module()
        means = []
        for vote in range(self._votes):
            mean = Signal(self._spec.adc.bits, name=f"mean_{vote}")
            shift = len(self.read.sums[vote]) - self._spec.adc.bits
            m.d.comb += mean.eq((self.read.sums[vote] + ((1 << shift) >> 1)) >> shift)
            means.append(mean)
        if self._votes == 1:
            m.d.comb += [self.code.eq(means[0]), self.over_range.eq(self.read.over_range)]
            return m
        low, high = Signal.like(self.code), Signal.like(self.code)
        lowest, highest = Signal.like(self.code), Signal.like(self.code)
        inner, median = Signal.like(self.code), Signal.like(self.code)
        first, second, third = means
        swap = first > second
        m.d.comb += [
            low.eq(Mux(swap, second, first)),
            high.eq(Mux(swap, first, second)),
            # The median is the larger of the lower one and of what is left below the higher one.
            inner.eq(Mux(third < high, third, high)),
            highest.eq(Mux(third < high, high, third)),
            median.eq(Mux(inner > low, inner, low)),
            lowest.eq(Mux(inner > low, low, inner)),
            self.code.eq(median),
            self.outvoted.eq((highest - median > self.limit) | (median - lowest > self.limit)),
        ]
        flags = self.read.over_range
        m.d.comb += self.over_range.eq(
            Cat(flags[0] & flags[1], flags[0] & flags[2], flags[1] & flags[2]).any()
        )
        return m
