"""The checks of a chip on a bench: their tables are loaded from the job."""

from ohmloom_hw.driver import Driver
from ohmloom_sim.host.check_tables import load_check_tables
from ohmloom_sim.job import Job

__all__ = ["load_checks"]


async def load_checks(driver: Driver, job: Job) -> None:
    """Load the tables of the job's checks, if it has any; without them nothing is flagged."""
    if job.checks is None:
        return
    weights, bounds = job.checks
    await load_check_tables(driver, job.spec, weights.tolist(), bounds.tolist())
