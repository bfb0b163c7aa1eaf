"""The way through a rectangle of cells, cell by cell."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.cell_operator import WriteShape

__all__ = ["CellWalk"]


class CellWalk(wiring.Component):
    """Name the cells of a rectangle in turn, each once.

    The corners and the order keep still from `begin` until the last cell is done.
    """

    first_row: Signal
    """Lowest word line."""
    first_line: Signal
    """Lowest bit line."""
    last_row: Signal
    """Highest word line."""
    last_line: Signal
    """Highest bit line."""
    by_line: Signal
    """All rows of a line before the next line, else all lines of a row before the next row."""
    down: Signal
    """From the last cell to the first."""
    begin: Signal
    """One cycle: go to the first cell."""
    next: Signal
    """One cycle: go to the next."""
    row: Signal
    """Word line of the cell."""
    line: Signal
    """Its bit line."""
    number: Signal
    """Its number: row x lines + line."""
    final: Signal
    """It is the last one."""

    def __init__(self, shape: WriteShape) -> None:
        self._lines = shape.lines
        row, line = range(max(2, shape.rows)), range(max(2, shape.lines))
        super().__init__(
            {
                "first_row": In(row),
                "first_line": In(line),
                "last_row": In(row),
                "last_line": In(line),
                "by_line": In(1),
                "down": In(1),
                "begin": In(1),
                "next": In(1),
                "row": Out(row),
                "line": Out(line),
                "number": Out(range(max(2, shape.cells))),
                "final": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build two counters, one of which is carried into the other."""
        m = Module()
        rows_end, lines_end = Signal(), Signal()
        row_from, row_to = Signal.like(self.row), Signal.like(self.row)
        line_from, line_to = Signal.like(self.line), Signal.like(self.line)
        m.d.comb += [
            row_from.eq(Mux(self.down, self.last_row, self.first_row)),
            row_to.eq(Mux(self.down, self.first_row, self.last_row)),
            line_from.eq(Mux(self.down, self.last_line, self.first_line)),
            line_to.eq(Mux(self.down, self.first_line, self.last_line)),
            rows_end.eq(self.row == row_to),
            lines_end.eq(self.line == line_to),
            self.final.eq(rows_end & lines_end),
            self.number.eq(self.row * self._lines + self.line),
        ]
        step_row, step_line = Signal(), Signal()
        m.d.comb += [
            step_row.eq(self.next & (self.by_line | lines_end)),
            step_line.eq(self.next & (~self.by_line | rows_end)),
        ]
        for place, step, end, origin in (
            (self.row, step_row, rows_end, row_from),
            (self.line, step_line, lines_end, line_from),
        ):
            with m.If(self.begin | (step & end)):
                m.d.sync += place.eq(origin)
            with m.Elif(step):
                m.d.sync += place.eq(Mux(self.down, place - 1, place + 1))
        return m
