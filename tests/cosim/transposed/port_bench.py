"""Runs inside the simulator: transposed reads at a port that the bench drives by hand."""

from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, with_timeout

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.array_port import ArrayOp
from ohmloom_sim.bridge import ArrayBridge, ArrayPins

SPEC = ChipSpec.parse(
    {
        "tile": [{"rows": 3, "columns": 1, "cell": {"levels": 8}}],
        "weight_bits": 4,
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 10, "columns_per_adc": 2, "conversion_time": 3e-7},
        "dac": {"settle_time": 3e-7},
        "clock": 10e6,
        "baud": 115200,
    }
)
READ, TRANSPOSED = ArrayOp.READ.value, ArrayOp.TRANSPOSED.value


class Model:
    """Takes down what is done to it."""

    def __init__(self, first: int) -> None:
        self.given: list[Any] = []
        self.first = first

    def apply(self, codes: Any) -> None:
        self.given.append(("rows", codes.tolist()))

    def convert(self, lines: Any) -> Any:
        return self.first + lines, lines < 0

    def apply_lines(self, codes: Any) -> None:
        self.given.append(("lines", codes.tolist()))

    def convert_rows(self, rows: Any) -> Any:
        return self.first + 100 * rows, rows == 2


class Port:
    """The digital side, by hand; everything changes at rising edges."""

    def __init__(self, dut: Any) -> None:
        self.dut, self.model = dut, Model(5)
        self.bridge = ArrayBridge(ArrayPins.of(dut, 0), self.model, spec=SPEC, clock=dut.clk)

    async def begin(self) -> None:
        cocotb.start_soon(Clock(self.dut.clk, 100, "ns", impl="gpi").start())
        self.put(levels=0, line_levels=0, op=0, select=0, start=0)
        await self.cycles(2)
        self.bridge.start()
        await self.cycles(5)

    def put(self, **values: Any) -> None:
        for name, value in values.items():
            getattr(self.dut, f"array_0__{name}").value = value

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk)

    async def read(self, *, settle: int = 3, **values: Any) -> tuple[int, int]:
        self.put(**values)
        await self.cycles(settle)
        self.put(start=1)
        await self.cycles(1)
        self.put(start=0)
        await with_timeout(RisingEdge(self.dut.array_0__done), 10, "us")
        await FallingEdge(self.dut.clk)
        found = int(self.dut.array_0__codes.value), int(self.dut.array_0__over_range.value)
        await self.cycles(2)
        return found


async def ready(dut: Any) -> Port:
    port = Port(dut)
    await port.begin()
    return port


@cocotb.test()
async def reads_from_both_sides_reach_the_model(dut: Any) -> None:
    port = await ready(dut)
    assert await port.read(op=TRANSPOSED, line_levels=0xA3) == (205 << 10 | 5, 0b10)
    assert await port.read(op=TRANSPOSED, select=1) == (105, 0)
    assert await port.read(op=READ, line_levels=0, levels=0x421, select=0) == (5, 0)
    assert port.model.given == [("lines", [3, 10])] * 2 + [("rows", [1, 2, 4])]
    other = Model(9)
    port.bridge.put(other)
    assert await port.read(op=TRANSPOSED, levels=0, line_levels=0x10) == (209 << 10 | 9, 0b10)
    assert other.given == [("lines", [0, 1])]
    assert port.bridge.transposed is not None
    assert port.bridge.transposed.conversions == 3
    assert port.bridge.conversions == 1


@cocotb.test()
async def a_pass_of_the_rows_begins_anew_after_a_transposed_read(dut: Any) -> None:
    port = await ready(dut)
    await port.read(op=READ, levels=0x111)
    await port.read(op=TRANSPOSED, levels=0, line_levels=0x11)
    await port.read(op=READ, levels=0x111, line_levels=0, select=1)
    rows = ("rows", [1, 1, 1])
    assert port.model.given == [rows, ("lines", [1, 1]), rows]


@cocotb.test()
async def lines_that_have_not_settled(dut: Any) -> None:
    port = await ready(dut)
    await port.read(op=TRANSPOSED, line_levels=0x11, settle=2)


@cocotb.test()
async def rows_not_at_rest(dut: Any) -> None:
    port = await ready(dut)
    await port.read(op=TRANSPOSED, line_levels=0x11, levels=0x200)


@cocotb.test()
async def lines_not_at_rest(dut: Any) -> None:
    port = await ready(dut)
    await port.read(op=READ, line_levels=0x11, levels=0x200)


@cocotb.test()
async def lines_that_move(dut: Any) -> None:
    port = await ready(dut)
    port.put(op=TRANSPOSED, line_levels=0x11)
    await port.cycles(4)
    port.put(start=1)
    await port.cycles(1)
    port.put(start=0, line_levels=0)
    await port.cycles(10)


@cocotb.test()
async def lines_that_are_not_known(dut: Any) -> None:
    port = await ready(dut)
    await port.read(op=TRANSPOSED, line_levels=cocotb.types.LogicArray("0000XXXX"))


@cocotb.test()
async def an_array_without_such_a_read(dut: Any) -> None:
    port = Port(dut)
    pins = ArrayPins.of(dut, 0)
    plain = ArrayPins(
        levels=pins.levels,
        select=pins.select,
        start=pins.start,
        done=pins.done,
        codes=pins.codes,
        over_range=pins.over_range,
        op=pins.op,
    )
    port.bridge = ArrayBridge(plain, Model(np.int64(5)), spec=SPEC, clock=dut.clk)
    await port.begin()
    await port.read(op=TRANSPOSED, line_levels=0x11)
