"""What a chip makes of a spiking network, beside the integers that it holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spike_reference import SpikingReference
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob

__all__ = ["ChipSpikes", "compare_chip", "expected_spikes", "read_events"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChipSpikes:
    """How a chip's spikes differ from those of its integers."""

    samples: int
    """How many there were."""
    ticks: int
    """Ticks of all samples."""
    expected: int
    """Spikes of the last layer that its integers give."""
    given: int
    """Spikes of the last layer that the chip gave."""
    differing: int
    """Ticks in which the two aren't the same."""
    steps: int
    """Reads of a tile that there would be if none were skipped."""
    skipped: int
    """Those that were skipped, as no input spiked."""

    def to_json(self) -> dict[str, int]:
        """Return the figures as what JSON can hold."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def expected_spikes(job: SpikingJob) -> tuple[Flags, ...]:
    """Return what the integers of a job's network give, one array of ticks x neurons a sample."""
    trains = []
    for sample in job.events:
        reference = SpikingReference(job.network)
        trains.append(np.array([reference.tick(tick) for tick in sample]))
    return tuple(trains)


def compare_chip(job: SpikingJob, answer: SpikingAnswer, *, steps: int) -> ChipSpikes:
    """Lay a chip's spikes beside those of the integers.

    Parameters
    ----------
    steps
        Steps of a tick.
    """
    expected = expected_spikes(job)
    pairs = list(zip(expected, answer.spikes, strict=True))
    return ChipSpikes(
        samples=len(pairs),
        ticks=answer.ticks,
        expected=int(sum(one.sum() for one, _ in pairs)),
        given=int(sum(other.sum() for _, other in pairs)),
        differing=int(sum((one != other).any(axis=1).sum() for one, other in pairs)),
        steps=steps * answer.ticks,
        skipped=answer.steps_skipped,
    )


def read_events(given: NDArray[np.generic], inputs: int) -> tuple[Flags, ...]:
    """Return samples of events from an array of a file.

    Parameters
    ----------
    given
        0 and 1, ticks x inputs or samples x ticks x inputs.
    inputs
        Lines of the network.

    Raises
    ------
    ValueError
        Where it has another shape, or something else in it.
    """
    array = given[np.newaxis] if given.ndim == 2 else given
    if array.ndim != 3 or array.shape[2] != inputs or 0 in array.shape:
        msg = f"events must be ticks x {inputs} or samples x ticks x {inputs}, not {given.shape}"
        raise ValueError(msg)
    flags = array != 0
    if not np.array_equal(array, flags):
        worst = array[(array != 0) & (array != 1)].flat[0]
        msg = f"events must be 0 or 1, not {worst}"
        raise ValueError(msg)
    return tuple(flags)
