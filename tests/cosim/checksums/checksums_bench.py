"""Runs inside the simulator: many products of a chip with checksums, with columns gone wrong.

A public bus is used in place of the serial line, as a product is over in a hundred cycles. All
that the arrays gave and all that the chip made of it is left in a file, and judged outside.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import load_spec
from ohmloom_analog.table import Step
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_hw.features import Features
from ohmloom_hw.packing import pack_entries
from ohmloom_hw.step_words import pack_step
from ohmloom_sim.benches.setup import start_clock
from ohmloom_sim.bridge import ArrayBridge, ArrayPins
from ohmloom_sim.wishbone_driver import WishboneDriver

JOB = Path(os.environ["CHECKSUMS_JOB"])


class SpoiltArray:
    """An array whose codes of one column are off by what is drawn, pass by pass."""

    def __init__(self, tile: Any, spec: Any, rng: np.random.Generator, largest: int) -> None:
        self._tile, self._spec, self._rng, self._largest = tile, spec, rng, largest
        self.codes: list[Any] = []
        self.faults: list[tuple[int, int]] = []

    def apply(self, codes: Any) -> None:
        self._tile.apply(codes)

    def convert(self, lines: Any) -> Any:
        codes, over = self._tile.convert(lines)
        column, error = -1, 0
        if self._rng.random() < 0.6:
            column = int(self._rng.integers(self._spec.columns))
            error = int(self._rng.integers(-self._largest, self._largest, endpoint=True))
            line = column * self._spec.lines_per_column + (error < 0)
            spoilt = min(int(codes[line]) + abs(error), self._spec.code_maximum)
            error = (spoilt - int(codes[line])) * (1 if error > 0 else -1)
            codes = codes.copy()
            codes[line] = spoilt
        self.codes.append(codes)
        self.faults.append((column, error))
        return codes, over


def _step(spec: Any, tile: int) -> Step:
    base = {"input_base": tile * spec.rows, "output_base": tile * spec.columns}
    return Step.of_sums(tile, rows=spec.rows, columns=spec.columns, **base)


@cocotb.test()
async def many_products(dut: Any) -> None:
    """One product a tile in each run."""
    plan = json.loads((JOB / "plan.json").read_text())
    spec = load_spec(JOB / "chip.toml")
    with np.load(JOB / "job.npz") as file:
        levels, weights, bounds = file["levels"], file["weights"], file["bounds"]
    rng = np.random.default_rng(plan["seed"])
    chip = AnalogChip.build(spec, list(levels), engine="nodal", seed=plan["seed"])
    await start_clock(dut, spec)
    arrays = []
    for index, (tile, stream) in enumerate(zip(chip.tiles, rng.spawn(spec.tiles), strict=True)):
        arrays.append(SpoiltArray(tile, spec, stream, plan["largest"]))
        pins = ArrayPins.of(dut, index)
        ArrayBridge(pins, arrays[-1], spec=spec, clock=dut.clk, index=index).start()
    host = WishboneDriver(dut, spec, Features(bus="wishbone"))
    await EccDriver(host, spec).load_checks(weights.tolist(), bounds.tolist())
    steps = [word for tile in range(spec.tiles) for word in pack_step(_step(spec, tile))]
    await host.write(host.table.window("STEP").base, steps)
    await host.write(host.table.register("STEPS").offset, [spec.tiles])
    await host.write(host.table.register("REREADS").offset, [0])
    entries = spec.tiles * spec.rows
    outputs = spec.tiles * spec.columns
    places = {name: host.table.window(name).base for name in ("INPUT", "RESULT")}
    control, status, irq = (
        host.table.register(name).offset for name in ("CTRL", "STATUS", "IRQ_STATUS")
    )
    await host.write(host.table.register("IRQ_ENABLE").offset, [1])
    inputs, results = [], []
    for _ in range(plan["runs"]):
        sample = rng.integers(0, spec.input.maximum, entries, endpoint=True)
        await host.write(places["INPUT"], pack_entries(spec, sample.tolist()))
        await host.write(control, [1])
        await RisingEdge(dut.irq)
        await FallingEdge(dut.clk)
        assert (await host.read(status, 1))[0] & 7 == 2
        await host.write(irq, [1])
        inputs.append(sample)
        results.append(await host.read(places["RESULT"], outputs))
    counts = await EccDriver(host, spec).check_counts()
    np.savez(
        JOB / "answer.npz",
        inputs=np.array(inputs).reshape(-1, spec.tiles, spec.rows),
        results=np.array(results, dtype=np.uint32)
        .astype(np.int32)
        .reshape(-1, spec.tiles, spec.columns),
        codes=np.array([array.codes for array in arrays]).transpose(1, 0, 2),
        faults=np.array([array.faults for array in arrays]).transpose(1, 0, 2),
        counts=[counts.flagged, counts.located, counts.reread, counts.doubtful],
    )
