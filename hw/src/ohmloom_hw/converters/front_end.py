"""The front end: serves an array port by writing DACs and reading ADCs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.array_port import ArrayOp, ArrayPort
from ohmloom_hw.converters.line_codes import LineCodes
from ohmloom_hw.converters.offsets import OffsetTable
from ohmloom_hw.converters.pins import ConverterPins
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan
from ohmloom_hw.converters.spi import SerialMaster
from ohmloom_hw.converters.word_codes import WordCodes

__all__ = ["ConverterFrontEnd"]


class ConverterFrontEnd(wiring.Component):
    """What stands behind an array port on a board with converter chips.

    After reset all outputs are brought to code 0 before anything else, and the first code of the
    ADCs, which means nothing, is thrown away. From then on the DACs follow the levels: each change
    is written to all of them, whether or not a conversion is asked for, so that lines which the
    core releases go to code 0 within `ConverterPlan.safe_cycles`. A conversion waits until the
    lines have settled; `done` comes later then, and nothing else shows.

    An operation that writes drives the levels again, scaled to the write limit, for `width` clock
    cycles after they have settled, and then brings the lines to code 0. It ends early if the
    levels change or `safe` rises.

    Parameters
    ----------
    plan
        The arithmetic of chip and board.
    """

    array: Any
    """The array port, seen from the array."""
    pins: Any
    """To the chips; see `ConverterPins`."""
    safe: Signal
    """Hold all lines at code 0."""
    limit_read: Signal
    """Highest DAC code of a read, if below the ceiling of the plan."""
    limit_write: Signal
    """Highest DAC code of an operation that writes, if below the ceiling of the plan."""
    limited: Signal
    """One cycle: a code was above its limit."""
    prepared: Signal
    """The chips have been set up."""
    settled: Signal
    """The lines show the levels, and have settled."""
    host_place: Signal
    """See `OffsetTable`."""
    host_lines: Signal
    """See `OffsetTable`."""
    w_en: Signal
    """See `OffsetTable`."""
    w_data: Signal
    """See `OffsetTable`."""
    r_data: Signal
    """See `OffsetTable`."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell type checkers that the plan makes the ports."""

    def __init__(self, plan: ConverterPlan) -> None:
        self._plan = plan
        super().__init__(
            {
                "array": In(ArrayPort(plan.spec)),
                "pins": Out(ConverterPins(plan)),
                "safe": In(1),
                "limit_read": In(plan.dac.bits),
                "limit_write": In(plan.dac.bits),
                "limited": Out(1),
                "prepared": Out(1),
                "settled": Out(1),
                "host_place": In(plan.offset_place_bits),
                "host_lines": In(1),
                "w_en": In(1),
                "w_data": In(OFFSET_BITS),
                "r_data": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Put the parts together."""
        m = Module()
        plan = self._plan
        m.submodules.words = words = WordCodes(plan)
        m.submodules.lines = lines = LineCodes(plan)
        m.submodules.offsets = offsets = OffsetTable(plan)
        m.submodules.dacs = dacs = SerialMaster(
            plan.dac.port,
            plan.dac_frame,
            lanes=plan.dac_chips,
            code_bits=plan.dac.bits,
            tail_bits=plan.dac.tail_bits,
        )
        m.submodules.adcs = adcs = SerialMaster(
            plan.adc.port, plan.adc_frame, lanes=plan.adc_chips, answer_bits=plan.adc.bits
        )
        m.d.comb += [
            offsets.host_place.eq(self.host_place),
            offsets.host_lines.eq(self.host_lines),
            offsets.w_en.eq(self.w_en),
            offsets.w_data.eq(self.w_data),
            self.r_data.eq(offsets.r_data),
            offsets.output.eq(words.place),
            words.offset.eq(offsets.output_offset),
            offsets.line.eq(lines.line),
            lines.offset.eq(offsets.line_offset),
            self.limited.eq(words.limited),
        ]
        self._wire_pins(m, dacs, adcs)
        parts = _Parts(words=words, lines=lines, dacs=dacs, adcs=adcs)
        state = _State.of(plan)
        self._follow(m, words, state)
        self._answer(m, lines, adcs)
        self._count(m, state)
        self._send(m, parts, state)
        with m.FSM():
            self._prepare(m, parts, state)
            with m.State("WATCH"):
                self._watch(m, state)
            self._write(m, parts, state)
            self._convert(m, parts, state)
        return m

    def _wire_pins(self, m: Module, dacs: SerialMaster, adcs: SerialMaster) -> None:
        plan, select = self._plan, self.array.select
        m.d.comb += [
            self.pins.dac_sclk.eq(dacs.sclk),
            self.pins.dac_select_n.eq(dacs.select_n),
            self.pins.dac_data.eq(dacs.to_chips),
            self.pins.adc_sclk.eq(adcs.sclk),
            self.pins.adc_select_n.eq(adcs.select_n),
            adcs.from_chips.eq(self.pins.adc_data),
        ]
        if plan.adc.header_bits:
            header = Array(Const(h, plan.adc.header_bits) for h in plan.adc.headers)
            rest = plan.adc.frame_bits - plan.adc.header_bits
            m.d.comb += [
                adcs.frame.eq(Cat(Const(0, rest), header[select[: plan.channel_bits]])),
                self.pins.adc_command.eq(adcs.to_chips[0]),
            ]
        if plan.mux_bits:
            m.d.sync += self.pins.mux.eq(select[plan.channel_bits :])

    def _follow(self, m: Module, words: WordCodes, state: "_State") -> None:
        """Notice that the lines don't show what they should."""
        plan = self._plan
        wanted = Signal.like(self.array.levels)
        limits = Cat(self.limit_read, self.limit_write)
        before, dirty = Signal(len(limits)), Signal()
        read, write = Signal(plan.dac.bits), Signal(plan.dac.bits)
        m.d.sync += before.eq(limits)
        with m.If(~self.safe & ~state.blank):
            m.d.comb += wanted.eq(self.array.levels)
        with m.If(state.taken):
            m.d.sync += [state.shown.eq(wanted), state.shown_write.eq(state.writing)]
        with m.If(self.w_en | (before != limits)):
            m.d.sync += dirty.eq(1)
        with m.Elif(state.taken):
            m.d.sync += dirty.eq(0)
        m.d.comb += [
            state.stale.eq((state.shown != wanted) | dirty | (state.shown_write != state.writing)),
            read.eq(Mux(self.limit_read < plan.read_ceiling, self.limit_read, plan.read_ceiling)),
            write.eq(
                Mux(self.limit_write < plan.write_ceiling, self.limit_write, plan.write_ceiling)
            ),
            words.levels.eq(state.shown),
            words.write.eq(state.shown_write),
            words.limit.eq(Mux(state.shown_write, write, read)),
            self.pins.op.eq(Mux(state.shown_write, self.array.op, ArrayOp.READ)),
        ]

    def _answer(self, m: Module, lines: LineCodes, adcs: SerialMaster) -> None:
        m.d.comb += [
            lines.start.eq(adcs.finished & self.prepared),
            lines.answers.eq(adcs.answers),
            lines.select.eq(self.array.select),
            self.array.codes.eq(lines.codes),
            self.array.over_range.eq(lines.over_range),
        ]

    def _count(self, m: Module, state: "_State") -> None:
        """Let the counters run, where the state machine doesn't set them."""
        m.d.comb += self.settled.eq(state.written & ~state.stale & (state.calm == 0))
        m.d.sync += self.array.done.eq(0)
        with m.If(self.array.start):
            m.d.sync += state.pending.eq(1)
        with m.If(state.calm != 0):
            m.d.sync += state.calm.eq(state.calm - 1)
        with m.If(state.wait != 0):
            m.d.sync += state.wait.eq(state.wait - 1)
        if self._plan.latch_cycles:
            m.d.sync += [self.pins.dac_latch_n.eq(1), state.latch.eq(0)]

    def _send(self, m: Module, parts: "_Parts", state: "_State") -> None:
        """Offer the DACs the frame that is next."""
        dac = self._plan.dac
        low = dac.bits + dac.tail_bits
        headers = Array(Const(header << low, dac.frame_bits) for header in dac.headers)
        setup = Array(Const(frame, dac.frame_bits) for frame in dac.setup_frames)
        m.d.comb += [
            parts.dacs.frame.eq(Mux(self.prepared, headers[state.channel], setup[state.frame])),
            parts.dacs.coded.eq(self.prepared),
            parts.dacs.codes.eq(parts.words.codes),
            parts.words.channel.eq(state.channel),
        ]

    def _prepare(self, m: Module, parts: "_Parts", state: "_State") -> None:
        plan = self._plan
        with m.State("RESET"):
            m.d.sync += state.wait.eq(plan.power_up_cycles)
            m.next = "POWER"
        with m.State("POWER"), m.If(state.wait == 0):
            m.next = "SETUP"
        with m.State("SETUP"), m.If(~parts.dacs.busy):
            m.d.comb += parts.dacs.start.eq(1)
            m.next = "SENDING"
        with m.State("SENDING"), m.If(parts.dacs.finished):
            m.d.sync += state.frame.eq(state.frame + 1)
            m.next = "SETUP"
            with m.If(state.frame == len(plan.dac.setup_frames) - 1):
                m.next = "LATCH" if plan.latch_cycles else "DUMMY"
        with m.State("DUMMY"):
            m.d.comb += parts.adcs.start.eq(1)
            m.next = "DISCARD"
        with m.State("DISCARD"), m.If(~parts.adcs.busy):
            m.d.sync += [
                self.prepared.eq(1),
                state.written.eq(1),
                state.calm.eq(plan.analog_settle_cycles),
            ]
            m.next = "WATCH"

    def _watch(self, m: Module, state: "_State") -> None:
        with m.If(state.stale):
            m.d.comb += state.taken.eq(1)
            m.d.sync += [state.channel.eq(0), state.written.eq(0)]
            m.next = "COLLECT"
        with m.Elif((state.calm == 0) & state.pending):
            m.d.sync += [
                state.wait.eq(self._plan.mux_cycles - 1),
                state.width.eq(self.array.width),
            ]
            with m.If(state.blank):
                m.d.sync += [state.blank.eq(0), state.pending.eq(0), self.array.done.eq(1)]
            with m.Elif(state.shown_write):
                m.next = "PULSE"
            with m.Elif(self.array.op != ArrayOp.READ):
                m.d.sync += state.writing.eq(1)
            with m.Else():
                m.next = "SWITCH"

    def _write(self, m: Module, parts: "_Parts", state: "_State") -> None:
        plan = self._plan
        with m.State("COLLECT"), m.If(~parts.dacs.busy):
            m.d.comb += parts.words.start.eq(1)
            m.next = "WRITE"
        with m.State("WRITE"):
            m.d.comb += parts.dacs.start.eq(parts.words.ready)
            with m.If(parts.dacs.finished):
                m.d.sync += state.channel.eq(state.channel + 1)
                m.next = "COLLECT"
                with m.If(state.channel == plan.dac.channels - 1):
                    m.d.sync += [state.calm.eq(plan.analog_settle_cycles), state.written.eq(1)]
                    m.next = "LATCH" if plan.latch_cycles else "WATCH"
        if plan.latch_cycles:
            with m.State("LATCH"):
                m.d.sync += [
                    state.latch.eq(state.latch + 1),
                    self.pins.dac_latch_n.eq(state.latch < plan.latch_setup_cycles),
                ]
                with m.If(state.latch == plan.latch_setup_cycles + plan.latch_cycles - 1):
                    m.d.sync += state.calm.eq(plan.analog_settle_cycles)
                    m.next = "DUMMY"
                    with m.If(self.prepared):
                        m.next = "WATCH"

    def _convert(self, m: Module, parts: "_Parts", state: "_State") -> None:
        with m.State("SWITCH"):
            with m.If(state.stale):
                # The core has given up: the lines were released while it waited.
                m.d.sync += state.pending.eq(0)
                m.next = "WATCH"
            with m.Elif((state.wait == 0) & ~parts.adcs.busy):
                m.d.comb += parts.adcs.start.eq(1)
                m.next = "CONVERT"
        with m.State("CONVERT"), m.If(parts.lines.ready):
            m.d.sync += [state.pending.eq(0), self.array.done.eq(~state.stale)]
            m.next = "WATCH"
        with m.State("PULSE"):
            m.d.sync += state.width.eq(state.width - 1)
            with m.If((state.width == 0) | state.stale):
                m.d.sync += [state.writing.eq(0), state.blank.eq(1)]
                m.next = "WATCH"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """What the state machine starts."""

    words: WordCodes
    lines: LineCodes
    dacs: SerialMaster
    adcs: SerialMaster


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """What the state machine keeps beside its state."""

    shown: Signal
    """Levels that the DACs were told last."""
    shown_write: Signal
    """Whether they were told so for an operation that writes."""
    writing: Signal
    """Whether they should be."""
    blank: Signal
    """A cell has been written: the levels count as 0 until done."""
    stale: Signal
    """The DACs were told something else than they should show."""
    taken: Signal
    """One cycle: a pass over the DACs begins."""
    written: Signal
    """That pass has ended."""
    pending: Signal
    """A start waits for its done."""
    calm: Signal
    """Cycles until the lines have settled, after a pass."""
    wait: Signal
    """Cycles to wait, before the chips are set up and before a conversion."""
    width: Signal
    """Cycles that a pulse still lasts."""
    frame: Signal
    """Frame of the set-up."""
    channel: Signal
    """Channel of the DACs that is written."""
    latch: Signal
    """Cycles since the pulse of the latch was asked for."""

    @classmethod
    def of(cls, plan: ConverterPlan) -> Self:
        """Make the signals."""
        levels = plan.spec.rows * plan.spec.input.slice_bits
        return cls(
            shown=Signal(levels, name="shown"),
            shown_write=Signal(name="shown_write"),
            writing=Signal(name="writing"),
            blank=Signal(name="blank"),
            stale=Signal(name="stale"),
            taken=Signal(name="taken"),
            written=Signal(name="written"),
            pending=Signal(name="pending"),
            calm=Signal(range(plan.analog_settle_cycles + 1), name="calm"),
            wait=Signal(range(max(plan.power_up_cycles + 1, plan.mux_cycles)), name="wait"),
            width=Signal(16, name="width"),
            frame=Signal(range(max(2, len(plan.dac.setup_frames))), name="frame"),
            channel=Signal(range(max(2, plan.dac.channels)), name="channel"),
            latch=Signal(range(plan.latch_setup_cycles + plan.latch_cycles + 1), name="latch"),
        )
