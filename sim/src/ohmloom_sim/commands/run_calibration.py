"""The option `--calibrate` of the main job."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.calibration import calibration_task
from ohmloom_sim.job import Job
from ohmloom_sim.tasks import PreparedTask

__all__ = ["POINTS", "CalibrateOption", "with_calibration"]

POINTS = 64
"""Inputs that are read unless another number is asked for."""

CalibrateOption = Annotated[
    int | None,
    typer.Option(
        "--calibrate",
        min=3,
        metavar="POINTS",
        help="Calibrate the chip first, by reading it at so many training samples, and tell what "
        f"it loses without; {POINTS} are plenty.",
    ),
]


def with_calibration(
    job: Job, spec: ChipSpec, prepared: PreparedTask, points: int | None, *, faults: str | None
) -> Job:
    """Return the job with what is read to calibrate the chip; as it is for None.

    Raises
    ------
    SpecError
        Where faults are injected, too.
    MappingError
        Where there are fewer samples than points.
    """
    if points is None:
        return job
    if faults is not None:
        msg = "--calibrate must be given without --faults, whose model has no corrections"
        raise SpecError(msg)
    rng = np.random.default_rng((job.seed, 2))
    task = calibration_task(spec, prepared.mapping, prepared.task.typical, points, rng)
    return replace(job, calibration=task)
