"""Front ends behind the array ports of a core, with the registers that control them."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib.wiring import connect, flipped

from ohmloom_hw.converters.front_end import ConverterFrontEnd
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.registers import tile_place_bits
from ohmloom_hw.csr import RegisterFile

__all__ = ["attach_converters"]


def attach_converters(
    m: Module,
    plan: ConverterPlan,
    registers: RegisterFile,
    arrays: Sequence[Any],
    pins: Sequence[Any],
) -> None:
    """Put a front end between each array port and its converter pins.

    Parameters
    ----------
    arrays
        The array ports, seen from the array.
    pins
        The component's own `ConverterPins`.
    """
    fronts = [ConverterFrontEnd(plan) for _ in arrays]
    for tile, (front, array, outside) in enumerate(zip(fronts, arrays, pins, strict=True)):
        m.submodules[f"front_end_{tile}"] = front
        connect(m, array, front.array)
        connect(m, front.pins, flipped(outside))
        m.d.comb += [
            front.safe.eq(registers.w_safe),
            front.limit_read.eq(registers.w_limit_read),
            front.limit_write.eq(registers.w_limit_write),
        ]
    m.d.comb += [
        registers.r_converter_state.prepared.eq(Cat(front.prepared for front in fronts).all()),
        registers.r_converter_state.settled.eq(Cat(front.settled for front in fronts).all()),
    ]
    _offsets(m, plan, registers, fronts)
    _count(m, registers, fronts)


def _offsets(
    m: Module, plan: ConverterPlan, registers: RegisterFile, fronts: Sequence[ConverterFrontEnd]
) -> None:
    window = registers.window_offset
    low, high = plan.offset_place_bits, tile_place_bits(plan.spec)
    tile, read_tile = Signal(max(1, high)), Signal(max(1, high))
    m.d.comb += tile.eq(window.addr[low : low + high])
    m.d.sync += read_tile.eq(tile)
    for number, front in enumerate(fronts):
        m.d.comb += [
            front.host_place.eq(window.addr[:low]),
            front.host_lines.eq(window.addr[low + high]),
            front.w_en.eq(window.w_en & (tile == number)),
            front.w_data.eq(window.w_data),
        ]
    m.d.comb += window.r_data.eq(Array(front.r_data for front in fronts)[read_tile])


def _count(m: Module, registers: RegisterFile, fronts: Sequence[ConverterFrontEnd]) -> None:
    count = Signal(32, name="count_limited")
    more = Signal(33)
    m.d.comb += [
        more.eq(count + sum(front.limited for front in fronts)),
        registers.r_limited.eq(count),
    ]
    m.d.sync += count.eq(Mux(more[32], count, more))
    with m.If(registers.w_ctrl.clear):
        m.d.sync += count.eq(0)
