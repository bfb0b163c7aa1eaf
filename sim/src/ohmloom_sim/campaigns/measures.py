"""What a campaign can measure at its points.

The error of an MVM is that of `ohmloom_sim.metrics`: at the sums of steps and columns, in ADC LSB
at the lowest weight and input slice. Energy and latency are those of `ohmloom_sim.energy`, from
what the point itself did.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.campaigns.description import TaskSettings
from ohmloom_sim.campaigns.point_figures import FIGURES
from ohmloom_sim.campaigns.point_jobs import TILE, PointJob, prepare_job
from ohmloom_sim.campaigns.point_runs import PointRun, run_point
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.run_times import untimed
from ohmloom_sim.functional_chip import check_followed
from ohmloom_sim.monte_carlo import prepare_reads

__all__ = ["MEASURES", "Measure", "check_measures", "measure_points"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A figure of a point."""

    name: str
    """As a description names it."""
    label: str
    """For axes and tables."""
    unit: str
    """Its unit; nothing for a plain number."""
    share: bool = False
    """Whether it is the share of a point's samples that are right."""
    least: float = 0.0
    """It can't be lower."""
    most: float = inf
    """It can't be higher."""

    @property
    def percent(self) -> bool:
        """Whether people read it in per cent."""
        return not self.unit and self.most == 1


MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure(name="mvm_error", label="MVM error, rms", unit="LSB"),
        Measure(name="mvm_error_max", label="MVM error, largest", unit="LSB"),
        Measure(
            name="mvm_error_relative", label="MVM error, rms over that of the products", unit=""
        ),
        Measure(name="code_error", label="error of a conversion, rms", unit="LSB"),
        Measure(name="clipped", label="clipped share of the conversions", unit="", most=1.0),
        Measure(name="accuracy", label="accuracy", unit="", share=True, most=1.0),
        Measure(
            name="accuracy_loss",
            label="accuracy lost against the integer model",
            unit="",
            least=-1.0,
            most=1.0,
        ),
        Measure(name="flagged", label="flagged blocks a sample", unit=""),
        Measure(name="corrected", label="corrected blocks a sample", unit=""),
        Measure(name="reread", label="steps read again a sample", unit=""),
        Measure(name="doubtful", label="steps left in doubt a sample", unit=""),
        Measure(name="pulses", label="pulses of a cell, mean", unit=""),
        Measure(name="pulses_max", label="pulses of a cell, most", unit=""),
        Measure(name="unwritten", label="share of the cells that were given up", unit="", most=1.0),
        Measure(name="write_energy", label="energy of all pulses", unit="J"),
        Measure(name="energy", label="energy of an inference", unit="J"),
        Measure(name="latency", label="time of an inference", unit="s"),
    )
}
"""All measures by their names."""

_LABELLED = ("accuracy", "accuracy_loss")
_WRITTEN = ("pulses", "pulses_max", "unwritten", "write_energy")
_JUDGED = ("flagged", "reread", "doubtful")


def check_measures(spec: ChipSpec, task: TaskSettings, names: Iterable[str]) -> None:
    """Check that points of a chip and a task can give measures.

    Raises
    ------
    SpecError
        Where one can't be given: by its name, and why; or where the functional chip doesn't follow
        such a chip.
    """
    check_followed(spec)
    for name in names:
        if name not in MEASURES:
            msg = f"measure must be one of {', '.join(MEASURES)}, not '{name}'"
            raise SpecError(msg)
        needed = _needed(spec, task, name)
        if needed is not None:
            msg = f"measure '{name}' must be left out, as it needs {needed}"
            raise SpecError(msg)


def _needed(spec: ChipSpec, task: TaskSettings, name: str) -> str | None:
    """Return what a measure needs that isn't there; None where all is."""
    defence, of = spec.defence, f"chip '{spec.name}'"
    judged = defence.checksums or defence.residue > 0
    if name == "latency":
        return untimed(spec)
    for names, there, need in (
        (_LABELLED, task.kind != TILE, f"samples with classes, not the task '{TILE}'"),
        (
            _WRITTEN,
            task.program == "write-verify",
            f"cells that are written by write-verify, not program '{task.program}'",
        ),
        (("corrected",), defence.checksums, f"ecc.checksums, which {of} doesn't have"),
        (_JUDGED, judged, f"ecc.checksums or ecc.residue, which {of} doesn't have"),
        (("energy",), not defence.reissue, f"passes of whole slices, not ecc.reissue of {of}"),
    ):
        if name in names and not there:
            return need
    return None


def measure_points(points: Sequence[Point]) -> list[dict[str, float]]:
    """Run points, and return the measures of each by their names.

    It is a function of the points alone; those next to each other that differ only by their seeds
    share training and mapping.

    Raises
    ------
    SpecError
        Where a point can't give a measure.
    MappingError
        Where a network doesn't fit its chip.
    ValueError
        Where the model of an effect doesn't hold for the cells, their age or temperature.
    """
    found: list[dict[str, float]] = []
    shared: tuple[object, PointJob] | None = None
    for point in points:
        key = (point.chip, point.task)
        if shared is None or shared[0] != key:
            spec = point.spec()
            check_measures(spec, point.task, point.measures)
            job = prepare_job(spec, point.task)
            prepare_reads(job.spec, point.task.engine, len(job.inputs))
            shared = key, job
        found.append(measured(run_point(shared[1], point), point.measures))
    return found


def measured(run: PointRun, names: Iterable[str]) -> dict[str, float]:
    """Return measures of a point that was run."""
    figures: Mapping[str, Callable[[PointRun], float]] = FIGURES
    return {name: float(figures[name](run)) for name in names}
