"""The inputs of a step beside entries of a table, pair after pair, for predictions of its sums."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.corrected_memory import build_memory, is_protected, leave_idle

__all__ = ["ProductWalk"]


class ProductWalk(wiring.Component):
    """Keep the inputs of a step as they are collected, then show one pair a cycle.

    The table has for each tile so many groups of one entry a row. They are shown group by group,
    which takes as many cycles as there are groups times rows, while the array is converted.

    Parameters
    ----------
    spec
        Of the chip.
    groups
        Of entries of a tile.
    entry
        Shape of an entry.
    value
        Shape of an input as it is kept.
    """

    window: WindowInterface
    """The host's side of the table."""
    running: Signal
    """Whether the datapath owns the memories."""
    x_en: Signal
    """An input is there; the first one of a step belongs to row 0."""
    x_value: Signal
    """That input."""
    begin: Signal
    """One cycle: the inputs of a step are going to come."""
    tile: Signal
    """Tile of the step."""
    there: Signal
    """A pair is shown."""
    entry: Signal
    """Its entry of the table."""
    value: Signal
    """Its input."""
    first: Signal
    """It is the first of its group."""
    last: Signal
    """It is the last of its group."""
    group: Signal
    """That group."""
    busy: Signal
    """Inputs or pairs are still to come."""

    def __init__(self, spec: ChipSpec, *, groups: int, entry: Shape, value: Shape) -> None:
        self._rows, self._groups = spec.rows, groups
        self._words = spec.tiles * groups * spec.rows
        self.window_bits = bits = max(1, (self._words - 1).bit_length())
        self.table = build_memory(protected=is_protected(spec), shape=entry, depth=1 << bits)
        super().__init__(
            {
                "window": In(WindowSignature(bits)),
                "running": In(1),
                "x_en": In(1),
                "x_value": In(value),
                "begin": In(1),
                "tile": In(range(max(2, spec.tiles))),
                "there": Out(1),
                "entry": Out(entry),
                "value": Out(value),
                "first": Out(1),
                "last": Out(1),
                "group": Out(range(max(2, groups))),
                "busy": Out(1),
            }
        )

    @property
    def cycles(self) -> int:
        """Clock cycles from the last input to the end of `busy`."""
        return self._groups * self._rows + 1

    def elaborate(self, platform: object) -> Module:
        """Build the memory of inputs and the walk over both memories."""
        m, rows = Module(), self._rows
        m.submodules.table = table = self.table
        leave_idle(m, table, self.window, self.running)
        inputs: Memory = Memory(shape=self.x_value.shape(), depth=max(2, rows), init=[])
        m.submodules.inputs = inputs
        read, host = table.read_port(), table.write_port()
        x_read, x_write = inputs.read_port(), inputs.write_port()
        place = Signal(range(max(2, self._words)))
        row, taken = Signal(range(rows)), Signal(range(rows))
        group = Signal.like(self.group, name="walked_group")
        walking, waiting = Signal(), Signal()
        width = Shape.cast(self.entry.shape()).width
        m.d.comb += [
            x_write.addr.eq(taken),
            x_write.data.eq(self.x_value),
            x_write.en.eq(self.x_en & waiting),
            x_read.addr.eq(row),
            read.addr.eq(Mux(self.running, place, self.window.addr)),
            host.addr.eq(self.window.addr),
            host.data.eq(self.window.w_data[:width]),
            host.en.eq(self.window.w_en & ~self.running),
            self.window.r_data.eq(read.data),
            self.entry.eq(read.data),
            self.value.eq(x_read.data),
            self.busy.eq(waiting | walking | self.there),
        ]
        m.d.sync += [
            self.there.eq(walking & ~self.begin),
            self.first.eq(row == 0),
            self.last.eq(row == rows - 1),
            self.group.eq(group),
        ]
        with m.If(walking):
            m.d.sync += [place.eq(place + 1), row.eq(row + 1)]
            with m.If(row == rows - 1):
                m.d.sync += [row.eq(0), group.eq(group + 1)]
                with m.If(group == self._groups - 1):
                    m.d.sync += walking.eq(0)
        with m.If(self.begin):
            m.d.sync += [taken.eq(0), waiting.eq(1), walking.eq(0)]
        with m.Elif(self.x_en & waiting):
            m.d.sync += taken.eq(taken + 1)
            with m.If(taken == rows - 1):
                m.d.sync += [
                    waiting.eq(0),
                    walking.eq(1),
                    row.eq(0),
                    group.eq(0),
                    place.eq(self.tile * (self._groups * rows)),
                ]
        return m
