"""The emitted Verilog of a chip as what runs a network over samples."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ohmloom_analog.neurons import SpikingNetwork
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.spiking.batch import Outcome, Runner
from ohmloom_sim.spiking.chip_job import SpikingAnswer, SpikingJob
from ohmloom_sim.spiking.chip_run import simulate_spiking
from ohmloom_sim.spiking.coding import Events

__all__ = ["chip_runner", "outcome_of"]


def chip_runner(
    spec: ChipSpec,
    *,
    engine: str,
    sim: str | None,
    seed: int,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> Runner:
    """Return what runs networks on a chip's emitted Verilog beside its arrays.

    Parameters
    ----------
    spec
        The chip.
    engine
        What solves its arrays.
    sim
        Simulator of the Verilog; None for the first that is there.
    seed
        Of the cells and their noise.
    folder
        Where Verilog, build and answer go.
    on_progress
        Called now and then with the number of samples that are through.
    """

    def run(network: SpikingNetwork, events: Sequence[Events]) -> Outcome:
        job = SpikingJob(spec=spec, network=network, events=tuple(events), engine=engine, seed=seed)
        return outcome_of(simulate_spiking(job, sim=sim, folder=folder, on_progress=on_progress))

    return run


def outcome_of(answer: SpikingAnswer) -> Outcome:
    """Return a chip's answer as what classes are read off."""
    counts = np.stack([sample.sum(axis=0, dtype=np.int64) for sample in answer.spikes])
    return Outcome(counts=counts, membranes=answer.membranes)
