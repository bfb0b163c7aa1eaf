"""March test and screen in a core: their registers, and the stations that they borrow."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Module
from amaranth.lib.wiring import connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.march import March
from ohmloom_hw.program_control import Job, ProgramControl
from ohmloom_hw.screen import Screen

__all__ = ["attach_march", "attach_screen"]


def attach_march(m: Module, registers: RegisterFile, march: March, control: ProgramControl) -> None:
    """Connect the march test with its registers."""
    limits, width = registers.w_march_limits, registers.w_march_width
    connect(m, registers.window_faults, march.window)
    m.d.comb += [
        march.start.eq(control.begin & (control.job == Job.MARCH)),
        march.tile.eq(registers.w_write_tile),
        march.first_row.eq(registers.w_write_first.row),
        march.first_line.eq(registers.w_write_first.line),
        march.last_row.eq(registers.w_write_last.row),
        march.last_line.eq(registers.w_write_last.line),
        march.low.eq(limits.low),
        march.high.eq(limits.high),
        march.pulses.eq(registers.w_march_pulses),
        march.set_drive.eq(registers.w_march_set.drive),
        march.set_gate.eq(registers.w_march_set.gate),
        march.set_width.eq(width.set),
        march.reset_drive.eq(registers.w_march_reset.drive),
        march.reset_gate.eq(registers.w_march_reset.gate),
        march.reset_width.eq(width.reset),
        march.stop.eq(control.stop),
    ]


def attach_screen(
    m: Module,
    spec: ChipSpec,
    registers: RegisterFile,
    screen: Screen,
    control: ProgramControl,
    *,
    conversion: Conversion,
    arrays: Sequence[Any],
) -> None:
    """Let the screen take over word lines and converters while it is under way.

    What it reads goes through the stations of a run, which take no notice: sums are cleared before
    each step.

    Parameters
    ----------
    conversion, arrays
        Already driven by what runs the step table.
    """
    samples = conversion.samples
    connect(m, registers.window_signature, screen.window_signature)
    connect(m, registers.window_screen, screen.window_screen)
    m.d.comb += [
        screen.start.eq(control.begin & (control.job == Job.SCREEN)),
        screen.limit.eq(registers.w_screen_limit),
        screen.settle.eq(registers.w_settle),
        screen.stop.eq(control.stop),
        screen.converting.eq(conversion.busy),
        screen.samples.payload.eq(samples.payload),
        screen.samples.valid.eq(samples.valid & samples.ready),
    ]
    with m.If(screen.busy):
        m.d.comb += [
            conversion.begin.eq(screen.convert),
            conversion.stop.eq(screen.stop),
            conversion.lines.eq(spec.lines),
        ]
    for tile, port in enumerate(arrays):
        mine = registers.w_write_tile == tile
        with m.If(screen.busy):
            m.d.comb += [port.op.eq(ArrayOp.READ), port.start.eq(conversion.start & mine)]
            with m.If(mine):
                m.d.comb += [
                    port.levels.eq(screen.levels),
                    conversion.codes.eq(port.codes),
                    conversion.over_range.eq(port.over_range),
                ]
