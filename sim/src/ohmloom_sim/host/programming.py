"""A chip written cell by cell, with a journal from which a job that was cut short goes on."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Limits, Outcome
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.driver import Driver
from ohmloom_hw.program_words import Target
from ohmloom_sim.host.journal import Journal, is_done
from ohmloom_sim.host.targets import TargetList
from ohmloom_sim.written_cells import WrittenCells

__all__ = ["program_chip"]

IntArray = NDArray[np.int64]


async def program_chip(
    driver: Driver,
    spec: ChipSpec,
    targets: TargetList,
    journal: Journal,
    *,
    trims: IntArray | None = None,
    tolerance: float | None = None,
    limits: Limits | None = None,
    by_line: bool = False,
    rows_at_once: int = 1,
    on_progress: Callable[[int], None] | None = None,
) -> WrittenCells:
    """Write all cells that the journal doesn't know to be done.

    Parameters
    ----------
    targets
        What is wanted.
    journal
        Of this job.
    trims
        Verify codes added to the targets, (tiles, R, lines + 1); None for none.
    tolerance, limits, by_line, rows_at_once
        As `CellDriver.program` takes them.
    on_progress
        Called with the number of cells that are done.

    Returns
    -------
    What became of all cells with a target, those of earlier sessions included.

    Raises
    ------
    HardwareError
        Where the chip can't be armed, or a job ends with an error.
    StateError
        Where the journal can't be written.
    """
    cells = CellDriver(driver, spec)
    levels = targets.with_reference()
    # A host that was killed may have left a row under way, and the chip armed.
    await cells.finish()
    await cells.disarm()
    life = await _life(driver)
    done = 0
    for tile in targets.tiles:
        trim = np.zeros(levels.shape[1:], dtype=np.int64) if trims is None else trims[tile]
        rows, wanted = _left(journal, tile, levels[tile], trim)
        if rows and journal.under_way(life) == tile:
            await _recover(cells, journal, tile, rows, wanted, tolerance=tolerance, life=life)
            rows, wanted = _left(journal, tile, levels[tile], trim)
        done += len(journal.outcomes(tile))
        if not rows:
            continue

        async def note(
            part: range, outcomes: Sequence[Sequence[Outcome]], tile: int = tile
        ) -> None:
            nonlocal done
            journal.note(tile, part, outcomes, await cells.wear(cells.block(part)), life=life)
            done += sum(is_done(cell) for row in outcomes for cell in row)
            if on_progress is not None:
                on_progress(done)

        journal.begin_tile(tile, life)
        await cells.program(
            tile,
            wanted,
            rows=rows,
            tolerance=tolerance,
            limits=limits,
            by_line=by_line,
            rows_at_once=rows_at_once,
            on_rows=note,
        )
        journal.end_tile()
    return _result(spec, levels, journal)


async def _life(driver: Driver) -> int:
    """Return the number that tells this life of a chip, from reset to reset, from all others."""
    held = await driver.read_register("SCRATCH")
    if held:
        return held
    fresh = time.time_ns() // 1000 % 0xFFFF_FFFF + 1
    await driver.write_register("SCRATCH", fresh)
    return fresh


async def _recover(
    cells: CellDriver,
    journal: Journal,
    tile: int,
    rows: range,
    wanted: Sequence[Sequence[Target]],
    *,
    tolerance: float | None,
    life: int,
) -> None:
    """Take over what the chip has finished of a job whose host was gone."""
    if await cells.holds(tile, wanted, tolerance=tolerance):
        block = cells.block(rows)
        journal.note(tile, rows, await cells.outcomes(block), await cells.wear(block), life=life)


def _left(
    journal: Journal, tile: int, levels: IntArray, trim: IntArray
) -> tuple[range, list[list[Target]]]:
    """Return the rows from the first to the last with a cell to be written, and the targets."""
    done = journal.outcomes(tile)
    left = levels >= 0
    for place in done:
        left[place] = False
    rows = np.flatnonzero(left.any(axis=1))
    targets = [
        [
            Target(level=max(level, 0), trim=shift, locked=not wanted)
            for level, shift, wanted in zip(*line, strict=True)
        ]
        for line in zip(levels.tolist(), trim.tolist(), left.tolist(), strict=True)
    ]
    return range(int(rows[0]), int(rows[-1]) + 1) if rows.size else range(0), targets


def _result(spec: ChipSpec, levels: IntArray, journal: Journal) -> WrittenCells:
    cells = WrittenCells.wanted(spec, levels)
    for tile in range(spec.tiles):
        for (row, line), outcome in journal.outcomes(tile).items():
            cells.put((tile, row, line), outcome)
    return cells
