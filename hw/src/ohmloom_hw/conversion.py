"""Turn-taking of the lines at the converters of a tile."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import select_bits
from ohmloom_hw.repeated_reads import ReadCombiner, RepeatedReads, read_layout, repeats

__all__ = ["Conversion", "sample_layout"]


def sample_layout(spec: ChipSpec) -> data.StructLayout:
    """Return the layout of one converted line."""
    return data.StructLayout(
        {"line": range(max(2, spec.lines)), "code": spec.adc.bits, "over_range": 1}
    )


class Conversion(wiring.Component):
    """Convert all used lines of a tile and hand out their codes one by one.

    In each round every converter takes one of its lines. The codes of a round are moved aside, so
    that the next round runs while they are handed out; if they aren't all gone when the next round
    is done, the converters wait.

    With redundant reads, a converter reads its line several times, and one code is made of all.
    """

    begin: Signal
    """One cycle: convert, with `lines` still until `busy` falls."""
    lines: Signal
    """Number of lines in use, from line 0."""
    stop: Signal
    """No round begins."""
    timeout: Signal
    """Clock cycles after which a conversion is given up."""
    select: Signal
    """To the array port."""
    start: Signal
    """To the array port."""
    done: Signal
    """From the array port."""
    codes: Signal
    """From the array port."""
    over_range: Signal
    """From the array port."""
    samples: stream.Interface
    """The converted lines; payload of `sample_layout`."""
    converting: Signal
    """High while the converters are at work."""
    busy: Signal
    """High from the cycle after `begin` up to that in which the last sample is taken."""
    expired: Signal
    """One cycle: the array didn't answer in time; the conversion ends."""
    unasked: Signal
    """The array raised `done` though nothing was started."""
    vote_limit: Signal
    """With a vote: by how much a mean of reads may differ from the median."""
    outvoted: Signal
    """With a vote: one cycle, a mean of the sample that is taken differs by more."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        self._repeats = repeats(spec) > 1
        self._votes = spec.defence.vote > 1
        self._share = min(spec.adc.columns_per_adc, spec.lines)
        super().__init__(
            {
                "begin": In(1),
                "lines": In(range(spec.lines + 1)),
                "stop": In(1),
                "timeout": In(16),
                "select": Out(select_bits(spec)),
                "start": Out(1),
                "done": In(1),
                "codes": In(spec.adcs * spec.adc.bits),
                "over_range": In(spec.adcs),
                "samples": Out(stream.Signature(sample_layout(spec))),
                "converting": Out(1),
                "busy": Out(1),
                "expired": Out(1),
                "unasked": Out(1),
                **({"vote_limit": In(spec.adc.bits), "outvoted": Out(1)} if self._votes else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the round counter and the register that codes are handed out from."""
        m = Module()
        waiting, last = Signal(), Signal()
        elapsed = Signal(16)
        free, move = Signal(), Signal()
        array = self._repeat(m) if self._repeats else None
        start = self.start if array is None else array.start
        done = self.done if array is None else array.done
        unasked = self.done & ~self.converting
        m.d.comb += [
            last.eq(self.stop | (self.select == self._share - 1) | (self.select + 1 >= self.lines)),
            self.busy.eq(self.converting | waiting | start | self.samples.valid),
            self.unasked.eq(unasked if array is None else array.unasked),
            move.eq(free & ((self.converting & done) | waiting)),
        ]
        m.d.sync += start.eq((self.begin & ~self.stop) | (move & ~last))
        with m.If(self.begin):
            m.d.sync += self.select.eq(0)
        with m.Elif(move & ~last):
            m.d.sync += self.select.eq(self.select + 1)
        with m.If(start):
            m.d.sync += [self.converting.eq(1), elapsed.eq(0)]
        with m.Elif(self.converting):
            m.d.sync += elapsed.eq(elapsed + 1)
            late = elapsed == self.timeout
            if array is not None:
                # The time is that of each read.
                late &= ~self.done
                with m.If(array.again):
                    m.d.sync += elapsed.eq(0)
            with m.If(done):
                m.d.sync += [self.converting.eq(0), waiting.eq(~free)]
            with m.Elif(late):
                m.d.comb += self.expired.eq(1)
                m.d.sync += self.converting.eq(0)
        with m.Elif(waiting & free):
            m.d.sync += waiting.eq(0)
        self._hand_out(m, move, free, array)
        return m

    def _repeat(self, m: Module) -> RepeatedReads:
        m.submodules.repeated = repeated = RepeatedReads(self._spec)
        m.d.comb += [
            repeated.stop.eq(self.stop),
            repeated.give_up.eq(self.expired),
            self.start.eq(repeated.array_start),
            repeated.array_done.eq(self.done),
            repeated.codes.eq(self.codes),
            repeated.over_range.eq(self.over_range),
        ]
        return repeated

    def _hand_out(self, m: Module, move: Signal, free: Signal, array: RepeatedReads | None) -> None:
        """Take the codes of all converters at once, and hand them out one by one."""
        bits = self._spec.adc.bits if array is None else read_layout(self._spec).size
        codes = self.codes if array is None else array.reads
        held = Signal.like(codes, name="held")
        held_over = Signal.like(self.over_range)
        line = Signal(range(self._spec.lines + self._spec.adc.columns_per_adc))
        holding, final = Signal(), Signal()
        sample = self.samples.payload
        code, over_range = self._sampled(m, held[:bits], held_over, array)
        m.d.comb += [
            self.samples.valid.eq(holding),
            sample.line.eq(line),
            sample.code.eq(code),
            sample.over_range.eq(over_range),
            final.eq(line + self._share >= self.lines),
            free.eq(~holding | (self.samples.ready & final)),
        ]
        with m.If(move):
            m.d.sync += [
                held.eq(codes),
                held_over.eq(self.over_range),
                line.eq(self.select),
                holding.eq(1),
            ]
        with m.Elif(holding & self.samples.ready):
            m.d.sync += [
                held.eq(Cat(held[bits:], held[:bits])),
                held_over.eq(Cat(held_over[1:], held_over[0])),
                line.eq(line + self._share),
                holding.eq(~final),
            ]

    def _sampled(
        self, m: Module, held: Value, held_over: Signal, array: RepeatedReads | None
    ) -> tuple[Value, Value]:
        """Return the code of what is held of a converter, and whether it is out of range."""
        if array is None:
            return held, held_over[0]
        m.submodules.combiner = combiner = ReadCombiner(self._spec)
        m.d.comb += combiner.read.eq(held)
        if self._votes:
            taken = self.samples.valid & self.samples.ready
            m.d.comb += [
                combiner.limit.eq(self.vote_limit),
                self.outvoted.eq(combiner.outvoted & taken),
            ]
        return combiner.code, combiner.over_range
