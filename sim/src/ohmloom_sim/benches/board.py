"""Bench of the virtual board: a chip that lives as long as somebody wants to talk to it."""

import os
import sys
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

from ohmloom_hw.uart import uart_divisor
from ohmloom_sim.benches.setup import attach_arrays, attach_boards, clock_period_ps, start_clock
from ohmloom_sim.board_line import BoardLine
from ohmloom_sim.board_plan import BoardPlan, say_ready
from ohmloom_sim.serial_pins import SerialPins

# Silence, in bytes, after which nothing more is to be expected of the chip: if it owes a reply,
# and if it doesn't, so that only a byte may still be on its way.
_OWING, _QUIET = 64, 4


@cocotb.test()
async def board(dut: Any) -> None:
    """Carry bytes between the serial pins and the line, until that ends."""
    folder = Path(os.environ["OHMLOOM_BOARD"])
    plan = BoardPlan.load(folder)
    spec = plan.job.spec
    bit_ps = uart_divisor(spec.clock, spec.baud) * clock_period_ps(spec)
    # The line is at rest before the chip looks at it, or it would take its first bit for a start.
    pins = SerialPins(dut.rx, dut.tx, bit_ps)
    await start_clock(dut, spec)
    pins.start()
    profile = plan.features.converters
    if plan.features.behind == "pins":
        attach_arrays(dut, spec, plan.job.analog_chip(), aborts=True)
    elif profile is not None:
        chip, engine = plan.job.analog_chip(), plan.job.engine
        attach_boards(dut, spec, chip, profile, engine=engine, jumper=plan.jumper)
    line = BoardLine(plan.port, sys.stdin.fileno(), spec.baud)
    try:
        say_ready(folder, port=line.port, terminal=line.terminal)
        # A request that is cut short is forgotten only while time goes by.
        plain = plan.features.link == "uartbone"
        busy = [dut.core.active if plan.features.writes else dut.core.sequencer.busy]
        busy += [dut.link.parser.waiting] if plain else []
        await _carry(busy, line, pins, spec.baud * bit_ps)
    finally:
        line.close()


async def _carry(busy: list[Any], line: BoardLine, pins: SerialPins, second_ps: int) -> None:
    """Carry bytes; a client whose rate isn't the chip's sends and hears bits of another length."""
    byte = Timer(10 * (second_ps // line.rate), "ps")
    silent, owing = 0, False
    while not line.ended:
        # Time stands still while nothing is under way: the simulator sleeps in `receive`.
        asleep = silent >= (_OWING if owing else _QUIET) and not any(
            signal.value for signal in busy
        )
        data = line.receive(None if asleep else 0.0)
        if data:
            pins.set_bit(second_ps // line.rate)
            pins.send(data)
            owing = owing or 0 in data
        if pins.sending:
            silent = 0
        elif asleep:
            continue
        await byte
        silent += 1
        reply = pins.take()
        if reply:
            owing = owing and 0 not in reply
            line.send(reply)
            silent = 0
