"""What writes the cells of a core: interlock, control, engine, operator and their registers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.cell_operator import CellOperator, WriteShape
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.interlock import Interlock
from ohmloom_hw.learning.attach import attach_learner
from ohmloom_hw.learning.learner import Learner
from ohmloom_hw.learning.transposed_attach import attach_transposed
from ohmloom_hw.march import March
from ohmloom_hw.march_attach import attach_march, attach_screen
from ohmloom_hw.program_control import Job, ProgramControl
from ohmloom_hw.program_registers import form_entry
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.screen import Screen
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.write_engine import WriteEngine
from ohmloom_hw.write_tables import WearTable

__all__ = ["Shared", "attach_writing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """What runs and jobs on cells have in common."""

    active: Signal
    """One of them is under way."""
    start: Signal
    """One cycle: a run is begun."""
    error: Signal
    """The `ErrorCode` of the last run, or of one that a job kept off."""
    events: Mapping[str, Signal]
    """One cycle each, by the name of its field of IRQ_STATUS: what a job on cells has to tell."""

    @classmethod
    def of(cls, sequencer: Sequencer, registers: RegisterFile, *, writes: bool) -> "Shared":
        """Return those of the sequencer alone, or signals that `attach_writing` drives."""
        if not writes:
            return cls(
                active=sequencer.busy,
                start=registers.w_ctrl.start,
                error=sequencer.error,
                events={},
            )
        return cls(
            active=Signal(name="active"),
            start=Signal(name="start_run"),
            error=Signal(8, name="error_code"),
            events={name: Signal(name=name) for name in ("written", "write_failed")},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    interlock: Interlock
    control: ProgramControl
    engine: WriteEngine
    march: March
    screen: Screen
    operator: CellOperator
    wear: WearTable
    learner: Learner | None

    @property
    def clients(self) -> tuple[Any, ...]:
        """All that use the operator, or the converters, for a job."""
        found = (self.engine, self.march, self.screen)
        return found if self.learner is None else (*found, self.learner)


def attach_writing(
    m: Module,
    spec: ChipSpec,
    registers: RegisterFile,
    arrays: Sequence[Any],
    *,
    enable: Signal,
    sequencer: Sequencer,
    conversion: Conversion,
    shared: Shared,
    engaged: Value,
) -> Learner | None:
    """Build it, and let it take over the array ports while a job is under way.

    Parameters
    ----------
    arrays
        The array ports, already driven by what runs the step table.
    enable
        The pin of the interlock.
    engaged
        A run of the table, or the spiking mode, is under way, so that no job may begin.

    Returns
    -------
    learner
        What learns with it, of a chip with a section ``learning``; else None.
    """
    shape, learner = WriteShape.of(spec), None if spec.learning is None else Learner(spec)
    back = spec.learning is not None and spec.learning.transposed
    built = {Job.LEARN: learner is not None, Job.TRANSPOSE: back}
    jobs = tuple(job for job in Job if built.get(job, True))
    parts = _Parts(
        interlock=Interlock(),
        control=ProgramControl(shape, jobs=jobs),
        engine=WriteEngine(shape, levels=form_entry(spec), probes=learner is not None),
        march=March(shape),
        screen=Screen(spec),
        operator=CellOperator(shape),
        wear=WearTable(shape),
        learner=learner,
    )
    m.submodules.interlock = parts.interlock
    m.submodules.program_control = parts.control
    m.submodules.write_engine = parts.engine
    m.submodules.march = parts.march
    m.submodules.screen = parts.screen
    m.submodules.cell_operator = parts.operator
    m.submodules.wear = parts.wear
    m.d.comb += parts.interlock.pin.eq(enable)
    if learner is not None:
        m.submodules.learner = learner
        attach_learner(m, registers, learner, parts.control, parts.engine)
    _control(m, registers, parts, sequencer=sequencer, conversion=conversion, engaged=engaged)
    _engine(m, registers, parts)
    attach_march(m, registers, parts.march, parts.control)
    _operator(m, registers, parts)
    _arrays(m, parts, arrays, conversion)
    attach_screen(
        m, spec, registers, parts.screen, parts.control, conversion=conversion, arrays=arrays
    )
    if back:
        attach_transposed(m, spec, registers, parts.control, arrays)
    _share(m, registers, parts, sequencer, shared)
    _report(m, registers, parts)
    return learner


def _control(
    m: Module,
    registers: RegisterFile,
    parts: _Parts,
    *,
    sequencer: Sequencer,
    conversion: Conversion,
    engaged: Value,
) -> None:
    control, interlock, strobes = parts.control, parts.interlock, registers.w_write_ctrl
    starts = [strobes.start, strobes.form, strobes.march, strobes.screen]
    abort = strobes.abort | registers.w_ctrl.abort
    if parts.learner is not None:
        starts.append(registers.w_learn_ctrl.start)
        abort |= registers.w_learn_ctrl.abort
    m.d.comb += [
        interlock.key.eq(registers.w_write_key),
        control.start.eq(Cat(starts)),
        control.abort.eq(abort),
        control.lost.eq(sequencer.lost),
        control.running.eq(engaged),
        control.enabled.eq(interlock.enabled),
        control.armed.eq(interlock.armed),
        control.forming.eq(interlock.forming),
        control.tile.eq(registers.w_write_tile),
        control.first_row.eq(registers.w_write_first.row),
        control.first_line.eq(registers.w_write_first.line),
        control.last_row.eq(registers.w_write_last.row),
        control.last_line.eq(registers.w_write_last.line),
        control.finished.eq(_any(parts, "finished")),
        control.bad_level.eq(parts.engine.bad_level),
        control.expired.eq(parts.operator.expired | (parts.screen.busy & conversion.expired)),
        control.working.eq(_any(parts, "busy") | parts.operator.busy),
    ]


def _engine(m: Module, registers: RegisterFile, parts: _Parts) -> None:
    engine, limits = parts.engine, registers.w_write_limits
    for name in ("levels", "target", "written", "failures"):
        connect(m, getattr(registers, f"window_{name}"), getattr(engine, f"window_{name}"))
    m.d.comb += [
        engine.start.eq(parts.control.begin & (parts.control.job <= Job.FORM)),
        engine.forming.eq(parts.control.job == Job.FORM),
        engine.tile.eq(registers.w_write_tile),
        engine.first_row.eq(registers.w_write_first.row),
        engine.first_line.eq(registers.w_write_first.line),
        engine.last_row.eq(registers.w_write_last.row),
        engine.last_line.eq(registers.w_write_last.line),
        engine.by_line.eq(limits.by_line),
        engine.max_pulses.eq(limits.pulses),
        engine.max_flips.eq(limits.flips),
        engine.confirm.eq(limits.confirm),
        engine.relax.eq(limits.relax),
        engine.relax_time.eq(registers.w_write_relax),
        engine.stop.eq(parts.control.stop),
        engine.expired.eq(parts.operator.expired),
    ]


def _operator(m: Module, registers: RegisterFile, parts: _Parts) -> None:
    operator, wear = parts.operator, parts.wear
    _request(m, parts)
    connect(m, registers.window_wear, wear.window)
    m.d.comb += [
        operator.stop.eq(parts.control.stop),
        operator.permit.eq(parts.interlock.permit),
        operator.rail.eq(registers.w_write_rail),
        operator.discharge.eq(registers.w_write_discharge),
        operator.average.eq(registers.w_write_limits.average),
        operator.timeout.eq(registers.w_timeout),
        wear.host_tile.eq(registers.w_write_tile),
        wear.count.eq(operator.pulsed),
        wear.reset.eq(operator.request.op == ArrayOp.RESET),
        wear.tile.eq(operator.request.tile),
        wear.row.eq(operator.request.row),
        wear.line.eq(operator.request.line),
    ]


def _request(m: Module, parts: _Parts) -> None:
    """Lead the one client that is at work to the operator, and its answer to all."""
    request = parts.operator.request
    others: list[March | Learner] = [parts.march]
    if parts.learner is not None:
        others.append(parts.learner)
    for name in ("valid", "op", "tile", "row", "line", "drive", "gate", "width"):
        asked = getattr(parts.engine.request, name)
        for other in others:
            asked = Mux(other.busy, getattr(other.request, name), asked)
        m.d.comb += getattr(request, name).eq(asked)
    for client in (parts.engine.request, *(other.request for other in others)):
        for name in ("done", "code", "over_range"):
            m.d.comb += getattr(client, name).eq(getattr(request, name))


def _arrays(m: Module, parts: _Parts, arrays: Sequence[Any], conversion: Conversion) -> None:
    """Show the operation at its tile alone, and take that tile's answer."""
    operator, control = parts.operator, parts.control
    stray, screening = [], control.job == Job.SCREEN
    for tile, port in enumerate(arrays):
        mine = Signal(name=f"written_{tile}")
        m.d.comb += [
            mine.eq(control.busy & ~screening & (operator.request.tile == tile)),
            port.row.eq(operator.request.row),
            port.line.eq(operator.request.line),
        ]
        for name in ("rails", "pulse", "drive", "gate", "width"):
            m.d.comb += getattr(port, name).eq(Mux(mine, getattr(operator, name), 0))
        with m.If(mine):
            m.d.comb += [
                port.op.eq(operator.op),
                port.start.eq(operator.start),
                operator.done.eq(port.done),
                operator.codes.eq(port.codes),
                operator.clipped.eq(port.over_range[0]),
            ]
        stray.append(port.done & ~mine)
    unasked = operator.unasked | Cat(stray).any()
    m.d.comb += control.unasked.eq(Mux(screening, conversion.unasked, unasked))


