"""The host driver of write-verify: cells written, read back, formed and tested, tile by tile."""

from collections.abc import Awaitable, Callable, Sequence

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.write_verify import Limits, Outcome
from ohmloom_hw.cell_block import Block
from ohmloom_hw.cell_engine import CellEngine
from ohmloom_hw.march_registers import CELLS_PER_WORD, march_values
from ohmloom_hw.program_words import Target, unpack_faults

__all__ = ["CellDriver"]


class CellDriver(CellEngine):
    """Write, read and test the cells of a chip that is built with `Features.writes`.

    Each method is a whole job, after which the chip is disarmed, whatever ended it.
    """

    async def program(
        self,
        tile: int,
        targets: Sequence[Sequence[Target]],
        *,
        rows: range | None = None,
        tolerance: float | None = None,
        limits: Limits | None = None,
        by_line: bool = False,
        rows_at_once: int = 1,
        clear: bool = True,
        on_rows: Callable[[range, list[list[Outcome]]], Awaitable[None]] | None = None,
    ) -> list[list[Outcome]]:
        """Write a tile, and return what became of each cell of its rows.

        Parameters
        ----------
        targets
            One a cell, (rows, lines + 1), the reference line last; locked ones are left alone.
        rows
            Those to write; None for all.
        tolerance, limits, by_line
            As `prepare` takes them.
        rows_at_once
            Rows of one job of the chip, after which `on_rows` learns of them.
        clear
            Whether to forget first what the chip notes of jobs before. Where that is left, cells
            that were given up then are left alone now.
        on_rows
            Awaited with rows that are done, and what became of their cells.

        Raises
        ------
        HardwareError
            Where the chip can't be armed, or a job ends with an error.
        ValueError
            Where the targets or a tolerance can't be.
        """
        chosen = range(self._spec.rows) if rows is None else rows
        # What is noted of other jobs must be gone before the chip holds what tells this one.
        await self.make_idle()
        if clear:
            await self.clear(self.block(chosen))
        await self.prepare(tile, tolerance=tolerance, limits=limits, by_line=by_line)
        await self.write_targets(targets)
        found: list[list[Outcome]] = []
        async with self.armed():
            for first in range(chosen.start, chosen.stop, rows_at_once):
                part = range(first, min(first + rows_at_once, chosen.stop))
                outcomes = await self.write_block(self.block(part))
                found += outcomes
                if on_rows is not None:
                    await on_rows(part, outcomes)
        return found

    async def read_cells(
        self, tile: int, *, rows: range | None = None, average: int = 16
    ) -> list[list[int]]:
        """Return the verify code of each cell of some rows, by default of a tile.

        No cell gets a pulse: it is a job that allows none. What the chip noted of the tile's
        writing is gone afterwards.

        Raises
        ------
        HardwareError
            Where the chip can't be armed, or the job ends with an error.
        """
        await self.prepare(
            tile,
            limits=Limits(pulses=0, flips=0, confirm=1, relax=False),
            average=average,
        )
        await self.write_targets([[Target()] * self._lines] * self._spec.rows)
        block = self.block(rows)
        await self.clear(block)
        async with self.armed():
            found = await self.write_block(block)
        await self.clear(block)
        return [[outcome.code for outcome in row] for row in found]

    async def form(self, tile: int, block: Block | None = None) -> list[list[Outcome]]:
        """Form fresh cells of a tile, and return what became of each.

        Raises
        ------
        HardwareError
            Where the chip can't be armed, or the job ends with an error.
        """
        chosen = self.block() if block is None else block
        await self.prepare(tile)
        await self.write_targets([[Target()] * self._lines] * self._spec.rows)
        await self.clear(chosen)
        async with self.armed(forming=True):
            return await self.form_block(chosen)

    async def march(
        self, tile: int, *, pulses: int | None = None, block: Block | None = None
    ) -> list[list[CellFault]]:
        """Run the march test over cells of a tile, whose content is lost, and return the faults.

        Parameters
        ----------
        pulses
            Of each write; None for what suits the tile.
        block
            Cells to test; None for all.

        Raises
        ------
        HardwareError
            Where the chip can't be armed, or the test ends with an error.
        """
        chosen = self.block() if block is None else block
        await self.prepare(tile)
        values = march_values(self._spec, tile)
        if pulses is not None:
            values["MARCH_PULSES"] = {"value": pulses}
        for name, fields in values.items():
            await self.write_fields(name, **fields)
        async with self.armed():
            await self.run("march", chosen)
        count = self._spec.rows * self._lines
        words = await self._driver.read(
            self._table.window("FAULTS").base, -(-count // CELLS_PER_WORD)
        )
        faults = unpack_faults(words, count)
        return [faults[start : start + self._lines] for start in range(0, count, self._lines)]
