"""One point of a campaign, run: arrays behind an engine, and the logic as integers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.campaign import check_tables
from ohmloom_sim.campaigns.point_jobs import PointJob
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.recorded_reads import RecordedReads
from ohmloom_sim.campaigns.written_chip import Arrays, make_arrays
from ohmloom_sim.defended_run import CheckCounts, Layers, run_defended
from ohmloom_sim.recording import Recorder, Recording
from ohmloom_sim.taken_passes import taken_passes

__all__ = ["PointRun", "run_point", "unmodelled"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class PointRun:
    """What came of a point."""

    job: PointJob
    """What was asked."""
    arrays: Arrays
    """What was read."""
    results: IntArray
    """Of the last layer, samples x outputs."""
    recording: Recording
    """What went over the array ports, of steps that were read again only what was taken."""
    counts: CheckCounts
    """What the checks found, over all samples."""
    conversions: int
    """Conversions of lines in use, those of steps that were read again included."""

    @property
    def samples(self) -> int:
        """Samples that went through."""
        return len(self.results)


def unmodelled(spec: ChipSpec) -> str | None:
    """Return the name of a layer of defence that `run_point` doesn't do; None where it does all."""
    defence = spec.defence
    there = {
        "an": defence.an != "none",
        "reissue": defence.reissue,
        "row_scale": defence.row_scale,
    }
    return next((name for name, used in there.items() if used), None)


def run_point(job: PointJob, point: Point) -> PointRun:
    """Run all samples of a point, each through all steps before the next, as the chip does."""
    spec, layers = job.spec, Layers.of(job.spec)
    arrays = make_arrays(job, point)
    reads = RecordedReads(
        chip=arrays.chip, mapping=job.mapping, recorder=Recorder(lines=spec.lines)
    )
    tables = check_tables(spec, job.mapping, layers)
    results, counts, begins = [], CheckCounts(), []
    for sample in job.inputs:
        begins.append(reads.recorder.passes)
        run = run_defended(
            spec, job.mapping, sample[np.newaxis], reads=reads, layers=layers, tables=tables
        )
        results.append(run.results[0])
        counts += run.counts
    whole = reads.recorder.recording()
    used = {p.tile: len(p.outputs) * spec.lines_per_column for p in job.mapping.placements}
    return PointRun(
        job=job,
        arrays=arrays,
        results=np.array(results),
        recording=taken_passes(spec, job.mapping.table, whole, begins),
        counts=counts,
        conversions=sum(used[tile] for tile in whole.tile.tolist()),
    )
