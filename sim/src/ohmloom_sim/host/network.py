"""A mapped network on a chip at a port: loaded, and run sample by sample."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping
from ohmloom_hw.driver import Counters, Driver
from ohmloom_sim.host.check_tables import load_residue_table
from ohmloom_sim.host.row_scale import load_row_scale

__all__ = ["Outcome", "load_network", "run_network"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Outcome:
    """What a chip gave."""

    results: IntArray
    """Result buffer, samples x outputs."""
    winners: IntArray
    """Argmax that the chip found, one a sample."""
    cycles: IntArray
    """Clock cycles of each sample's run."""
    counters: Counters
    """What the chip has counted over all samples."""


async def load_network(driver: Driver, mapping: Mapping) -> bool:
    """Load a network if the chip doesn't hold it; return whether it had to be loaded.

    The cells of a twin are loaded with it, and so are scales of rows and what residue checks count
    on. What stands behind pins is programmed by other means.

    Raises
    ------
    HardwareError
        Where something else is read back.
    """
    if driver.features.behind == "twin":
        await driver.load_levels([levels.tolist() for levels in mapping.levels])
    await load_residue_table(driver, driver.spec, mapping)
    await load_row_scale(driver, driver.spec, mapping.levels)
    if await driver.holds(mapping.table):
        return False
    await driver.load(mapping.table)
    return True


async def run_network(
    driver: Driver,
    mapping: Mapping,
    inputs: IntArray,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Send samples through the network that a chip holds.

    Parameters
    ----------
    inputs
        Integers, samples x inputs.
    on_progress
        Called with the number of samples that are through.

    Raises
    ------
    HardwareError
        Where a run ends with an error.
    """
    results, winners, cycles = [], [], []
    await driver.clear_counters()
    for index, sample in enumerate(inputs):
        await driver.write_inputs(0, sample.tolist())
        await driver.run()
        results.append(await driver.results(0, mapping.table.outputs))
        winners.append(await driver.argmax())
        cycles.append((await driver.counters()).cycles)
        if on_progress is not None:
            on_progress(index + 1)
    return Outcome(
        results=np.array(results, dtype=np.int64),
        winners=np.array(winners, dtype=np.int64),
        cycles=np.array(cycles, dtype=np.int64),
        counters=await driver.counters(),
    )
