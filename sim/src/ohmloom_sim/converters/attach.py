"""Converter boards at the pins of Verilog under cocotb."""

from collections.abc import Callable, Sequence
from typing import Any

import cocotb
from cocotb.triggers import Timer, ValueChange
from cocotb.utils import get_sim_time

from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_sim.converters.adc_bank import Drive
from ohmloom_sim.converters.board import ConverterBoard

__all__ = ["attach_board"]

Change = Callable[[int, int], Sequence[Drive] | None]


def attach_board(dut: Any, plan: ConverterPlan, board: ConverterBoard, tile: int) -> None:
    """Serve the converter pins of a tile from now on, until the test ends.

    A pin that breaks a rule of a datasheet ends the test.
    """
    prefix = f"converters_{tile}__"
    data = getattr(dut, f"{prefix}adc_data")
    data.value = 0
    changes: dict[str, Change] = {
        "dac_select_n": board.dacs.set_select,
        "dac_sclk": board.dacs.set_clock,
        "dac_data": board.dacs.set_data,
        "adc_select_n": board.adcs.set_select,
        "adc_sclk": board.adcs.set_clock,
    }
    if plan.latch_cycles:
        changes["dac_latch_n"] = board.dacs.set_latch
    if plan.adc.header_bits:
        changes["adc_command"] = board.adcs.set_command
    if plan.mux_bits:
        changes["mux"] = board.set_mux
    delay = round(plan.profile.board_delay * 1e12)
    for name, change in changes.items():
        pin = getattr(dut, prefix + name)
        change(_level(pin), _now_ps())
        cocotb.start_soon(_watch(pin, change, data, delay))


async def _watch(pin: Any, change: Change, data: Any, delay: int) -> None:
    trigger = ValueChange(pin)
    while True:
        await trigger
        drives = change(_level(pin), _now_ps())
        if drives:
            cocotb.start_soon(_drive(data, drives, delay))


async def _drive(data: Any, drives: Sequence[Drive], delay: int) -> None:
    for time, level in drives:
        ahead = time + delay - _now_ps()
        if ahead > 0:
            await Timer(ahead, "ps")
        data.value = level


def _level(pin: Any) -> int:
    return int(str(pin.value), 2)


def _now_ps() -> int:
    return int(get_sim_time("ps"))
