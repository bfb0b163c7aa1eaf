"""A learning engine in a core: its registers, and the stations that it borrows."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib.wiring import connect

from ohmloom_hw.buffers import WordBuffer
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.learning.learner import Learner
from ohmloom_hw.learning.registers import ERROR_BITS, first_settings
from ohmloom_hw.learning.settings_window import SettingsWindow
from ohmloom_hw.program_control import Job, ProgramControl
from ohmloom_hw.stations import Stations
from ohmloom_hw.write_engine import WriteEngine

__all__ = ["attach_learner", "attach_samples"]


def attach_learner(
    m: Module,
    registers: RegisterFile,
    learner: Learner,
    control: ProgramControl,
    engine: WriteEngine,
) -> None:
    """Connect the learner with its registers, and with what is known of the cells.

    Parameters
    ----------
    engine
        Knows which cells are locked or were given up; built with `probes`.
    """
    settings = learner.settings
    m.submodules.learning_rule = rule = SettingsWindow(first_settings(learner.spec))
    connect(m, registers.window_learn_rule, rule.window)
    entries = 1 << len(learner.column)
    m.submodules.learning_errors = errors = WordBuffer(entries=entries, bits=ERROR_BITS)
    connect(m, registers.window_learn_errors, errors.window)
    place, width = registers.w_learn_place, registers.w_learn_width
    m.d.comb += [
        settings.eq(rule.settings),
        errors.running.eq(learner.busy),
        errors.place.eq(learner.column),
        learner.error.eq(errors.value),
        learner.restart.eq(registers.w_learn_ctrl.restart & ~control.busy),
        learner.start.eq(control.begin & (control.job == Job.LEARN)),
        learner.stop.eq(control.stop),
        learner.label.eq(registers.w_learn_label),
        learner.input_base.eq(place.input),
        learner.result_base.eq(place.result),
        learner.tile.eq(registers.w_write_tile),
        learner.set_drive.eq(registers.w_learn_set.drive),
        learner.set_gate.eq(registers.w_learn_set.gate),
        learner.set_width.eq(width.set),
        learner.reset_drive.eq(registers.w_learn_reset.drive),
        learner.reset_gate.eq(registers.w_learn_reset.gate),
        learner.reset_width.eq(width.reset),
        engine.probe.eq(learner.busy),
        engine.probed.eq(learner.cell),
        learner.spared.eq(engine.spared),
    ]
    _report(m, registers, learner, control)


def _report(m: Module, registers: RegisterFile, learner: Learner, control: ProgramControl) -> None:
    status, mine, torn = registers.r_learn_status, control.job == Job.LEARN, Signal()
    with m.If(learner.restart):
        m.d.sync += torn.eq(0)
    with m.Elif(learner.busy & learner.stop):
        m.d.sync += torn.eq(1)
    m.d.comb += [
        status.busy.eq(mine & control.busy),
        status.done.eq(mine & control.done),
        status.error.eq(mine & (control.error != 0)),
        status.torn.eq(torn),
        status.code.eq(Mux(mine, control.error, 0)),
        registers.r_learn_left.eq(learner.remaining),
        registers.r_learn_refused.eq(learner.refused),
        registers.r_learn_mistakes.eq(learner.mistakes),
    ]
    for name in ("pulses", "skipped"):
        event = learner.applied if name == "pulses" else learner.skipped
        count_events(m, getattr(registers, f"r_learn_{name}"), event, learner.restart)


def attach_samples(m: Module, learner: Learner | None, stations: Stations) -> None:
    """Let the learner, if there is one, read input and result buffer while it is at work.

    Parameters
    ----------
    stations
        Already driven by what runs the step table, which rests meanwhile.
    """
    if learner is None:
        return
    inputs, results = stations.inputs, stations.results
    m.d.comb += [learner.word.eq(inputs.word), learner.total.eq(results.value)]
    with m.If(learner.busy):
        m.d.comb += [
            inputs.running.eq(1),
            inputs.address.eq(learner.address),
            results.running.eq(1),
            results.place.eq(learner.place),
        ]
