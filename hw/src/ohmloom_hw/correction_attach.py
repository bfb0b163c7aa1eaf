"""Redundant reads, half slices, row scale and drift factor, put between the stations of a core."""

from typing import Any

from amaranth.hdl import Module, Signal, Value
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.clip_counts import ClipCounts
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.repeated_reads import repeats
from ohmloom_hw.row_scale import RowScale
from ohmloom_hw.stations import Stations

__all__ = ["attach_corrections"]


def attach_corrections(
    m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations, *, clipped: Value
) -> dict[str, Any]:
    """Build what of these `ChipSpec.ecc` asks for.

    Parameters
    ----------
    clipped
        One cycle for each conversion out of range, of lines that are used.

    Returns
    -------
    tables
        Memories that were built, by their names.
    """
    clear = registers.w_ctrl.clear
    tables: dict[str, Any] = {}
    if spec.defence.drift_factor:
        m.d.comb += stations.columns.factor.eq(registers.w_drift)
    if repeats(spec) > 1:
        count_events(m, registers.r_reads, stations.conversion.start, clear)
    if spec.defence.vote > 1:
        m.d.comb += stations.conversion.vote_limit.eq(registers.w_vote_limit)
        count_events(m, registers.r_outvoted, stations.conversion.outvoted, clear)
    if spec.defence.row_scale:
        tables["ROW_SCALE"] = _scale_rows(m, spec, registers, stations)
    if spec.defence.reissue:
        tables["COLUMN_CLIPPED"] = _reissue(m, spec, registers, stations, clipped)
    return tables


def _scale_rows(m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations) -> Any:
    m.submodules.row_scale = row_scale = RowScale(spec)
    connect(m, registers.window_row_scale, row_scale.window)
    m.d.comb += [
        row_scale.running.eq(stations.sequencer.busy),
        row_scale.tile.eq(stations.sequencer.step.tile),
        row_scale.row.eq(stations.formatter.row),
        stations.formatter.scale.eq(row_scale.scale),
    ]
    return row_scale.memory


def _reissue(
    m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations, clipped: Value
) -> Any:
    m.submodules.clip_counts = counts = ClipCounts(spec)
    connect(m, registers.window_column_clipped, counts.window)
    sequencer, shift_add = stations.sequencer, stations.shift_add
    met = Signal(name="step_clipped")
    with m.If(sequencer.begin):
        m.d.sync += met.eq(0)
    with m.Elif(clipped):
        m.d.sync += met.eq(1)
    clear = registers.w_ctrl.clear
    m.d.comb += [
        sequencer.clipped.eq(met),
        stations.formatter.fine.eq(sequencer.fine),
        stations.formatter.half.eq(sequencer.gather_half),
        shift_add.half.eq(sequencer.convert_half),
        counts.running.eq(sequencer.busy),
        counts.clear.eq(clear),
        counts.tile.eq(sequencer.step.tile),
        counts.wipe.eq(sequencer.clear),
        counts.wiped.eq(sequencer.column),
        counts.clipped.eq(shift_add.clipped),
        counts.column.eq(shift_add.clipped_column),
    ]
    count_events(m, registers.r_reissued, sequencer.reissued, clear)
    still = sequencer.finish & sequencer.fine & met
    count_events(m, registers.r_reissue_clipped, still, clear)
    return counts.memory
