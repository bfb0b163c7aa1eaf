"""A task in spikes, the classes that are read off a network's outcome, and what it all costs."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import SpikingNetwork
from ohmloom_sim.spiking.batch import Outcome, Runner, run_reference
from ohmloom_sim.spiking.coding import Events

__all__ = ["Coding", "Readout", "SpikingFigures", "SpikingTask", "measure", "predictions"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

Coding = Literal["rate", "delta"]
Readout = Literal["membrane", "count"]
"""Whether the class is the output with the highest membrane at the end, or with most spikes."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SpikingTask:
    """A network of integers, and samples that it has not seen."""

    name: str
    """Of the task."""
    coding: Coding
    """How signals become events."""
    network: SpikingNetwork
    """Trained on other samples."""
    weight_bits: int
    """Bits of a weight with its sign."""
    events: tuple[Events, ...]
    """One array of (ticks, lines) a sample."""
    labels: Integers
    """Their classes, (samples,)."""
    readout: Readout
    """What the class is read off."""
    float_predictions: Integers
    """Classes that the network finds in floating point, before it is rounded, (samples,)."""
    dense_predictions: Integers
    """Classes that a dense network without spikes finds in floating point, (samples,)."""
    late: Integers
    """Channels and ticks in which an event had to wait, (samples,); 0 in rate coding."""

    def first(self, samples: int) -> "SpikingTask":
        """Return the task with its first samples only.

        Raises
        ------
        ValueError
            Where there are not so many.
        """
        if not 1 <= samples <= len(self.events):
            msg = f"samples must be from 1 to the {len(self.events)} there are, not {samples}"
            raise ValueError(msg)
        return replace(
            self,
            events=self.events[:samples],
            labels=self.labels[:samples],
            float_predictions=self.float_predictions[:samples],
            dense_predictions=self.dense_predictions[:samples],
            late=self.late[:samples],
        )


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SpikingFigures:
    """How well a task is done, and what it takes."""

    samples: int
    """How many were classified."""
    dense_accuracy: float
    """Share that a dense network gets right in floating point."""
    float_accuracy: float
    """Share that the spiking network gets right in floating point."""
    integer_accuracy: float
    """Share that the integer reference gets right."""
    chip_accuracy: float | None
    """Share that the runner gets right; None without one."""
    disagreeing: int | None
    """Samples for which the runner's class is not the reference's; None without one."""
    differing: int | None
    """Samples in which the runner's outcome is not the reference's; None without one."""
    ticks: float
    """Ticks of a sample, in the mean."""
    late: float
    """Channels and ticks of a sample in which an event had to wait, in the mean."""
    events: Floats
    """Spikes that come into each layer, in the mean of samples, (layers,)."""
    products: Floats
    """Matrix-vector products of each layer, in the mean of samples, (layers,)."""

    def to_json(self) -> dict[str, object]:
        """Return the figures as what JSON can hold."""
        return {
            "samples": self.samples,
            "dense_accuracy": self.dense_accuracy,
            "float_accuracy": self.float_accuracy,
            "integer_accuracy": self.integer_accuracy,
            "chip_accuracy": self.chip_accuracy,
            "disagreeing_samples": self.disagreeing,
            "differing_samples": self.differing,
            "ticks_per_sample": self.ticks,
            "late_per_sample": self.late,
            "events_per_sample": self.events.tolist(),
            "products_per_sample": self.products.tolist(),
        }


def predictions(readout: Readout, outcome: Outcome) -> Integers:
    """Return the class of each sample; of equal outputs it is the first.

    Parameters
    ----------
    readout
        What to look at.
    outcome
        Of the last layer.
    """
    found = outcome.membranes if readout == "membrane" else outcome.counts
    return np.asarray(found.argmax(axis=1), dtype=np.int64)


def measure(task: SpikingTask, runner: Runner | None = None) -> SpikingFigures:
    """Classify a task's samples on the integer reference, and on a chip beside it.

    Parameters
    ----------
    task
        What is classified.
    runner
        The chip: what takes the network and the samples and gives the last layer's outcome.
    """
    run = run_reference(task.network, task.events)
    integer = predictions(task.readout, run.outcome)
    chip = None if runner is None else runner(task.network, task.events)
    found = None if chip is None else predictions(task.readout, chip)
    return SpikingFigures(
        samples=len(task.events),
        dense_accuracy=_share(task.dense_predictions, task.labels),
        float_accuracy=_share(task.float_predictions, task.labels),
        integer_accuracy=_share(integer, task.labels),
        chip_accuracy=None if found is None else _share(found, task.labels),
        disagreeing=None if found is None else int((found != integer).sum()),
        differing=None if chip is None else _differing(chip, run.outcome),
        ticks=float(np.mean([len(sample) for sample in task.events])),
        late=float(task.late.mean()),
        events=run.events.mean(axis=0),
        products=run.products.mean(axis=0),
    )


def _share(found: Integers, labels: Integers) -> float:
    return float((found == labels).mean())


def _differing(one: Outcome, other: Outcome) -> int:
    apart = (one.counts != other.counts) | (one.membranes != other.membranes)
    return int(apart.any(axis=1).sum())
