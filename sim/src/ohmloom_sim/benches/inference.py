"""Bench of the main job: send samples through the chip and write down what it gives."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.repair_driver import RepairDriver
from ohmloom_sim.benches.calibrating import calibrate_job
from ohmloom_sim.benches.checks import load_checks
from ohmloom_sim.benches.setup import attach_arrays, attach_boards, open_driver, start_clock
from ohmloom_sim.benches.writing import write_arrays
from ohmloom_sim.bridge import ArrayBridge
from ohmloom_sim.faulty_memory import read_ecc_counters, spoil_inputs
from ohmloom_sim.faulty_port import put_faults
from ohmloom_sim.host.row_scale import load_row_scale
from ohmloom_sim.job import Answer, Job, report_progress
from ohmloom_sim.recording import Recorder, Recording
from ohmloom_sim.simulate import CONVERTERS
from ohmloom_sim.taken_passes import taken_passes
from ohmloom_sim.waves.file import write_waves
from ohmloom_sim.waves.look import Look

__all__ = ["answer_job"]


@cocotb.test()
async def inference(dut: Any) -> None:
    """Run every sample of the job in the folder that OHMLOOM_JOB names."""
    await answer_job(dut, Path(os.environ["OHMLOOM_JOB"]))


async def answer_job(dut: Any, folder: Path) -> None:
    """Reset the chip, run every sample of the job in a folder, and leave the answer there.

    Waves of what the job wants to look at are left there, too, also where it fails.
    """
    job = Job.load(folder)
    if job.waves is None:
        await _answer(dut, folder, job, None)
        return
    look = Look(dut, job.spec, job.waves)
    try:
        await _answer(dut, folder, job, look)
    finally:
        look.end()
        # A job that fails before the look has none, and its own error to tell.
        if look.waves.seen:
            write_waves(folder, look.waves)


async def _answer(dut: Any, folder: Path, job: Job, look: Look | None) -> None:
    spec = job.spec
    streams = np.random.default_rng(job.seed).spawn(2) if job.pressure else (None, None)
    chip = job.analog_chip()
    recorder = Recorder(lines=spec.lines)
    await start_clock(dut, spec)
    bridges: list[ArrayBridge] = []
    if (folder / CONVERTERS).is_file():
        profile = load_profile(folder / CONVERTERS)
        attach_boards(dut, spec, chip, profile, engine=job.engine, recorder=recorder)
    else:
        bridges = attach_arrays(dut, spec, chip, recorder=recorder, stalls=streams[0])
    driver = await open_driver(dut, spec, pauses=streams[1])
    written = None
    if job.program == "write-verify":
        if look is not None:
            look.before_writing(chip)
        chip, written = await write_arrays(
            job,
            chip,
            bridges,
            driver,
            on_cells=lambda done: report_progress(folder, done, writing=True),
        )
    if job.places:
        await RepairDriver(driver, spec).load_maps(job.places)
    await driver.load(job.table)
    await load_row_scale(driver, spec, job.levels, job.places)
    job, calibrated = await calibrate_job(driver, job)
    recorder.forget()
    await load_checks(driver, job)
    ports = put_faults(spec, chip, bridges, job.faults)
    await driver.clear_counters()

    stored = [step.output_base + step.columns for step in job.table.steps if not step.result]
    first, last = job.table.inputs, max(stored, default=job.table.inputs)
    results, winners, buffers, counters = [], [], [], []
    begins: list[int] = []
    began = time.perf_counter()
    for index, sample in enumerate(job.inputs):
        if look is not None:
            look.before_sample(index, chip)
        begins.append(recorder.passes)
        await driver.write_inputs(0, sample.tolist())
        await spoil_inputs(driver, spec, job.faults, index, sample.tolist())
        await driver.run()
        results.append(await driver.results(0, job.table.outputs))
        winners.append(await driver.argmax())
        hidden = await driver.read_inputs(first, last - first) if job.probe else []
        buffers.append([*sample.tolist(), *hidden] if job.probe else [])
        counters.append(await driver.counters())
        report_progress(folder, index + 1)
    Answer(
        results=np.array(results, dtype=np.int64),
        winners=np.array(winners, dtype=np.int64),
        buffer=np.array(buffers, dtype=np.int64),
        cycles=np.array([c.cycles for c in counters], dtype=np.int64),
        adc_busy=np.array([c.adc_busy for c in counters], dtype=np.int64),
        clipped=counters[-1].clipped,
        conversions=counters[-1].conversions,
        seconds=time.perf_counter() - began,
        recording=_recording(job, recorder, begins),
        settling=chip.settling,
        written=written,
        calibrated=calibrated,
        ecc_counts=await read_ecc_counters(driver, spec),
        disturbed=sum(port.disturbed for port in ports),
    ).save(folder)


def _recording(job: Job, recorder: Recorder, begins: Sequence[int]) -> Recording:
    recording = recorder.recording()
    if not (job.spec.defence.judges or job.spec.defence.reissue):
        return recording
    return taken_passes(job.spec, job.table, recording, begins)
