"""The maps of columns and rows, as the datapath looks them up."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.corrected_memory import is_protected
from ohmloom_hw.map_check import MapCheck
from ohmloom_hw.map_memory import MapMemory
from ohmloom_hw.map_registers import map_windows

__all__ = ["PlaceMaps"]


class PlaceMaps(wiring.Component):
    """Say for each physical column which logical one it is, and for each logical row which line.

    After reset each place stands for itself. Whenever a map was changed, all of them are checked
    before the next run: a column or row that is named twice, or that isn't there, is refused.

    While the sequencer clears the sums of a step, column by column, the columns are surveyed: how
    many lines must be converted to reach the last that the step uses, and whether it has all of
    them.
    """

    window_column: WindowInterface
    """The host's side of the columns, one word a physical column."""
    window_row: WindowInterface
    """The host's side of the rows, one word a logical row."""
    running: Signal
    """Whether the datapath owns the memories."""
    check: Signal
    """One cycle: go through all maps, while `running`."""
    unchecked: Signal
    """A map was changed since the last check that found nothing."""
    checking: Signal
    """High from the cycle after `check` until `refused` is known."""
    refused: Signal
    """The last check found a place that is named twice or isn't there."""
    tile: Signal
    """Tile whose maps are looked up."""
    row: Signal
    """Logical row that is looked up."""
    w_row: Signal
    """Its physical row, a cycle later."""
    physical: Signal
    """Physical column that is looked up, unless `survey`."""
    logical: Signal
    """Its logical column, a cycle later."""
    used: Signal
    """Whether it has one that the step uses, a cycle later."""
    survey: Signal
    """The column `surveyed` is looked at."""
    surveyed: Signal
    """Physical column, from 0 to the last, one a cycle."""
    columns: Signal
    """Logical columns that the step uses, still from the survey to the end of the step."""
    reach: Signal
    """Physical columns up to the last that the step uses, 2 cycles after the survey."""
    missing: Signal
    """The step uses a column that no physical one stands for, 2 cycles after the survey."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        protected = is_protected(spec)
        self.columns_memory = MapMemory(tiles=spec.tiles, places=spec.columns, protected=protected)
        self.rows_memory = MapMemory(
            tiles=spec.tiles, places=spec.rows, whole=True, protected=protected
        )
        columns, rows = map_windows(spec)
        column, row = range(max(2, spec.columns)), range(max(2, spec.rows))
        super().__init__(
            {
                "window_column": In(WindowSignature(columns.addr_bits)),
                "window_row": In(WindowSignature(rows.addr_bits)),
                "running": In(1),
                "check": In(1),
                "unchecked": Out(1),
                "checking": Out(1),
                "refused": Out(1),
                "tile": In(range(max(2, spec.tiles))),
                "row": In(row),
                "w_row": Out(row),
                "physical": In(column),
                "logical": Out(column),
                "used": Out(1),
                "survey": In(1),
                "surveyed": In(column),
                "columns": In(range(spec.columns + 1)),
                "reach": Out(range(spec.columns + 1)),
                "missing": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build both memories, their check, and the survey."""
        spec, m = self._spec, Module()
        m.submodules.columns = columns = self.columns_memory
        m.submodules.rows = rows = self.rows_memory
        m.submodules.walk = walk = MapCheck(spec)
        connect(m, flipped(self.window_column), columns.window)
        connect(m, flipped(self.window_row), rows.window)
        m.d.comb += [
            columns.place.eq(Mux(self.survey, self.surveyed, self.physical)),
            rows.place.eq(self.row),
        ]
        for memory in (columns, rows):
            m.d.comb += [memory.running.eq(self.running), memory.tile.eq(self.tile)]
            with m.If(walk.walking):
                m.d.comb += [memory.tile.eq(walk.tile), memory.place.eq(walk.place)]
        m.d.comb += [
            walk.start.eq(self.check),
            walk.running.eq(self.running),
            walk.column.eq(columns.entry),
            walk.unused.eq(columns.unused),
            walk.row.eq(rows.entry),
            self.checking.eq(walk.busy),
            self.refused.eq(walk.refused),
            self.w_row.eq(rows.entry),
            self.logical.eq(columns.entry),
            self.used.eq(~columns.unused & (columns.entry < self.columns)),
        ]
        with m.If(self.window_column.w_en | self.window_row.w_en):
            m.d.sync += self.unchecked.eq(1)
        with m.Elif(walk.passed):
            m.d.sync += self.unchecked.eq(0)
        self._survey(m)
        return m

    def _survey(self, m: Module) -> None:
        looked, number = Signal(), Signal.like(self.surveyed)
        seen = Signal.like(self.columns)
        m.d.sync += [looked.eq(self.survey), number.eq(self.surveyed)]
        m.d.comb += self.missing.eq(seen != self.columns)
        with m.If(looked):
            with m.If(self.used):
                m.d.sync += self.reach.eq(number + 1)
            with m.Elif(number == 0):
                m.d.sync += self.reach.eq(0)
            m.d.sync += seen.eq(Mux(number == 0, 0, seen) + self.used)
