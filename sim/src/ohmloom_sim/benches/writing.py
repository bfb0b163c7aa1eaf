"""The arrays of a bench, written through the link as those of a board would be."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from cocotb.triggers import Timer
from cocotb.utils import get_sim_time

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.write_verify import Outcome
from ohmloom_hw.cell_block import Block
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.driver import Driver
from ohmloom_hw.program_words import Target
from ohmloom_sim.benches.setup import clock_period_ps
from ohmloom_sim.bridge import ArrayBridge
from ohmloom_sim.host.targets import targets_in_use
from ohmloom_sim.job import Job
from ohmloom_sim.write_record import WriteRecord
from ohmloom_sim.written_cells import WrittenCells

__all__ = ["write_arrays"]

_ROWS_AT_ONCE = 8
_PAUSE_US = 200


async def write_arrays(
    job: Job,
    chip: AnalogChip,
    bridges: Sequence[ArrayBridge],
    driver: Driver,
    *,
    on_cells: Callable[[int], None],
) -> tuple[AnalogChip, WriteRecord]:
    """Write the cells that a job uses, let them age, and return the chip as it is read.

    Parameters
    ----------
    chip
        Fresh, behind the bridges.
    on_cells
        Called with the number of cells that are done.
    """
    spec = job.spec
    levels = targets_in_use(spec, job.table, job.levels).with_reference()
    found = WrittenCells.wanted(spec, levels)
    cells = CellDriver(driver, spec, pause=_pause)
    began, began_ps, done = time.perf_counter(), _now_ps(), 0
    for tile in np.flatnonzero((levels >= 0).any(axis=(1, 2))).tolist():

        async def note(
            rows: range, outcomes: Sequence[Sequence[Outcome]], tile: int = tile
        ) -> None:
            nonlocal done
            for row, written in zip(rows, outcomes, strict=True):
                for line, outcome in enumerate(written):
                    found.put((tile, row, line), outcome)
                    if outcome.status.failed:
                        # Else the chip would leave this place of the next tile alone.
                        await cells.clear(
                            Block(first_row=row, last_row=row, first_line=line, last_line=line)
                        )
            done += int((levels[tile, rows.start : rows.stop] >= 0).sum())
            on_cells(done)

        used = np.flatnonzero((levels[tile] >= 0).any(axis=1))
        await cells.program(
            tile,
            [[Target(level=max(k, 0), locked=k < 0) for k in row] for row in levels[tile].tolist()],
            rows=range(int(used[0]), int(used[-1]) + 1),
            rows_at_once=_ROWS_AT_ONCE,
            clear=False,
            on_rows=note,
        )
    cycles = (_now_ps() - began_ps) // clock_period_ps(spec)
    reached = np.array([held.at_read(spec.dac.v_read) for held in chip.cells])
    energy = sum(float(tile.writer.cells.energy.sum()) for tile in chip.tiles if tile.writable)
    read = _aged(job, chip, bridges)
    record = WriteRecord(
        cells=found,
        reached=reached,
        state=read.state(),
        energy=energy,
        cycles=cycles,
        seconds=time.perf_counter() - began,
    )
    return read, record


def _aged(job: Job, chip: AnalogChip, bridges: Sequence[ArrayBridge]) -> AnalogChip:
    if job.age is None and job.temperature is None:
        return chip
    aged = AnalogChip.from_state(
        job.spec, chip.state(), engine=job.engine, age=job.age, temperature=job.temperature
    )
    for bridge, tile in zip(bridges, aged.tiles, strict=True):
        bridge.put(tile)
    return aged


async def _pause() -> None:
    # A look takes the simulator as long as the chip takes for hundreds of cycles.
    await Timer(_PAUSE_US, "us")


def _now_ps() -> int:
    now: Any = get_sim_time("ps")
    return int(now)
