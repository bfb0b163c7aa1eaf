"""What a core tells its host of a run: state, counters, events; and that it notices a lost host."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Module, Signal, Value

from ohmloom_hw.conversion import Conversion
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.sequencer import Sequencer

__all__ = ["report_run", "watch_host"]


def report_run(
    m: Module,
    registers: RegisterFile,
    *,
    sequencer: Sequencer,
    conversion: Conversion,
    error: Signal,
    clipped: Value,
) -> None:
    """Drive the registers of state and counters.

    Parameters
    ----------
    error
        The `ErrorCode` that the host is told.
    clipped
        One cycle for each conversion out of range.
    """
    started = Signal()
    clear = registers.w_ctrl.clear
    taken = conversion.samples.valid & conversion.samples.ready
    runs = Signal(8)
    m.d.comb += [
        started.eq(sequencer.start & ~registers.w_ctrl.abort & ~sequencer.busy),
        registers.r_status.busy.eq(sequencer.busy),
        registers.r_status.done.eq(sequencer.done),
        registers.r_status.error.eq(error != 0),
        registers.r_status.runs.eq(runs),
        registers.r_error.code.eq(error),
        registers.r_error.step.eq(sequencer.error_step),
    ]
    with m.If(started):
        m.d.sync += runs.eq(runs + 1)
    count_events(m, registers.r_cycles, sequencer.busy, started)
    count_events(m, registers.r_adc_busy, conversion.converting, started)
    count_events(m, registers.r_conversions, taken, clear)
    count_events(m, registers.r_clipped, clipped, clear)


def watch_host(
    m: Module,
    registers: RegisterFile,
    *,
    sequencer: Sequencer,
    events: Mapping[str, Any],
    active: Value,
    access: Signal,
) -> Signal:
    """Note what the host may want to know at once, and notice when it is gone.

    Parameters
    ----------
    events
        One cycle each, by the name of its field of IRQ_STATUS; those of a run are added here.
    active
        Something is under way that shall not go on without a host.
    access
        One cycle: the host did something.

    Returns
    -------
    Signal
        The interrupt line.
    """
    noted = Signal.like(registers.r_irq_status, name="noted")
    happened = Signal.like(registers.r_irq_status, name="happened")
    silent, irq = Signal(32), Signal(name="irq_line")
    timeout = registers.w_host_timeout
    run = {
        "done": sequencer.ended & sequencer.done,
        "error": sequencer.ended & (sequencer.error != 0),
    }
    m.d.comb += [
        *(happened[name].eq(event) for name, event in {**run, **events}.items()),
        registers.r_irq_status.eq(noted),
        sequencer.lost.eq((timeout != 0) & (silent >= timeout)),
    ]
    cleared = ~registers.w_irq_status.as_value()
    m.d.sync += [
        noted.eq(happened.as_value() | (noted.as_value() & cleared)),
        irq.eq((noted.as_value() & registers.w_irq_enable.as_value()).any()),
        silent.eq(silent + 1),
    ]
    with m.If(access | ~active):
        m.d.sync += silent.eq(0)
    return irq
