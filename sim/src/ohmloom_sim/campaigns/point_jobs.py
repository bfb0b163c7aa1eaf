"""What a point of a campaign sends through its chip: a matrix on one tile, or a task's network."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.campaigns.description import TaskSettings
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.column_checks import job_checks
from ohmloom_sim.job import Job
from ohmloom_sim.monte_carlo import tile_job
from ohmloom_sim.tasks import Task, TaskName, chosen_task, prepare

__all__ = ["TILE", "PointJob", "co_simulated", "prepare_job"]

IntArray = NDArray[np.int64]

TILE = "tile"
"""Kind of a point that sends vectors through a matrix on one tile."""

_TASKS_KEPT = 4


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class PointJob:
    """What points that differ only by their seeds share."""

    spec: ChipSpec
    """The chip; that of a tile has no other."""
    mapping: Mapping
    """What it holds."""
    inputs: IntArray
    """Samples as the chip takes them, samples x inputs."""
    labels: IntArray | None
    """Their classes; None for a tile."""


def prepare_job(spec: ChipSpec, task: TaskSettings) -> PointJob:
    """Map what a point does on its chip.

    What a tile holds and gets is that of `ohmloom_sim.monte_carlo.tile_job`.

    Raises
    ------
    MappingError
        Where the network doesn't fit the chip, or there are fewer samples than asked for.
    """
    if task.kind == TILE:
        made = tile_job(spec, task.vectors, task.train_seed)
        return PointJob(spec=made.spec, mapping=made.mapping, inputs=made.inputs, labels=None)
    prepared = prepare(spec, _task(task.kind, task.train_seed), task.images)
    return PointJob(
        spec=spec,
        mapping=prepared.mapping,
        inputs=prepared.inputs,
        labels=prepared.task.labels,
    )


def co_simulated(job: PointJob, point: Point) -> Job:
    """Return what a point does as a job for the emitted Verilog."""
    task = point.task
    return Job.of(
        job.spec,
        job.mapping,
        job.inputs,
        engine=task.engine,
        seed=point.seed,
        age=task.age,
        temperature=task.temperature,
        program=task.program,
        checks=job_checks(job.spec, job.mapping),
    )


@lru_cache(maxsize=_TASKS_KEPT)
def _task(name: str, seed: int) -> Task:
    return chosen_task(TaskName(name), None, seed)
