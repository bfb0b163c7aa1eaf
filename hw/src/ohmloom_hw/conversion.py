"""Turn-taking of the lines at the converters of a tile."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import select_bits

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

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
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
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the round counter and the register that codes are handed out from."""
        m = Module()
        waiting, last = Signal(), Signal()
        elapsed = Signal(16)
        free, move = Signal(), Signal()
        m.d.comb += [
            last.eq(self.stop | (self.select == self._share - 1) | (self.select + 1 >= self.lines)),
            self.busy.eq(self.converting | waiting | self.start | self.samples.valid),
            self.unasked.eq(self.done & ~self.converting),
            move.eq(free & ((self.converting & self.done) | waiting)),
        ]
        m.d.sync += self.start.eq((self.begin & ~self.stop) | (move & ~last))
        with m.If(self.begin):
            m.d.sync += self.select.eq(0)
        with m.Elif(move & ~last):
            m.d.sync += self.select.eq(self.select + 1)
        with m.If(self.start):
            m.d.sync += [self.converting.eq(1), elapsed.eq(0)]
        with m.Elif(self.converting):
            m.d.sync += elapsed.eq(elapsed + 1)
            with m.If(self.done):
                m.d.sync += [self.converting.eq(0), waiting.eq(~free)]
            with m.Elif(elapsed == self.timeout):
                m.d.comb += self.expired.eq(1)
                m.d.sync += self.converting.eq(0)
        with m.Elif(waiting & free):
            m.d.sync += waiting.eq(0)
        self._hand_out(m, move, free)
        return m

    def _hand_out(self, m: Module, move: Signal, free: Signal) -> None:
        bits = self._spec.adc.bits
        held = Signal.like(self.codes)
        held_over = Signal.like(self.over_range)
        line = Signal(range(self._spec.lines + self._spec.adc.columns_per_adc))
        holding, final = Signal(), Signal()
        sample = self.samples.payload
        m.d.comb += [
            self.samples.valid.eq(holding),
            sample.line.eq(line),
            sample.code.eq(held[:bits]),
            sample.over_range.eq(held_over[0]),
            final.eq(line + self._share >= self.lines),
            free.eq(~holding | (self.samples.ready & final)),
        ]
        with m.If(move):
            m.d.sync += [
                held.eq(self.codes),
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
