"""Runs inside the simulator: test, repair, write and read a tile with stuck cells, end to end."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.codes import Requantiser, cell_codes
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.repair import repair_tile
from ohmloom_analog.spec import load_spec
from ohmloom_analog.state import CellFlag
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.program_words import Target
from ohmloom_hw.repair_driver import RepairDriver
from ohmloom_sim.benches.setup import attach_arrays, open_driver, start_clock

SAMPLES = 6


@cocotb.test()
async def stuck_cells_are_found_and_repaired(dut: Any) -> None:
    """Write the figures of the test into the folder that OHMLOOM_REPAIR names."""
    folder = Path(os.environ["OHMLOOM_REPAIR"])
    spec = load_spec(folder / "chip.toml")
    rng = np.random.default_rng(5)
    none = np.zeros((spec.rows, spec.lines), dtype=np.int64)
    chip = AnalogChip.build(spec, [none], engine="nodal", seed=3, program="fresh")
    await start_clock(dut, spec)
    attach_arrays(dut, spec, chip)
    dut.write_enable.value = 1
    driver = await open_driver(dut, spec)
    cells, repair = CellDriver(driver, spec), RepairDriver(driver, spec)

    faults = np.array(await cells.march(0), dtype=np.uint8)
    flags = chip.state().tiles[0]
    stuck = 1 * flags.flagged(CellFlag.STUCK_HRS) + 2 * flags.flagged(CellFlag.STUCK_LRS)

    low, high = spec.weight_range
    shape = (spec.data_rows, spec.data_columns)
    weights = rng.integers(low, high + 1, shape)
    levels = none.copy()
    for (row, column), weight in np.ndenumerate(weights):
        share = spec.lines_per_column
        levels[row, share * column : share * (column + 1)] = cell_codes(spec, int(weight))
    inputs = rng.integers(0, spec.input.maximum + 1, (SAMPLES, spec.data_rows))
    plan = repair_tile(spec, levels, faults)

    step = Step(
        tile=0,
        rows=spec.data_rows,
        columns=spec.data_columns,
        input_base=0,
        output_base=0,
        bias_base=0,
        first=True,
        finish=True,
        result=True,
        signed=False,
        relu=False,
        scale=Requantiser(multiplier=0, shift=0),
    )
    table = LayerTable(
        steps=(step,), biases=(0,) * step.columns, inputs=step.rows, outputs=step.columns
    )
    await driver.load(table)

    async def products(wanted: Any, place: PlaceMap) -> Any:
        # A cell that is stuck would be given up only after all its pulses.
        locked = faults != 0
        targets = np.hstack([wanted, np.zeros((spec.rows, 1), dtype=np.int64)])
        await cells.program(
            0,
            [
                [Target(level=int(k), locked=bool(x)) for k, x in zip(row, off, strict=True)]
                for row, off in zip(targets, locked, strict=True)
            ],
        )
        await repair.load_maps([place])
        assert await repair.read_maps() == (place,)
        results = []
        for sample in inputs:
            await driver.write_inputs(0, sample.tolist())
            await driver.run()
            results.append(await driver.results(0, step.columns))
        return np.abs(np.array(results) - inputs @ weights)

    before = await products(levels, PlaceMap.identity(spec))
    after = await products(plan.levels, plan.place)
    signature = await repair.signature(0)
    suspects = await repair.screen(0, signature, limit=3)
    answer = {
        "march": faults.tolist(),
        "stuck": stuck.tolist(),
        "measures": plan.measures,
        "planned": [plan.before, plan.after],
        "before": float(before.mean()),
        "after": float(after.mean()),
        "signature": signature,
        "suspects": len(suspects),
    }
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
