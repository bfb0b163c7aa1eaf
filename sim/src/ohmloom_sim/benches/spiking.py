"""Bench of the spiking mode: send each sample's spikes through the chip, tick by tick."""

import os
from pathlib import Path
from typing import Any

import cocotb

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spiking_mapping import map_spiking
from ohmloom_sim.benches.setup import attach_arrays, start_clock
from ohmloom_sim.spiking.chip_host import run_spiking
from ohmloom_sim.spiking.chip_job import SpikingJob, report_samples_done
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
    answer = await run_spiking(
        WishboneDriver(dut, job.spec, FEATURES),
        mapping,
        job.events,
        on_progress=lambda done: report_samples_done(folder, done),
    )
    answer.save(folder)
