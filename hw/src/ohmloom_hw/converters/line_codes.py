"""From what the ADCs answered to the codes of the array port."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.array_port import select_bits
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan

__all__ = ["LineCodes"]


class LineCodes(wiring.Component):
    """Correct and round the codes of the converters, one a cycle; see `ConverterPlan.code`."""

    start: Signal
    """One cycle: begin, with `answers` and `select` still until `ready`."""
    answers: Signal
    """One code a chip, chip 0 in the low bits."""
    select: Signal
    """Which of the lines of each converter was converted."""
    line: Signal
    """Line whose offset is asked for."""
    offset: Signal
    """That offset, a cycle later."""
    codes: Signal
    """As in the array port."""
    over_range: Signal
    """As in the array port."""
    ready: Signal
    """One cycle: `codes` and `over_range` are there."""

    def __init__(self, plan: ConverterPlan) -> None:
        self._plan = plan
        spec = plan.spec
        super().__init__(
            {
                "start": In(1),
                "answers": In(plan.adc_chips * plan.adc.bits),
                "select": In(select_bits(spec)),
                "line": Out(range(spec.adcs * spec.adc.columns_per_adc)),
                "offset": In(signed(OFFSET_BITS)),
                "codes": Out(spec.adcs * spec.adc.bits),
                "over_range": Out(spec.adcs),
                "ready": Out(1),
            }
        )

    @property
    def latency(self) -> int:
        """Clock cycles from `start` to `ready`."""
        return self._plan.spec.adcs + 2

    def elaborate(self, platform: object) -> Module:
        """Build the walk over the converters and the arithmetic of one code."""
        m = Module()
        plan, spec = self._plan, self._plan.spec
        walking, valid, last = Signal(), Signal(), Signal()
        converter = Signal(range(max(2, spec.adcs)))
        line = Signal.like(self.line)
        raw = Signal(plan.adc.bits)
        ordered = Cat(
            self.answers.word_select(chip, plan.adc.bits) for chip in plan.chips_of_converters
        )
        with m.If(self.start):
            m.d.sync += [walking.eq(1), converter.eq(0), line.eq(self.select)]
        with m.Elif(walking):
            m.d.sync += [converter.eq(converter + 1), line.eq(line + spec.adc.columns_per_adc)]
            with m.If(converter == spec.adcs - 1):
                m.d.sync += walking.eq(0)
        m.d.comb += self.line.eq(line)
        m.d.sync += [
            raw.eq(ordered.word_select(converter, len(raw))),
            valid.eq(walking),
            last.eq(walking & (converter == spec.adcs - 1)),
            self.ready.eq(last),
        ]
        rounded = Signal(signed(plan.adc.bits + 3))
        code, over = Signal(spec.adc.bits), Signal()
        half = (1 << plan.adc_shift) >> 1
        m.d.comb += rounded.eq((raw - self.offset + half) >> plan.adc_shift)
        with m.If(rounded < 0):
            m.d.comb += over.eq(1)
        with m.Elif(rounded > spec.code_maximum):
            m.d.comb += [over.eq(1), code.eq(spec.code_maximum)]
        with m.Else():
            m.d.comb += [over.eq(raw.all()), code.eq(rounded)]
        with m.If(valid):
            m.d.sync += [
                self.codes.eq(Cat(self.codes, code)[len(code) :]),
                self.over_range.eq(Cat(self.over_range, over)[1:]),
            ]
        return m
