"""The residue checks, put between the sums and the pass over columns."""

from amaranth.hdl import Module, Mux
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.residue_pass import ResiduePass
from ohmloom_hw.stations import Stations

__all__ = ["attach_residue"]


def attach_residue(
    m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations
) -> ResiduePass:
    """Build them."""
    m.submodules.residue_pass = check = ResiduePass(spec)
    sequencer, shift_add = stations.sequencer, stations.shift_add
    columns, formatter = stations.columns, stations.formatter
    connect(m, registers.window_residue, check.window)
    m.d.comb += [
        check.running.eq(sequencer.busy),
        check.on.eq(registers.w_residue_on),
        check.x_en.eq(formatter.x_en),
        check.x_value.eq(formatter.x_value),
        check.begin.eq(sequencer.begin),
        check.tile.eq(sequencer.step.tile),
        check.columns.eq(sequencer.step.columns),
        check.start.eq(sequencer.judge),
        check.stop.eq(sequencer.stop),
        check.total.eq(shift_add.total),
        shift_add.column.eq(
            Mux(check.busy, check.column, Mux(columns.busy, columns.column, sequencer.column))
        ),
        sequencer.judging.eq(check.busy),
    ]
    count_events(m, registers.r_residue_flagged, check.flagged, registers.w_ctrl.clear)
    return check
