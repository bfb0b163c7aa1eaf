"""A chip on a bench is calibrated: first its samples go through as it is."""

from dataclasses import replace

import numpy as np

from ohmloom_hw.driver import Driver
from ohmloom_sim.calibrated_job import CalibrationRecord
from ohmloom_sim.host.calibration import calibrate_chip
from ohmloom_sim.job import Job

__all__ = ["calibrate_job"]


async def calibrate_job(driver: Driver, job: Job) -> tuple[Job, CalibrationRecord | None]:
    """Return the job with the bounds that were measured, and the record; without them if not asked.

    The step table must be loaded; checks must not.
    """
    if job.calibration is None:
        return job, None
    winners = []
    for sample in job.inputs:
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        winners.append(await driver.argmax())
    measured = await calibrate_chip(driver, job.calibration)
    record = CalibrationRecord(
        calibration=measured.calibration,
        clipped=measured.clipped,
        conversions=measured.conversions,
        winners=np.array(winners, dtype=np.int64),
    )
    if job.checks is None:
        return job, record
    bounds = np.array(measured.calibration.bounds, dtype=np.int64)
    return replace(job, checks=(job.checks[0], bounds)), record
