"""From the input buffer to the codes of the word lines, one slice at a time."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.correction import SCALE_FRACTION_BITS, UNIT_SCALE
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.correction_registers import SCALE_BITS

__all__ = ["InputFormatter"]


class InputFormatter(wiring.Component):
    """Collect one slice of each row's input in a register, beside what the lines show.

    Entries come from the input buffer, one a cycle. Of a signed entry, a pass takes the positive
    or the negative part. Rows from `rows` on get code 0. While the slices of one pass are
    converted, those of the next are collected.

    With maps, a row's slice goes to the word line that a map says, which names each once.

    With a row scale, entries are scaled before anything else. With reissue, a pass may take half of
    a slice.

    The sum of the signed inputs is taken along; it is that of the whole entries, whatever the
    slice.
    """

    start: Signal
    """One cycle: collect anew with the parameters below, which keep still until `busy` falls."""
    base: Signal
    """First entry of the input buffer."""
    rows: Signal
    """Number of entries."""
    piece: Signal
    """Index of the slice, least significant first."""
    negative: Signal
    """Whether to take the negative parts."""
    has_sign: Signal
    """Whether entries are signed."""
    address: Signal
    """Word of the input buffer to read."""
    word: Signal
    """That word, a cycle later."""
    row: Signal
    """With maps or a row scale: logical row whose entry is read."""
    place: Signal
    """With maps: its physical row, a cycle later."""
    scale: Signal
    """With a row scale: that of the row, a cycle later; `UNIT_SCALE` and more are one."""
    fine: Signal
    """With reissue: take half of the slice."""
    half: Signal
    """With reissue: which; the lower, or the upper, shifted down."""
    codes: Signal
    """The collected slices, row 0 in the low bits; complete when `busy` has fallen."""
    w_en: Signal
    """The slice of a row is taken, for those who keep the slices elsewhere."""
    w_row: Signal
    """That row."""
    w_code: Signal
    """That slice."""
    x_en: Signal
    """With checksums or residues: the input of a row is there, once a step."""
    x_value: Signal
    """With checksums or residues: that input, with its sign; 0 from row `rows` on."""
    total: Signal
    """Sum of the signed entries; complete when `busy` has fallen."""
    busy: Signal
    """High from the cycle after `start` for `latency` cycles."""

    def __init__(self, spec: ChipSpec, *, maps: bool = False) -> None:
        self._spec, self._maps = spec, maps
        self._lanes = 32 // spec.entry_bits
        place = range(max(2, spec.rows))
        mapped = {"place": In(place)} if maps else {}
        self._scales, self._reissues = spec.defence.row_scale, spec.defence.reissue
        if maps or self._scales:
            mapped = {"row": Out(place), **mapped}
        self._shows = spec.defence.checksums or spec.defence.residue > 0
        shown = {"x_en": Out(1), "x_value": Out(signed(spec.entry_bits + 1))}
        super().__init__(
            {
                "start": In(1),
                "base": In(range(spec.input_entries)),
                "rows": In(range(spec.rows + 1)),
                "piece": In(range(max(2, spec.input.slices))),
                "negative": In(1),
                "has_sign": In(1),
                "address": Out(range(spec.input_entries // self._lanes)),
                "word": In(32),
                "codes": Out(spec.rows * spec.input.slice_bits),
                "w_en": Out(1),
                "w_row": Out(place),
                "w_code": Out(spec.input.slice_bits),
                "total": Out(signed(spec.input.bits + spec.rows.bit_length() + 1)),
                "busy": Out(1),
                **mapped,
                **(shown if self._shows else {}),
                **({"scale": In(SCALE_BITS)} if self._scales else {}),
                **({"fine": In(1), "half": In(1)} if self._reissues else {}),
            }
        )

    @property
    def latency(self) -> int:
        """Clock cycles for which `busy` is high."""
        return self._spec.rows + 1

    def elaborate(self, platform: object) -> Module:
        """Build the reader and the shift register behind it."""
        spec, m = self._spec, Module()
        bits, width = spec.input.slice_bits, spec.entry_bits
        row = Signal(range(spec.rows + 1))
        entry = Signal.like(self.base)
        m.d.comb += [
            entry.eq(self.base + row),
            self.address.eq(entry >> (self._lanes.bit_length() - 1)),
        ]
        reading, fetched, used = Signal(), Signal(), Signal()
        lane = Signal(range(self._lanes))
        m.d.sync += [
            fetched.eq(reading),
            used.eq(row < self.rows),
            lane.eq(entry % self._lanes),
        ]
        m.d.comb += self.busy.eq(reading | fetched)
        with m.If(self.start):
            m.d.sync += [row.eq(0), reading.eq(1), self.total.eq(0)]
        with m.Elif(reading):
            m.d.sync += [row.eq(row + 1), reading.eq(row != spec.rows - 1)]

        raw = Signal(width)
        value = Signal(signed(width + 1))
        magnitude = Signal(spec.input.slices * bits)
        m.d.comb += [
            raw.eq(self.word.word_select(lane, width)),
            value.eq(self._scaled(m, Mux(self.has_sign, raw.as_signed(), raw))),
        ]
        with m.If(used & (self.negative == (value < 0))):
            m.d.comb += magnitude.eq(Mux(self.negative, -value, value))
        m.d.comb += [
            self.w_en.eq(fetched),
            self.w_code.eq(self._half(m, magnitude.word_select(self.piece, bits))),
        ]
        if self._shows:
            first: Value = (self.piece == 0) & ~self.negative
            if self._reissues:
                first &= ~self.half
            m.d.comb += [
                self.x_en.eq(fetched & first),
                self.x_value.eq(Mux(used, value, 0)),
            ]
        if self._maps or self._scales:
            m.d.comb += self.row.eq(row)
        if self._maps:
            m.d.comb += self.w_row.eq(self.place)
        else:
            m.d.sync += self.w_row.eq(row)
        with m.If(fetched):
            if self._maps:
                m.d.sync += self.codes.word_select(self.place, bits).eq(self.w_code)
            else:
                m.d.sync += self.codes.eq(Cat(self.codes, self.w_code)[bits:])
            m.d.sync += self.total.eq(self.total + Mux(used, value, 0))
        return m

    def _scaled(self, m: Module, value: Value) -> Value:
        """Return an entry times its row's scale, if there are such."""
        if not self._scales:
            return value
        whole = Signal(value.shape(), name="whole")
        product = Signal(signed(len(value) + SCALE_BITS))
        # Without the highest bit, which alone is one, so that a product can't be above the entry.
        fraction = self.scale[:SCALE_FRACTION_BITS]
        m.d.comb += [whole.eq(value), product.eq(whole * fraction + UNIT_SCALE // 2)]
        return Mux(self.scale[SCALE_FRACTION_BITS], whole, product >> SCALE_FRACTION_BITS)

    def _half(self, m: Module, code: Value) -> Value:
        """Return the half of a slice that is asked for, if any is."""
        if not self._reissues:
            return code
        low = self._spec.input.half_bits
        whole = Signal(self._spec.input.slice_bits, name="whole_slice")
        m.d.comb += whole.eq(code)
        return Mux(self.fine, Mux(self.half, whole[low:], whole[:low]), whole)
