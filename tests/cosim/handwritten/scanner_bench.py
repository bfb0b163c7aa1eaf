"""Runs inside the simulator: the bridge on a module whose signals have names of their own."""

import os
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, with_timeout

from ohmloom_analog.engines import make_engine
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_sim.bridge import ArrayBridge, ArrayPins

# Three unsigned columns of 4-bit cells, as lines of an offset encoding without its offset.
SPEC = ChipSpec.parse(
    {
        "tile": [{"rows": 4, "columns": 3, "cell": {"g_min": 1e-6, "g_max": 31e-6}}],
        "encoding": "offset_column",
        "weight_bits": 4,
        "input": {"bits": 3, "slice_bits": 3},
        "adc": {"bits": 8, "columns_per_adc": 3, "conversion_time": 4e-7},
        "dac": {"settle_time": 4e-7},
        "clock": 10e6,
        "baud": 115200,
    }
)
LEVELS = np.array([[1, 2, 3], [15, 0, 7], [4, 4, 4], [9, 12, 1]])


def attach(dut: Any, spec: ChipSpec = SPEC) -> ArrayBridge:
    conductance = np.hstack([1e-6 + 2e-6 * LEVELS, np.full((4, 1), 1e-6)])
    tile = AnalogTile(
        spec, 0, conductance, make_engine(os.environ["ENGINE"]), np.random.default_rng(0)
    )
    pins = ArrayPins(
        levels=dut.dac,
        select=dut.mux,
        start=dut.convert,
        done=dut.converted,
        codes=dut.adc,
        over_range=dut.clip,
    )
    return ArrayBridge(pins, tile, spec=spec, clock=dut.clk)


async def prepare(dut: Any) -> None:
    dut.rst.value = 1
    dut.go.value = 0
    cocotb.start_soon(Clock(dut.clk, 100, "ns", impl="gpi").start())
    for _ in range(3):
        await FallingEdge(dut.clk)
    dut.rst.value = 0


async def read(dut: Any, vector: list[int]) -> list[int]:
    dut.vector.value = sum(value << (3 * row) for row, value in enumerate(vector))
    dut.go.value = 1
    await FallingEdge(dut.clk)
    dut.go.value = 0
    await with_timeout(RisingEdge(dut.finished), 100, "us")
    await FallingEdge(dut.clk)
    sums = int(dut.sums.value)
    return [(sums >> (8 * line)) & 0xFF for line in range(3)]


@cocotb.test()
async def controller_reads_the_products(dut: Any) -> None:
    await prepare(dut)
    bridge = attach(dut)
    tasks = bridge.start()
    rng = np.random.default_rng(int(os.environ["SEED"]))
    for _ in range(20):
        vector = rng.integers(0, 8, 4).tolist()
        products = [
            sum(x * row[line] for x, row in zip(vector, LEVELS, strict=True)) for line in range(3)
        ]
        # The largest sum, 4 x 7 x 15, takes two unit currents a code.
        assert await read(dut, vector) == [(p + 1) // 2 for p in products]
    assert bridge.conversions == 60
    assert bridge.passes == 20
    assert not any(task.done() for task in tasks)


@cocotb.test()
async def start_before_settling_fails_the_test(dut: Any) -> None:
    await prepare(dut)
    slow = SPEC.model_copy(update={"dac": SPEC.dac.model_copy(update={"settle_time": 5e-6})})
    attach(dut, slow).start()
    await read(dut, [7, 7, 7, 7])
