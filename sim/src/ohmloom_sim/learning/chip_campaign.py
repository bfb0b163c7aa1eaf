"""Letters learnt by chips again and again, each time from other conductances."""

from collections.abc import Callable
from pathlib import Path

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.learning.campaign import LearningCampaign
from ohmloom_sim.learning.chip_run import LearningJob, simulate_learning
from ohmloom_sim.learning.recipes import letters_on_devices

__all__ = ["learn_on_chip"]


def learn_on_chip(
    spec: ChipSpec,
    *,
    epochs: int,
    seed: int,
    runs: int,
    engine: str,
    sim: str,
    folder: Path,
    on_progress: Callable[[int], None] | None = None,
) -> LearningCampaign:
    """Let the emitted Verilog of a chip learn the letters, once a seed.

    Parameters
    ----------
    spec
        The chip.
    epochs
        Walks over all samples at most, at least 1.
    seed
        Of the first run; each later one has the next.
    runs
        How many.
    engine, sim
        What solves the arrays, and the Verilog.
    folder
        Where all is built, a folder a seed.
    on_progress
        Is told how many epochs are through; a run that needs fewer counts as all.

    Raises
    ------
    ToolError
        Where the simulator is missing or breaks.
    HardwareError
        Where a chip or its bench fails.
    """
    seeds = tuple(range(seed, seed + runs))
    found = []
    for number, one in enumerate(seeds):
        settings = letters_on_devices(spec, seed=one)

        def moved(done: int, before: int = number * epochs) -> None:
            if on_progress is not None:
                on_progress(before + done)

        job = LearningJob(spec=spec, settings=settings, epochs=epochs, engine=engine, seed=one)
        place = folder / f"seed-{one}"
        found.append(simulate_learning(job, sim=sim, folder=place, on_epoch=moved).run)
        moved(epochs)
    return LearningCampaign(
        task="letters", rule=found[0].rule, model=None, seeds=seeds, runs=tuple(found)
    )
