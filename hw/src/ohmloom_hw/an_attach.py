"""The decoder of an arithmetic code, put between the sums and the pass over columns."""

from amaranth.hdl import Module, Mux

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.an_pass import AnPass
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.stations import Stations

__all__ = ["attach_an"]


def attach_an(m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations) -> AnPass:
    """Build it."""
    m.submodules.an_pass = walk = AnPass(spec)
    sequencer, shift_add = stations.sequencer, stations.shift_add
    columns = stations.columns
    m.d.comb += [
        walk.start.eq(sequencer.decode),
        walk.columns.eq(sequencer.step.columns),
        walk.total.eq(shift_add.total),
        shift_add.w_en.eq(walk.w_en),
        shift_add.w_total.eq(walk.w_total),
        shift_add.column.eq(
            Mux(walk.busy, walk.column, Mux(columns.busy, columns.column, sequencer.column))
        ),
        sequencer.decoding.eq(walk.busy),
    ]
    clear = registers.w_ctrl.clear
    count_events(m, registers.r_an_fixed, walk.fixed, clear)
    count_events(m, registers.r_an_failed, walk.failed, clear)
    return walk
