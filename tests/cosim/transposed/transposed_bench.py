"""Runs inside the simulator: errors led back through the tiles of a chip that was emitted."""

import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import load_spec
from ohmloom_hw.features import Features
from ohmloom_hw.learning.transposed_driver import TransposedDriver
from ohmloom_sim.benches.setup import attach_arrays, start_clock
from ohmloom_sim.recording import Recorder
from ohmloom_sim.wishbone_driver import WishboneDriver

JOB = Path(os.environ["TRANSPOSED_JOB"])


@cocotb.test()
async def errors_led_back(dut: Any) -> None:
    """All errors of the job, through both tiles, on several arrays one after the other."""
    with np.load(JOB / "job.npz") as file:
        job = {name: file[name] for name in file.files}
    specs = {name: load_spec(JOB / f"{name}.toml") for name in ("ideal", "wired")}
    await start_clock(dut, specs["ideal"])
    chips = {
        name: AnalogChip.build(spec, list(job["levels"]), engine=engine, seed=5)
        for (name, spec), engine in zip(specs.items(), ("ideal", "nodal"), strict=True)
    }
    stalls = np.random.default_rng(3)
    recorder = Recorder(lines=specs["ideal"].rows)
    bridges = attach_arrays(dut, specs["ideal"], chips["ideal"], stalls=stalls, transposed=recorder)
    driver = WishboneDriver(dut, specs["ideal"], Features(bus="wishbone", writes=True))
    host = TransposedDriver(driver)
    found = {}
    for name, chip in chips.items():
        for bridge, tile in zip(bridges, chip.tiles, strict=True):
            bridge.put(tile)
        found[name] = [
            [await host.read(tile, errors.tolist()) for errors in job["errors"]]
            for tile in range(len(bridges))
        ]
        assert await host.clipped() == 0
    passes = 2 * specs["ideal"].input.slices * len(job["errors"]) * len(chips)
    rounds = min(specs["ideal"].adc.columns_per_adc, specs["ideal"].rows)
    for bridge in bridges:
        assert bridge.transposed is not None
        assert bridge.transposed.conversions == passes * rounds
        assert bridge.conversions == 0
    recorder.recording().save(JOB / "recording.npz")
    np.savez(JOB / "answer.npz", **{name: np.array(sums) for name, sums in found.items()})
