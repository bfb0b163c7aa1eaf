"""From the slice codes of the word lines to the codes of one channel of all DACs."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan

__all__ = ["WordCodes"]


class WordCodes(wiring.Component):
    """Scale, correct and limit the codes of one channel, a DAC a cycle.

    Nothing reaches a DAC but through here, so no code above the limit ever leaves.
    """

    start: Signal
    """One cycle: collect, with `channel`, `levels`, `write` and `limit` still until `ready`."""
    channel: Signal
    """Channel of the DACs."""
    levels: Signal
    """Slice codes of all rows, row 0 in the low bits."""
    write: Signal
    """Scale for an operation that writes."""
    limit: Signal
    """Highest code."""
    place: Signal
    """Output whose offset is asked for."""
    offset: Signal
    """That offset, a cycle later."""
    codes: Signal
    """One code a DAC, chip 0 in the low bits; still from `ready` to the next start."""
    ready: Signal
    """One cycle: `codes` are there."""
    limited: Signal
    """One cycle: a code was above the limit."""

    def __init__(self, plan: ConverterPlan) -> None:
        self._plan = plan
        bits = plan.dac.bits
        super().__init__(
            {
                "start": In(1),
                "channel": In(range(max(2, plan.dac.channels))),
                "levels": In(plan.spec.rows * plan.spec.input.slice_bits),
                "write": In(1),
                "limit": In(bits),
                "place": Out(range(max(2, plan.dac_chips * plan.dac.channels))),
                "offset": In(signed(OFFSET_BITS)),
                "codes": Out(plan.dac_chips * bits),
                "ready": Out(1),
                "limited": Out(1),
            }
        )

    @property
    def latency(self) -> int:
        """Clock cycles from `start` to `ready`."""
        return self._plan.dac_chips + 2

    def elaborate(self, platform: object) -> Module:
        """Build the walk over the chips and the arithmetic of one code."""
        m = Module()
        chips = self._plan.dac_chips
        walking, valid, last = Signal(), Signal(), Signal()
        chip = Signal(range(max(2, chips)))
        place = Signal.like(self.place)
        with m.If(self.start):
            m.d.sync += [walking.eq(1), chip.eq(0), place.eq(self.channel)]
        with m.Elif(walking):
            m.d.sync += [chip.eq(chip + 1), place.eq(place + self._plan.dac.channels)]
            with m.If(chip == chips - 1):
                m.d.sync += walking.eq(0)
        m.d.comb += self.place.eq(place)
        level = Signal(self._plan.spec.input.slice_bits)
        m.d.sync += [
            level.eq(self._by_place().word_select(place, len(level))),
            valid.eq(walking),
            last.eq(walking & (chip == chips - 1)),
            self.ready.eq(last),
        ]
        code = self._code(m, level, valid)
        with m.If(valid):
            m.d.sync += self.codes.eq(Cat(self.codes, code)[len(code) :])
        return m

    def _by_place(self) -> Value:
        bits = self._plan.spec.input.slice_bits
        return Cat(
            Const(0, bits) if row is None else self.levels.word_select(row, bits)
            for row in self._plan.rows_of_outputs
        )

    def _code(self, m: Module, level: Signal, valid: Signal) -> Signal:
        bits = self._plan.dac.bits
        scaled = []
        for write in (False, True):
            factor, shift = self._plan.dac_scale(write=write)
            scaled.append((level * factor + ((1 << shift) >> 1)) >> shift)
        # The write limit may be at the top of the range, where rounding reaches one more bit.
        plain = Signal(bits + 1)
        corrected = Signal(signed(bits + 3))
        code = Signal(bits)
        m.d.comb += [
            plain.eq(Mux(self.write, scaled[1], scaled[0])),
            corrected.eq(plain + self.offset),
            self.limited.eq(valid & (corrected > self.limit)),
        ]
        with m.If(self.limited):
            m.d.comb += code.eq(self.limit)
        with m.Elif(corrected >= 0):
            m.d.comb += code.eq(corrected)
        return code
