"""A spiking network on a chip at the end of a line, on a board or in a simulation."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spiking_mapping import SpikingMapping
from ohmloom_hw.driver import Driver
from ohmloom_hw.spiking.spiking_driver import SpikingDriver
from ohmloom_sim.spiking.chip_job import SpikingAnswer

__all__ = ["run_spiking"]


async def run_spiking(
    driver: Driver,
    mapping: SpikingMapping,
    events: Sequence[NDArray[np.bool_]],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> SpikingAnswer:
    """Load a network, and send it samples, before each of which it rests.

    The cells of a twin are loaded too. What stands behind pins is programmed by other means.

    Parameters
    ----------
    events
        Input spikes, one array of ticks x inputs a sample.
    on_progress
        Called with the number of samples that are through.

    Raises
    ------
    HardwareError
        Where something else is read back, or the chip stops with an error.
    MappingError
        Where the chip's queues are too small for a tick.
    """
    host = SpikingDriver(driver)
    if driver.features.behind == "twin":
        await driver.load_levels([levels.tolist() for levels in mapping.levels])
    await host.load(mapping)
    await driver.clear_counters()
    await host.clear_counts()
    spikes, membranes = [], []
    began = time.perf_counter()
    for done, sample in enumerate(events):
        await host.rest()
        found = await host.run([np.flatnonzero(tick).tolist() for tick in sample])
        trains = np.zeros((len(found), len(mapping.outputs)), np.bool_)
        for tick, neurons in enumerate(found):
            trains[tick, neurons] = True
        spikes.append(trains)
        states = await host.states(mapping.outputs.start, len(mapping.outputs))
        membranes.append([state.membrane for state in states])
        if on_progress is not None:
            on_progress(done + 1)
    counts, counters = await host.counts(), await driver.counters()
    return SpikingAnswer(
        spikes=tuple(spikes),
        membranes=np.array(membranes, np.int64),
        ticks=counts.ticks,
        spikes_in=counts.spikes_in,
        spikes_out=counts.spikes_out,
        steps_skipped=counts.steps_skipped,
        lost=counts.lost_in + counts.lost_out + counts.refused,
        conversions=counters.conversions,
        clipped=counters.clipped,
        seconds=time.perf_counter() - began,
    )
