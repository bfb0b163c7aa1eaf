"""Transposed reads in a core: their registers, and the array ports that they borrow."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.buffers import WordBuffer
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.learning.transposed_reader import TransposedReader
from ohmloom_hw.learning.transposed_registers import error_entries, sum_entries
from ohmloom_hw.program_control import Job, ProgramControl

__all__ = ["attach_transposed"]


def attach_transposed(
    m: Module,
    spec: ChipSpec,
    registers: RegisterFile,
    control: ProgramControl,
    arrays: Sequence[Any],
) -> None:
    """Build the reader, and let it take over the array port of its tile while it is under way.

    Parameters
    ----------
    control
        Knows the job; already driven by all other jobs, as the array ports are.
    """
    m.submodules.transposed_reader = reader = TransposedReader(spec)
    errors = WordBuffer(entries=error_entries(spec), bits=spec.input.bits + 1)
    sums = WordBuffer(entries=sum_entries(spec), bits=spec.accumulator_bits)
    m.submodules.transposed_errors, m.submodules.transposed_sums = errors, sums
    connect(m, registers.window_transpose_in, errors.window)
    connect(m, registers.window_transpose_out, sums.window)
    mine, strobes = control.job == Job.TRANSPOSE, registers.w_transpose_ctrl
    m.d.comb += [
        reader.start.eq(control.begin & mine),
        reader.stop.eq(control.stop),
        reader.settle.eq(registers.w_settle),
        reader.timeout.eq(registers.w_timeout),
        errors.running.eq(reader.busy),
        errors.place.eq(reader.column),
        reader.error.eq(errors.value),
        sums.running.eq(reader.busy),
        sums.place.eq(reader.row),
        sums.w_en.eq(reader.w_en),
        sums.w_value.eq(reader.w_total),
        reader.total.eq(sums.value),
        control.start[Job.TRANSPOSE].eq(strobes.start),
    ]
    for asked, name in (
        (strobes.abort, "abort"),
        (reader.finished, "finished"),
        (reader.expired, "expired"),
        (reader.busy, "working"),
    ):
        with m.If(asked):
            m.d.comb += getattr(control, name).eq(1)
    _arrays(m, registers, reader, control, arrays)
    _report(m, registers, reader, control)


def _arrays(
    m: Module,
    registers: RegisterFile,
    reader: TransposedReader,
    control: ProgramControl,
    arrays: Sequence[Any],
) -> None:
    stray = []
    for tile, port in enumerate(arrays):
        chosen = Signal(name=f"transposed_{tile}")
        m.d.comb += chosen.eq(reader.busy & (registers.w_write_tile == tile))
        stray.append(port.done & ~chosen)
        with m.If(chosen):
            m.d.comb += [
                port.op.eq(ArrayOp.TRANSPOSED),
                port.line_levels.eq(reader.levels),
                port.select.eq(reader.select),
                port.start.eq(reader.convert),
                reader.done.eq(port.done),
                reader.codes.eq(port.codes),
                reader.over_range.eq(port.over_range),
            ]
    with m.If(control.job == Job.TRANSPOSE):
        m.d.comb += control.unasked.eq(reader.unasked | Cat(stray).any())


def _report(
    m: Module, registers: RegisterFile, reader: TransposedReader, control: ProgramControl
) -> None:
    status, mine = registers.r_transpose_status, control.job == Job.TRANSPOSE
    m.d.comb += [
        status.busy.eq(mine & control.busy),
        status.done.eq(mine & control.done),
        status.error.eq(mine & (control.error != 0)),
        status.code.eq(Mux(mine, control.error, 0)),
    ]
    count_events(m, registers.r_transpose_clipped, reader.clipped, reader.start)
