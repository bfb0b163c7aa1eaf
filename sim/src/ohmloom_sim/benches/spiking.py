"""Bench of the spiking mode: send each sample's spikes through the chip, tick by tick."""

import os
import time
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spiking_mapping import map_spiking
from ohmloom_hw.spiking.spiking_driver import SpikingDriver
from ohmloom_sim.benches.setup import attach_arrays, start_clock
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob, report_samples_done
from ohmloom_sim.spiking.chip_run import FEATURES
from ohmloom_sim.wishbone_driver import WishboneDriver

__all__ = ["spiking"]


@cocotb.test()
async def spiking(dut: Any) -> None:
    """Run every sample of the job in the folder that OHMLOOM_JOB names."""
    folder = Path(os.environ["OHMLOOM_JOB"])
    job = SpikingJob.load(folder)
    mapping = map_spiking(job.spec, job.network)
    chip = AnalogChip.build(job.spec, list(mapping.levels), engine=job.engine, seed=job.seed)
    await start_clock(dut, job.spec)
    attach_arrays(dut, job.spec, chip)
    driver = WishboneDriver(dut, job.spec, FEATURES)
    host = SpikingDriver(driver)
    await host.load(mapping)
    await driver.clear_counters()
    await host.clear_counts()
    spikes, membranes = [], []
    began = time.perf_counter()
    for done, sample in enumerate(job.events):
        await host.rest()
        found = await host.run([np.flatnonzero(tick).tolist() for tick in sample])
        trains = np.zeros((len(found), len(mapping.outputs)), np.bool_)
        for tick, neurons in enumerate(found):
            trains[tick, neurons] = True
        spikes.append(trains)
        states = await host.states(mapping.outputs.start, len(mapping.outputs))
        membranes.append([state.membrane for state in states])
        report_samples_done(folder, done + 1)
    counts, counters = await host.counts(), await driver.counters()
    SpikingAnswer(
        spikes=tuple(spikes),
        membranes=np.array(membranes, np.int64),
        ticks=counts.ticks,
        spikes_in=counts.spikes_in,
        spikes_out=counts.spikes_out,
        steps_skipped=counts.steps_skipped,
        lost=counts.lost_in + counts.lost_out + counts.refused,
        conversions=counters.conversions,
        clipped=counters.clipped,
        seconds=time.perf_counter() - began,
    ).save(folder)
