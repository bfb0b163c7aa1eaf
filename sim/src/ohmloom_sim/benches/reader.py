"""Bench of the cost of a product: a small RTL that reads an array of 16 x 16 as fast as it can."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge, Timer, with_timeout

from ohmloom_analog.engines import ReadTiming, make_engine
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_sim.bridge import ArrayBridge, ArrayPins
from ohmloom_sim.packing import unpacked

__all__ = ["LINES", "ROWS", "SPEC", "make_tile", "products_of_random_vectors"]

ROWS = LINES = 16

SPEC = ChipSpec.parse(
    {
        "tile": [
            {
                "rows": ROWS,
                "columns": LINES,
                "cell": {"g_min": 1e-6, "g_max": 1e-4},
                "wires": {"r_word": 1.0, "r_bit": 1.0},
            }
        ],
        "encoding": "offset_column",
        "weight_bits": 4,
        "input": {"bits": 8, "slice_bits": 8},
        "dac": {"settle_time": 9e-8, "edge_time": 1e-10},
        # A time constant of 5 ns.
        "tia": {"bandwidth": 31.8e6},
        "adc": {"bits": 12, "columns_per_adc": 1, "conversion_time": 1e-8},
        "clock": 100e6,
        "baud": 1e6,
    }
)
"""Products of 12 clocks of 10 ns: 9 to settle, 1 to convert, the rest to change over."""


def make_tile(engine: str, *, seed: int, step: float = 1e-9) -> AnalogTile:
    """Return a tile of random cells.

    Parameters
    ----------
    engine, seed
        What solves the array, and what the cells are drawn from.
    step
        Longest step of an engine that knows of time [s].
    """
    cell = SPEC.tile_specs[0].cell
    conductance = np.random.default_rng(seed).uniform(cell.g_min, cell.g_max, (ROWS, LINES + 1))
    conductance[:, -1] = cell.g_min
    solver = make_engine(engine, timing=replace(ReadTiming.of(SPEC), longest_step=step))
    return AnalogTile(SPEC, 0, conductance, solver, np.random.default_rng(seed))


@cocotb.test()
async def products_of_random_vectors(dut: Any) -> None:
    """Time OHMLOOM_PRODUCTS products but the first, and save what was driven and read."""
    products = int(os.environ["OHMLOOM_PRODUCTS"])
    engine = os.environ.get("OHMLOOM_ENGINE")
    dut.rst.value = 1
    dut.products.value = products
    Clock(dut.clk, 10, "ns", impl="gpi").start()
    for _ in range(3):
        await FallingEdge(dut.clk)
    if engine is not None:
        names = ("levels", "select", "start", "done", "codes", "over_range")
        pins = ArrayPins(**{name: getattr(dut, name) for name in names})
        step = float(os.environ["OHMLOOM_STEP"])
        tile = make_tile(engine, seed=int(os.environ["OHMLOOM_SEED"]), step=step)
        ArrayBridge(pins, tile, spec=SPEC, clock=dut.clk).start()
    dut.rst.value = 0
    # The first product loads the array, and whatever is imported for it.
    await Timer(120, "ns")
    began = time.process_time()
    await with_timeout(RisingEdge(dut.finished), 120 * products + 1000, "ns")
    seconds = time.process_time() - began
    assert int(dut.late.value) == 0
    answer: dict[str, Any] = {"seconds": seconds}
    if engine is not None:
        answer["driven"] = [unpacked(int(dut.driven[k].value), 8, ROWS) for k in range(products)]
        kept = [int(dut.kept[k].value) for k in range(products)]
        answer["codes"] = [unpacked(word & (1 << 12 * LINES) - 1, 12, LINES) for word in kept]
        answer["clipped"] = [word >> (12 * LINES) for word in kept]
    np.savez(Path(os.environ["OHMLOOM_ANSWER"]), **answer)
