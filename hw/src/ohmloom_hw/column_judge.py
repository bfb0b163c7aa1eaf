"""The judge of a tile's checksums: which column is wrong, and by how much."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.check_shape import LIMIT_BITS, CheckShape
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle
from ohmloom_hw.saturation import saturate

__all__ = ["ColumnJudge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    sums: list[Signal]
    label: Signal
    first: Signal
    adding: Signal
    count: Signal
    beyond: Signal
    difference: Signal
    kept: Signal
    limit: Signal
    far: Signal

    @classmethod
    def of(cls, shape: CheckShape) -> "_Work":
        checks, size = shape.code.checks, shape.code.columns
        syndrome = signed(shape.syndrome_bits)
        return cls(
            sums=[Signal(syndrome, name=f"sum_{check}") for check in range(checks)],
            label=Signal(range(size + 2), name="label"),
            first=Signal(range(shape.columns + size + 1), name="first_column"),
            adding=Signal(name="adding"),
            count=Signal(range(checks), name="count"),
            beyond=Signal(checks, name="beyond"),
            difference=Signal(syndrome, name="difference"),
            kept=Signal(syndrome, name="kept"),
            limit=Signal(LIMIT_BITS, name="limit"),
            far=Signal(name="far"),
        )


class ColumnJudge(wiring.Component):
    """Judge the kept sums of a tile, block by block, and correct the wrong one of a block.

    The arithmetic is that of `ColumnCode`; `cycles` tells how long it takes.
    """

    window: WindowInterface
    """The host's side of the table of limits."""
    running: Signal
    """Whether the datapath owns the memories."""
    start: Signal
    """One cycle: judge, with the parameters below still until `busy` falls."""
    tile: Signal
    """Tile of the step."""
    columns: Signal
    """Columns in use."""
    column: Signal
    """Column whose sum is read or written."""
    value: Signal
    """That sum, a cycle later."""
    taken: Signal
    """That sum is made use of in this cycle."""
    w_en: Signal
    """Write it."""
    w_value: Signal
    """What is written."""
    check: Signal
    """Check whose prediction is asked for, block by block."""
    predicted: Signal
    """That prediction, a cycle later."""
    busy: Signal
    """High from the cycle after `start`."""
    doubt: Signal
    """A block is wrong in a way that isn't corrected; keeps still until the next start."""
    flagged: Signal
    """One cycle: something is wrong with a block."""
    located: Signal
    """One cycle: a column is corrected."""
    size: Signal
    """With `located`: by how much it was too large."""

    def __init__(self, spec: ChipSpec) -> None:
        self.shape = shape = CheckShape.of(spec)
        self.limits = build_memory(
            protected=is_protected(spec),
            shape=unsigned(LIMIT_BITS),
            depth=1 << (shape.limits - 1).bit_length(),
            init=[(1 << LIMIT_BITS) - 1] * (1 << (shape.limits - 1).bit_length()),
        )
        column = range(max(2, shape.columns))
        super().__init__(
            {
                "window": In(WindowSignature((shape.limits - 1).bit_length())),
                "running": In(1),
                "start": In(1),
                "tile": In(range(max(2, shape.tiles))),
                "columns": In(range(shape.columns + 1)),
                "column": Out(column),
                "value": In(signed(shape.value_bits)),
                "taken": Out(1),
                "w_en": Out(1),
                "w_value": Out(signed(shape.value_bits)),
                "check": Out(range(shape.blocks * shape.code.checks)),
                "predicted": In(signed(shape.product_bits - shape.fraction_bits + 1)),
                "busy": Out(1),
                "doubt": Out(1),
                "flagged": Out(1),
                "located": Out(1),
                "size": Out(signed(shape.syndrome_bits)),
            }
        )

    @property
    def cycles(self) -> int:
        """Clock cycles that `busy` is high for at most, with all columns in use."""
        shape = self.shape
        return 1 + shape.columns + shape.blocks * (3 * shape.code.checks + 7)

    def elaborate(self, platform: object) -> Module:
        """Build the sums of a block's checks, their comparison, and the walk over blocks."""
        shape, m = self.shape, Module()
        m.submodules.limits = limits = self.limits
        leave_idle(m, limits, self.window, self.running)
        read, write = limits.read_port(), limits.write_port()
        place = Signal(range(max(2, shape.limits)))
        m.d.comb += [
            read.addr.eq(Mux(self.running, place, self.window.addr)),
            write.addr.eq(self.window.addr),
            write.data.eq(self.window.w_data[:LIMIT_BITS]),
            write.en.eq(self.window.w_en & ~self.running),
            self.window.r_data.eq(read.data),
        ]
        work = _Work.of(shape)
        m.d.comb += self.taken.eq(work.adding | self.w_en)
        m.d.comb += work.far.eq((work.difference > work.limit) | (work.difference < -work.limit))
        m.d.sync += [self.flagged.eq(0), self.located.eq(0)]
        self._accumulate(m, work)
        with m.FSM():
            self._add(m, work, place)
            self._weigh(m, work, place, read.data)
            self._decide(m, work)
        return m

    def _accumulate(self, m: Module, work: "_Work") -> None:
        added = Signal.like(work.label)
        # A value that was asked for is there a cycle later.
        m.d.sync += [work.adding.eq(0), added.eq(work.label)]
        with m.If(work.adding):
            for number, total in enumerate(work.sums):
                chosen = Const(1) if number == 0 else added[number - 1]
                m.d.sync += total.eq(total + Mux(chosen, self.value, 0))

    def _add(self, m: Module, work: "_Work", place: Signal) -> None:
        """Go from block to block, and take the sums of each."""
        shape = self.shape
        with m.State("IDLE"), m.If(self.start):
            m.d.sync += [
                self.busy.eq(1),
                self.doubt.eq(0),
                work.first.eq(0),
                self.check.eq(0),
                place.eq(self.tile * (shape.blocks * (shape.code.checks + 1))),
            ]
            m.next = "BLOCK"
        with m.State("BLOCK"):
            m.d.sync += [self.column.eq(work.first), work.label.eq(1), work.count.eq(0)]
            m.d.sync += [total.eq(0) for total in work.sums]
            m.next = "ADD"
            with m.If(work.first >= self.columns):
                m.d.sync += self.busy.eq(0)
                m.next = "IDLE"
        with m.State("ADD"):
            m.d.sync += [
                work.adding.eq(1),
                work.label.eq(work.label + 1),
                self.column.eq(self.column + 1),
            ]
            with m.If((work.label == shape.code.columns) | (self.column + 1 >= self.columns)):
                m.next = "ADDED"
        with m.State("ADDED"):
            m.next = "ASK"

    def _weigh(self, m: Module, work: "_Work", place: Signal, limit: Signal) -> None:
        """Compare check after check with its limit, and check 0 once more with the last one."""
        with m.State("ASK"):
            m.next = "TAKE"
        with m.State("TAKE"):
            m.d.sync += [work.difference.eq(work.sums[0] - self.predicted), work.limit.eq(limit)]
            m.next = "WEIGH"
        with m.State("WEIGH"):
            m.d.sync += [
                work.beyond.eq(Cat(work.beyond[1:], work.far)),
                Cat(*work.sums).eq(Cat(*work.sums[1:], work.sums[0])),
                self.check.eq(self.check + 1),
                place.eq(place + 1),
                work.count.eq(work.count + 1),
            ]
            with m.If(work.count == 0):
                m.d.sync += work.kept.eq(work.difference)
            m.next = "ASK"
            with m.If(work.count == self.shape.code.checks - 1):
                m.next = "ASK LAST"
        with m.State("ASK LAST"):
            m.next = "TAKE LAST"
        with m.State("TAKE LAST"):
            m.d.sync += [work.difference.eq(work.kept), work.limit.eq(limit), place.eq(place + 1)]
            m.next = "DECIDE"

    def _decide(self, m: Module, work: "_Work") -> None:
        """Correct the column that is located, or note doubt."""
        shape = self.shape
        size, label = shape.code.columns, work.beyond[1:]
        wrong = work.first + label - 1
        with m.State("DECIDE"):
            m.d.sync += [self.flagged.eq(work.beyond.any()), self.column.eq(wrong)]
            with m.If(work.far & (label != 0) & (label <= size) & (wrong < self.columns)):
                m.next = "FETCH"
            with m.Else():
                m.d.sync += [
                    self.doubt.eq(self.doubt | work.beyond.any()),
                    work.first.eq(work.first + size),
                ]
                m.next = "BLOCK"
        with m.State("FETCH"):
            m.next = "CORRECT"
        with m.State("CORRECT"):
            m.d.comb += [
                self.w_en.eq(1),
                self.w_value.eq(saturate(self.value - work.kept, shape.value_bits)),
            ]
            m.d.sync += [
                self.located.eq(1),
                self.size.eq(work.kept),
                work.first.eq(work.first + size),
            ]
            m.next = "BLOCK"
