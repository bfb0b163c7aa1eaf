"""The checksums of a chip on a bench: their tables are loaded from the job."""

from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_sim.job import Job

__all__ = ["load_checks"]


async def load_checks(driver: Driver, job: Job) -> None:
    """Load the tables of the job's checksums, if it has any; without them nothing is flagged."""
    if job.checks is None:
        return
    weights, bounds = job.checks
    await EccDriver(driver, job.spec).load_checks(
        weights.tolist(), bounds.tolist(), independent=True
    )
