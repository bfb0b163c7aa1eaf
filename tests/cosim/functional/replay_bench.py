"""Runs inside the simulator: samples through a chip over its Wishbone, and what the ports saw."""

import os
from pathlib import Path

import cocotb
import numpy as np

from ohmloom_hw.features import Features
from ohmloom_sim.benches.checks import load_checks
from ohmloom_sim.benches.setup import attach_arrays, start_clock
from ohmloom_sim.faulty_memory import read_ecc_counters
from ohmloom_sim.host.row_scale import load_row_scale
from ohmloom_sim.job import Job
from ohmloom_sim.recording import Recorder
from ohmloom_sim.taken_passes import taken_passes
from ohmloom_sim.wishbone_driver import WishboneDriver


@cocotb.test()
async def samples_are_run(dut):
    folder = Path(os.environ["REPLAY_JOB"])
    job = Job.load(folder)
    recorder = Recorder(lines=job.spec.lines)
    await start_clock(dut, job.spec)
    attach_arrays(dut, job.spec, job.analog_chip(), recorder=recorder)
    driver = WishboneDriver(dut, job.spec, Features(bus="wishbone"))
    await driver.load(job.table)
    await load_row_scale(driver, job.spec, job.levels)
    await load_checks(driver, job)
    await driver.clear_counters()
    results, winners, begins = [], [], []
    for sample in job.inputs:
        begins.append(recorder.passes)
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        results.append(await driver.results(0, job.table.outputs))
        winners.append(await driver.argmax())
    counters = await driver.counters()
    recording = recorder.recording()
    ecc = job.spec.defence
    if ecc.judges or ecc.reissue:
        recording = taken_passes(job.spec, job.table, recording, begins)
    recording.save(folder / "recording.npz")
    counts = await read_ecc_counters(driver, job.spec)
    np.savez(
        folder / "found.npz",
        results=np.array(results),
        winners=np.array(winners),
        counted=np.array([counters.conversions, counters.clipped]),
        names=np.array(list(counts)),
        counts=np.array(list(counts.values()), dtype=np.int64),
    )
