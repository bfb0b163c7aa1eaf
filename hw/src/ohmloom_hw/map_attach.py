"""The maps of columns and rows in the datapath of a core."""

from amaranth.hdl import Module
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.formatter import InputFormatter
from ohmloom_hw.place_maps import PlaceMaps
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.shift_add import ShiftAdd

__all__ = ["attach_maps"]


def attach_maps(
    m: Module,
    spec: ChipSpec,
    registers: RegisterFile,
    *,
    sequencer: Sequencer,
    formatter: InputFormatter,
    shift_add: ShiftAdd,
) -> PlaceMaps:
    """Build them between stations that were made with maps.

    Returns
    -------
    PlaceMaps
        Whose `reach` says how many physical columns a step converts, from column 0.
    """
    m.submodules.maps = maps = PlaceMaps(spec)
    connect(m, registers.window_column_map, maps.window_column)
    connect(m, registers.window_row_map, maps.window_row)
    m.d.comb += [
        maps.running.eq(sequencer.busy),
        maps.check.eq(sequencer.check),
        sequencer.unchecked.eq(maps.unchecked),
        sequencer.checking.eq(maps.checking),
        sequencer.refused.eq(maps.refused),
        sequencer.missing.eq(maps.missing),
        maps.tile.eq(sequencer.step.tile),
        maps.row.eq(formatter.row),
        formatter.place.eq(maps.w_row),
        maps.physical.eq(shift_add.physical),
        shift_add.logical.eq(maps.logical),
        shift_add.used.eq(maps.used),
        maps.survey.eq(sequencer.clear),
        maps.surveyed.eq(sequencer.column),
        maps.columns.eq(sequencer.step.columns),
    ]
    return maps
