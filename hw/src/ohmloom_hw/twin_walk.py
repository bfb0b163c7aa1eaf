"""The order in which the twin goes through rows, lanes and passes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.twin_adc import TwinAdc
from ohmloom_hw.twin_cells import CellLayout

__all__ = ["TwinWalk", "twin_latency"]

# From the row whose turn it is: the level and the code, their product, its place in the sum.
_PIPELINE = 2


def twin_latency(layout: CellLayout) -> int:
    """Return the clock cycles from `begin` to `done`."""
    return 1 + layout.passes * (layout.rows + _PIPELINE + layout.lanes) + TwinAdc.latency


class TwinWalk(wiring.Component):
    """Walk over all rows, then hand out the lanes one by one; as often as there are passes.

    `twin_latency` tells how long that takes.
    """

    begin: Signal
    """One cycle: start."""
    row: Signal
    """Row whose cells are read."""
    turn: Signal
    """Which pass it is."""
    walking: Signal
    """`row` is to be read."""
    draining: Signal
    """The sum of a lane is complete: one lane a cycle, from lane 0."""
    done: Signal
    """One cycle: the last code is there."""

    def __init__(self, layout: CellLayout) -> None:
        self._layout = layout
        super().__init__(
            {
                "begin": In(1),
                "row": Out(range(max(2, layout.rows))),
                "turn": Out(range(max(2, layout.passes))),
                "walking": Out(1),
                "draining": Out(1),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the state machine."""
        layout, m = self._layout, Module()
        wait = Signal(range(max(_PIPELINE, TwinAdc.latency)))
        lane = Signal(range(max(2, layout.lanes)))
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.turn.eq(0), self.row.eq(0), lane.eq(0), wait.eq(0)]
                with m.If(self.begin):
                    m.next = "ROWS"
            with m.State("ROWS"):
                m.d.comb += self.walking.eq(1)
                m.d.sync += self.row.eq(self.row + 1)
                with m.If(self.row == layout.rows - 1):
                    m.d.sync += self.row.eq(0)
                    m.next = "SUMS"
            with m.State("SUMS"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == _PIPELINE - 1):
                    m.d.sync += wait.eq(0)
                    m.next = "LANES"
            with m.State("LANES"):
                m.d.comb += self.draining.eq(1)
                m.d.sync += lane.eq(lane + 1)
                with m.If(lane == layout.lanes - 1):
                    m.d.sync += [lane.eq(0), self.turn.eq(self.turn + 1)]
                    m.next = "ROWS"
                    with m.If(self.turn == layout.passes - 1):
                        m.next = "CODES"
            with m.State("CODES"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == TwinAdc.latency - 1):
                    m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m
