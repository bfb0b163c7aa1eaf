"""One point of a campaign, run on the functional chip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.campaigns.point_jobs import PointJob
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.written_chip import Arrays, make_arrays
from ohmloom_sim.functional_chip import FunctionalChip, FunctionalRun

__all__ = ["PointRun", "run_point"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class PointRun:
    """What came of a point."""

    job: PointJob
    """What was asked."""
    arrays: Arrays
    """What was read."""
    chip: FunctionalRun
    """What the chip gave."""

    @property
    def samples(self) -> int:
        """Samples that went through."""
        return len(self.chip.results)


def run_point(job: PointJob, point: Point) -> PointRun:
    """Run all samples of a point.

    Raises
    ------
    SpecError
        Where its chip has what the functional one doesn't follow, or is to be written and doesn't
        say how.
    ValueError
        Where the model of an effect doesn't hold for the cells, their age or temperature.
    """
    arrays = make_arrays(job, point)
    run = FunctionalChip.of(arrays.chip, job.mapping).run(job.inputs)
    return PointRun(job=job, arrays=arrays, chip=run)
