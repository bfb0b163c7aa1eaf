"""The checksums of columns, put between the stations of a core."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_predictor import CheckPredictor
from ohmloom_hw.column_judge import ColumnJudge
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.stations import Stations

__all__ = ["Checks", "attach_checks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Checks:
    """What was built."""

    predictor: CheckPredictor
    """What the checksums should be."""
    judge: ColumnJudge
    """What is wrong."""


def attach_checks(m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations) -> Checks:
    """Build predictor and judge, with a dry pass over the columns before the judgement."""
    m.submodules.predictor = predictor = CheckPredictor(spec)
    m.submodules.judge = judge = ColumnJudge(spec)
    sequencer, columns, formatter = stations.sequencer, stations.columns, stations.formatter
    step = sequencer.step
    connect(m, registers.window_check_weight, predictor.window)
    connect(m, registers.window_check_limit, judge.window)
    dry_start = Signal()
    m.d.comb += [
        predictor.running.eq(sequencer.busy),
        predictor.begin.eq(sequencer.begin),
        predictor.x_en.eq(formatter.x_en),
        predictor.x_value.eq(formatter.x_value),
        predictor.tile.eq(step.tile),
        predictor.check.eq(judge.check),
        judge.running.eq(sequencer.busy),
        judge.tile.eq(step.tile),
        judge.columns.eq(step.columns),
        judge.value.eq(columns.j_value),
        judge.predicted.eq(predictor.predicted),
        columns.j_column.eq(judge.column),
        columns.j_taken.eq(judge.taken),
        columns.j_w_en.eq(judge.w_en),
        columns.j_w_value.eq(judge.w_value),
        columns.start.eq(sequencer.finish | dry_start),
    ]
    _order(m, stations, predictor=predictor, judge=judge, dry_start=dry_start)
    clear = registers.w_ctrl.clear
    count_events(m, registers.r_check_flagged, judge.flagged, clear)
    count_events(m, registers.r_check_located, judge.located, clear)
    _remember(m, registers, stations, judge)
    return Checks(predictor=predictor, judge=judge)


def _order(
    m: Module,
    stations: Stations,
    *,
    predictor: CheckPredictor,
    judge: ColumnJudge,
    dry_start: Signal,
) -> None:
    """Go from the predictions over the dry pass to the judgement."""
    sequencer, columns = stations.sequencer, stations.columns
    under_way, stopped = Signal(), Signal()
    m.d.comb += [sequencer.judging.eq(under_way), stopped.eq(sequencer.stop)]
    m.d.comb += columns.dry.eq(under_way)
    with m.FSM(name="judgement"):
        with m.State("IDLE"), m.If(sequencer.judge & ~stopped):
            m.d.sync += under_way.eq(1)
            m.next = "PREDICT"
        with m.State("PREDICT"):
            with m.If(stopped):
                m.d.sync += under_way.eq(0)
                m.next = "IDLE"
            with m.Elif(~predictor.busy):
                m.d.comb += dry_start.eq(1)
                m.next = "DRY"
        with m.State("DRY"):
            m.next = "DRAIN"
        with m.State("DRAIN"), m.If(~columns.busy):
            m.d.comb += judge.start.eq(1)
            m.next = "JUDGE"
        with m.State("JUDGE"):
            m.next = "WAIT"
        with m.State("WAIT"), m.If(~judge.busy):
            m.d.sync += under_way.eq(0)
            m.next = "IDLE"


def _remember(m: Module, registers: RegisterFile, stations: Stations, judge: ColumnJudge) -> None:
    last = Signal.like(registers.r_check_last, name="last_corrected")
    size = Signal.like(registers.r_check_size, name="last_size")
    m.d.comb += [registers.r_check_last.eq(last), registers.r_check_size.eq(size)]
    with m.If(registers.w_ctrl.clear):
        m.d.sync += [last.eq(0), size.eq(0)]
    with m.Elif(judge.located):
        m.d.sync += [
            last.column.eq(judge.column),
            last.tile.eq(stations.sequencer.step.tile),
            last.seen.eq(1),
            size.eq(judge.size),
        ]