def _share(
    m: Module, registers: RegisterFile, parts: _Parts, sequencer: Sequencer, shared: Shared
) -> None:
    """Keep runs off while a job is under way, and tell of both."""
    control, start, refused = parts.control, registers.w_ctrl.start, Signal()
    written, failed = shared.events["written"], shared.events["write_failed"]
    with m.If(start & ~sequencer.busy):
        m.d.sync += refused.eq(control.busy)
    m.d.comb += [
        shared.active.eq(sequencer.busy | control.busy),
        shared.start.eq(start & ~control.busy),
        shared.error.eq(Mux(refused, ErrorCode.WRITING, sequencer.error)),
        written.eq(control.ended & control.done),
        failed.eq((control.ended & (control.error != 0)) | _any(parts, "failed")),
    ]


def _report(m: Module, registers: RegisterFile, parts: _Parts) -> None:
    status, control, interlock = registers.r_write_status, parts.control, parts.interlock
    m.d.comb += [
        status.busy.eq(control.busy),
        status.done.eq(control.done),
        status.error.eq(control.error != 0),
        status.armed.eq(interlock.armed),
        status.enabled.eq(interlock.enabled),
        status.forming.eq(interlock.forming),
        registers.r_write_error.code.eq(control.error),
        registers.r_write_place.row.eq(parts.operator.request.row),
        registers.r_write_place.line.eq(parts.operator.request.line),
    ]
    for name, event in (
        ("pulses", parts.operator.pulsed),
        ("reads", parts.operator.measured),
        ("cells", _any(parts, "passed")),
        ("failures", _any(parts, "failed")),
    ):
        count_events(m, getattr(registers, f"r_write_{name}"), event, control.begin)


def _any(parts: _Parts, name: str) -> Value:
    """Return whether one of the clients says something."""
    return Cat(getattr(client, name) for client in parts.clients).any()
