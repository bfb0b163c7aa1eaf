"""The check of the maps: no column and no row is named twice, and each that is named is there."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec

__all__ = ["MapCheck"]


class MapCheck(wiring.Component):
    """Walk over the columns of all tiles, then over their rows, one a cycle.

    What is found at a place comes a cycle later. One bit a place says whether it was named before.
    """

    start: Signal
    """One cycle: begin."""
    running: Signal
    """Whether the datapath owns the memories; a check that loses them is given up."""
    tile: Signal
    """Tile that is looked at."""
    place: Signal
    """Column or row that is looked at."""
    walking: Signal
    """It is."""
    column: Signal
    """What the map of columns says there, a cycle later."""
    unused: Signal
    """Whether that is nothing."""
    row: Signal
    """What the map of rows says there, a cycle later."""
    busy: Signal
    """High from the cycle after `start` until `refused` is known."""
    refused: Signal
    """The last check found a place that is named twice or isn't there."""
    passed: Signal
    """One cycle: a check came to its end and found nothing."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        super().__init__(
            {
                "start": In(1),
                "running": In(1),
                "tile": Out(range(max(2, spec.tiles))),
                "place": Out(range(max(2, spec.columns, spec.rows))),
                "walking": Out(1),
                "column": In(range(spec.columns + 1)),
                "unused": In(1),
                "row": In(range(spec.rows + 1)),
                "busy": Out(1),
                "refused": Out(1),
                "passed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the walk and the judgement behind it."""
        m = Module()
        of_rows, final = Signal(), Signal()
        self._walk(m, of_rows, final)
        self._judge(m, of_rows, final)
        return m

    def _walk(self, m: Module, of_rows: Signal, final: Signal) -> None:
        spec = self._spec
        last, last_tile = Signal(), Signal()
        m.d.comb += [
            last.eq(self.place == Mux(of_rows, spec.rows - 1, spec.columns - 1)),
            last_tile.eq(self.tile == spec.tiles - 1),
            final.eq(self.walking & self.running & of_rows & last & last_tile),
        ]
        with m.If(self.start):
            m.d.sync += [self.walking.eq(1), of_rows.eq(0), self.tile.eq(0), self.place.eq(0)]
        with m.Elif(~self.running):
            m.d.sync += self.walking.eq(0)
        with m.Elif(self.walking):
            m.d.sync += self.place.eq(self.place + 1)
            with m.If(last):
                m.d.sync += [self.place.eq(0), self.tile.eq(self.tile + 1)]
                with m.If(last_tile):
                    m.d.sync += [self.tile.eq(0), of_rows.eq(1), self.walking.eq(~of_rows)]

    def _judge(self, m: Module, of_rows: Signal, final: Signal) -> None:
        spec = self._spec
        found, rows, first, ending = Signal(), Signal(), Signal(), Signal()
        taken, before = (Signal(max(spec.columns, spec.rows), name=n) for n in ("taken", "before"))
        entry = Signal(max(len(self.column), len(self.row)))
        named, wrong = Signal(), Signal()
        m.d.sync += [
            found.eq(self.walking),
            rows.eq(of_rows),
            first.eq(self.place == 0),
            ending.eq(final),
        ]
        m.d.comb += [
            self.busy.eq(self.walking | found),
            entry.eq(Mux(rows, self.row, self.column)),
            named.eq(rows | ~self.unused),
            before.eq(Mux(first, 0, taken)),
            wrong.eq(
                named
                & (before.bit_select(entry, 1) | (entry >= Mux(rows, spec.rows, spec.columns)))
            ),
            self.passed.eq(ending & self.running & ~(self.refused | wrong)),
        ]
        with m.If(self.start):
            m.d.sync += self.refused.eq(0)
        with m.Elif(found):
            m.d.sync += taken.eq(before | Mux(named, 1 << entry, 0))
            with m.If(wrong):
                m.d.sync += self.refused.eq(1)
