"""How the measures of a campaign are taken from a point that was run."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.integer import run_integers
from ohmloom_sim.campaigns.point_runs import PointRun
from ohmloom_sim.campaigns.run_times import run_cycles, with_times
from ohmloom_sim.energy.model import EnergyReport, energy_report
from ohmloom_sim.job import Answer
from ohmloom_sim.metrics import conversion_errors
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.sum_errors import Spread, step_sums
from ohmloom_sim.written_cells import ProgramFigures

__all__ = ["FIGURES"]

Figure = Callable[[PointRun], float]
IntArray = NDArray[np.int64]


def _sums(run: PointRun) -> tuple[IntArray, IntArray]:
    """Return all sums that the chip formed, and the exact ones."""
    job = run.job
    steps = passes_of_steps(job.spec, job.mapping.table, run.chip.recording, run.samples)
    pairs = [
        step_sums(job.spec, job.mapping, place, run.chip.recording, step)
        for place, step in zip(job.mapping.placements, steps, strict=True)
    ]
    found, exact = zip(*pairs, strict=True)
    return np.hstack(found), np.hstack(exact)


def _mvm_error(run: PointRun) -> Spread:
    found, exact = _sums(run)
    return Spread.of([(found - exact) / float(1 << run.job.spec.adc_shift)])


def _mvm_error_relative(run: PointRun) -> float:
    found, exact = _sums(run)
    scale = Spread.of([exact]).rms
    if scale == 0:
        msg = "products must not all be 0 for the measure 'mvm_error_relative'"
        raise ValueError(msg)
    return Spread.of([found - exact]).rms / scale


def _code_error(run: PointRun) -> float:
    job = run.job
    steps = passes_of_steps(job.spec, job.mapping.table, run.chip.recording, run.samples)
    return Spread.of(
        [conversion_errors(job.spec, job.mapping, run.chip.recording, step) for step in steps]
    ).rms


def _right(results: IntArray, labels: IntArray | None) -> float:
    assert labels is not None
    return float((results.argmax(axis=1) == labels).mean())


def _accuracy_loss(run: PointRun) -> float:
    job = run.job
    perfect = run_integers(job.spec, job.mapping, job.inputs).layers[-1]
    return _right(perfect, job.labels) - _right(run.chip.results, job.labels)


def _written(run: PointRun) -> ProgramFigures:
    assert run.arrays.written is not None
    return run.arrays.written


def _unwritten(run: PointRun) -> float:
    written = _written(run)
    return 1 - written.written / written.cells


def _write_energy(run: PointRun) -> float:
    energy = _written(run).energy
    assert energy is not None
    return energy


def _report(run: PointRun) -> EnergyReport:
    """Return what the run took, as the energy report of a co-simulation does."""
    job = run.job
    table = job.mapping.table
    recording = with_times(job.spec, table, run.chip.recording)
    answer = Answer(
        results=run.chip.results,
        winners=run.chip.winners,
        buffer=np.zeros((run.samples, 0), dtype=np.int64),
        cycles=np.full(run.samples, run_cycles(job.spec, table), dtype=np.int64),
        adc_busy=np.zeros(run.samples, dtype=np.int64),
        clipped=run.chip.clipped,
        conversions=run.chip.conversions,
        seconds=0.0,
        recording=recording,
    )
    # Array figures look at cells and voltages alone, which need no solver.
    return energy_report(run.arrays.chip, job.mapping, answer)


def _a_sample(name: str) -> Figure:
    return lambda run: float(getattr(run.chip.counts, name)) / run.samples


FIGURES: Mapping[str, Figure] = {
    "mvm_error": lambda run: _mvm_error(run).rms,
    "mvm_error_max": lambda run: _mvm_error(run).max,
    "mvm_error_relative": _mvm_error_relative,
    "code_error": _code_error,
    "clipped": lambda run: run.chip.clipped / run.chip.conversions,
    "accuracy": lambda run: _right(run.chip.results, run.job.labels),
    "accuracy_loss": _accuracy_loss,
    "flagged": _a_sample("flagged"),
    "corrected": _a_sample("corrected"),
    "reread": _a_sample("rereads"),
    "doubtful": _a_sample("doubtful"),
    "pulses": lambda run: _written(run).pulses_mean,
    "pulses_max": lambda run: float(_written(run).pulses_max),
    "unwritten": _unwritten,
    "write_energy": _write_energy,
    "energy": lambda run: _report(run).inference_energy,
    "latency": lambda run: _report(run).inference_latency,
}
"""By the name of the measure."""
