"""What every bench needs: a clocked chip, with arrays at its ports and a host at its pins."""

from collections.abc import Callable
from typing import Any

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.engines import make_engine
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.driver import Driver
from ohmloom_hw.transport import Transport
from ohmloom_hw.uart import uart_divisor
from ohmloom_sim.bridge import ArrayBridge, ArrayPins
from ohmloom_sim.converters.attach import attach_board
from ohmloom_sim.converters.board import ConverterBoard
from ohmloom_sim.pin_transport import PinTransport
from ohmloom_sim.recording import Recorder
from ohmloom_sim.uart_transport import UartTransport

__all__ = ["attach_arrays", "attach_boards", "clock_period_ps", "open_driver", "start_clock"]


def clock_period_ps(spec: ChipSpec) -> int:
    """Return the period of the clock, a whole even number [ps]."""
    return 2 * round(0.5e12 / spec.clock)


async def start_clock(dut: Any, spec: ChipSpec) -> None:
    """Start the clock and reset the chip for two cycles."""
    period = clock_period_ps(spec)
    dut.rst.value = 1
    if hasattr(dut, "write_enable"):
        dut.write_enable.value = 1
    Clock(dut.clk, period, "ps", impl="gpi").start()
    for _ in range(3):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    await FallingEdge(dut.clk)


def attach_arrays(
    dut: Any,
    spec: ChipSpec,
    chip: AnalogChip,
    *,
    recorder: Recorder | None = None,
    stalls: np.random.Generator | None = None,
    aborts: bool = False,
    transposed: Recorder | None = None,
) -> list[ArrayBridge]:
    """Put the tiles of an analog chip behind the array ports.

    Parameters
    ----------
    aborts
        Whether jobs that write may be cut off, as a user does it.
    transposed
        Takes down transposed reads, which `recorder` doesn't.
    """
    bridges = [
        ArrayBridge(
            ArrayPins.of(dut, index),
            tile,
            spec=spec,
            clock=dut.clk,
            index=index,
            recorder=recorder,
            stalls=stalls,
            aborts=aborts,
            transposed=transposed,
        )
        for index, tile in enumerate(chip.tiles)
    ]
    for bridge in bridges:
        bridge.start()
    return bridges


def attach_boards(
    dut: Any,
    spec: ChipSpec,
    chip: AnalogChip,
    profile: ConverterProfile,
    *,
    engine: str,
    recorder: Recorder | None = None,
    jumper: bool = False,
) -> list[ConverterBoard]:
    """Put the arrays of an analog chip behind converter pins, each on a board of its own.

    Of a tile only the array is taken: amplifiers and converters are those of the board. With a
    jumper in its place not even that.
    """
    plan = ConverterPlan(spec=spec, profile=profile)
    boards = [
        ConverterBoard(
            plan,
            tile.crossbar,
            make_engine(engine),
            tile=index,
            recorder=recorder,
            jumper=jumper,
        )
        for index, tile in enumerate(chip.tiles)
    ]
    for index, board in enumerate(boards):
        attach_board(dut, plan, board, index)
    return boards


async def open_driver(
    dut: Any,
    spec: ChipSpec,
    *,
    pauses: np.random.Generator | None = None,
    made: Callable[..., Driver] = Driver,
) -> Driver:
    """Connect the host driver over the serial pins.

    Parameters
    ----------
    pauses
        Where given, the line is silent now and then, as drawn from it.
    made
        Makes the driver, as its class does.
    """
    # A lost reply is known after a few frames' time; a board's operating system may take longer.
    longest = 2 * 260 * 10 * (11 if pauses is not None else 1) / spec.baud
    transport: Transport
    if pauses is None:
        bit_ps = uart_divisor(spec.clock, spec.baud) * clock_period_ps(spec)
        transport = PinTransport(dut.rx, dut.tx, bit_ps)
    else:
        transport = UartTransport(dut.rx, dut.tx, spec.baud, pauses=pauses)
    driver = made(transport, spec, reply_timeout=longest)
    await driver.connect()
    return driver
