"""The steps of write-verify on the host's side: targets, the key, jobs of the chip, results.

Whatever ends a job, be it an error or the user, the key that arms the chip is taken back. Where
the chip can't be reached any more, it ends the job by itself once the host has been silent for
HOST_TIMEOUT clock cycles.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.level_program import write_spec_of, write_timing
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Limits, Outcome
from ohmloom_hw.cell_block import Block
from ohmloom_hw.driver import Driver
from ohmloom_hw.level_file import level_words
from ohmloom_hw.program_registers import FORM_KEY, WRITE_KEY, WriteError
from ohmloom_hw.program_words import (
    Target,
    Wear,
    pack_targets,
    unpack_targets,
    unpack_wear,
    unpack_written,
)

__all__ = ["CellEngine"]

_IDLE_CHECK = 64
_MOST_IDLE_CHECKS = 4000


class CellEngine:
    """The engine of a chip that is built with `Features.writes`, step by step.

    Every method may raise `LinkError`.

    Parameters
    ----------
    driver
        A driver that is connected.
    spec
        The chip; every tile to be written needs its section `write`.
    pause
        Awaited between one look at a job and the next; None for no pause.

    Raises
    ------
    HardwareError
        Where the chip isn't built to write its cells.
    """

    def __init__(
        self,
        driver: Driver,
        spec: ChipSpec,
        *,
        pause: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        if not driver.features.writes:
            msg = f"chip '{spec.name}' must be built with features.writes to write its cells"
            raise HardwareError(msg)
        self._driver, self._spec, self._table = driver, spec, driver.table
        self._lines, self._pause = spec.lines + 1, pause
        self._levels: list[int] = []

    def block(self, rows: range | None = None) -> Block:
        """Return all cells of some rows, by default of a whole tile."""
        chosen = range(self._spec.rows) if rows is None else rows
        return Block(
            first_row=chosen.start,
            last_row=chosen.stop - 1,
            first_line=0,
            last_line=self._lines - 1,
        )

    async def prepare(
        self,
        tile: int,
        *,
        tolerance: float | None = None,
        limits: Limits | None = None,
        average: int | None = None,
        by_line: bool = False,
    ) -> None:
        """Choose a tile, and load how its cells are written.

        Parameters
        ----------
        tolerance
            How far a cell may be from its level, as a fraction of the distance of levels; None
            for that of the description.
        limits
            When a cell is given up or good; None for those of the description.
        average
            Conversions of one read, a power of two up to 16; None for those of the description.
        by_line
            Whether cells are taken line by line rather than row by row.

        Raises
        ------
        SpecError
            Where the description doesn't say how the tile is written.
        ValueError
            Where a tolerance or an average can't be.
        """
        write = write_spec_of(self._spec, tile)
        timing = write_timing(self._spec, tile)
        wanted = Limits.of(write) if limits is None else limits
        reads = write.average if average is None else average
        if reads not in (1, 2, 4, 8, 16):
            msg = f"average must be 1, 2, 4, 8 or 16, not {reads}"
            raise ValueError(msg)
        await self.make_idle()
        await self._driver.write_register("WRITE_TILE", tile)
        await self.write_fields(
            "WRITE_LIMITS",
            pulses=wanted.pulses,
            flips=wanted.flips,
            confirm=wanted.confirm,
            average=reads.bit_length() - 1,
            by_line=int(by_line),
            relax=int(wanted.relax),
        )
        await self._driver.write_register("WRITE_RAIL", timing.rail)
        await self._driver.write_register("WRITE_DISCHARGE", timing.discharge)
        await self._driver.write_register("WRITE_RELAX", timing.relax)
        words = level_words(self._spec, tile, tolerance=tolerance)
        # Equal tiles have equal level files, which take longer to send than a row to write.
        if words != self._levels:
            await self._driver.write_checked("LEVELS", words)
            self._levels = words

    async def write_targets(self, targets: Sequence[Sequence[Target]]) -> None:
        """Write what the cells of the tile are to become, (rows, lines + 1), and read it back.

        Raises
        ------
        ValueError
            Where the shape is another one.
        HardwareError
            Where something else is read back.
        """
        shape = (len(targets), *{len(row) for row in targets})
        if shape != (self._spec.rows, self._lines):
            msg = f"targets must be {self._spec.rows} rows of {self._lines} cells, not {shape}"
            raise ValueError(msg)
        words = pack_targets([target for row in targets for target in row])
        await self._driver.write_checked("TARGET", words)

    async def holds(
        self, tile: int, targets: Sequence[Sequence[Target]], *, tolerance: float | None = None
    ) -> bool:
        """Return whether a job before was about the same tile and level file, and these targets.

        Only those that aren't locked need be there.
        """
        if await self._driver.read_register("WRITE_TILE") != tile:
            return False
        words = level_words(self._spec, tile, tolerance=tolerance)
        base = self._table.window("LEVELS").base
        if await self._driver.read(base, len(words)) != words:
            return False
        wanted = [target for row in targets for target in row]
        base, count = self._table.window("TARGET").base, -(-len(wanted) // 2)
        held = unpack_targets(await self._driver.read(base, count), len(wanted))
        return all(
            target.locked or target == there for target, there in zip(wanted, held, strict=True)
        )

    @asynccontextmanager
    async def armed(self, *, forming: bool = False) -> AsyncIterator[None]:
        """Arm the chip, and disarm it whatever happens.

        Raises
        ------
        HardwareError
            Where the chip doesn't let itself be armed.
        """
        try:
            await self._driver.write_register("WRITE_KEY", FORM_KEY if forming else WRITE_KEY)
            status = await self._status()
            if not status["armed"] or (forming and not status["forming"]):
                msg = "the chip must be armed by its key, not stay disarmed"
                raise HardwareError(msg)
            if not status["enabled"]:
                msg = "the pin write_enable must be high to write cells, not low"
                raise HardwareError(msg)
            yield
        except BaseException:
            with suppress(LinkError):
                await self.stop()
            raise
        await self.disarm()

    async def disarm(self) -> None:
        """Take the key back."""
        await self._driver.write_register("WRITE_KEY", 0)

    async def stop(self) -> None:
        """End a job that is under way, with all rails off, and take the key back."""
        await self._strobe("abort")
        await self.disarm()

    async def clear(self, block: Block) -> None:
        """Forget what became of cells, so that those that were given up are tried again."""
        width = len(block.lines)
        if width == self._lines:
            address = self._cell_address("WRITTEN", block.first_row, 0)
            await self._driver.write(address, [0] * width * len(block.rows))
            return
        for row in block.rows:
            await self._driver.write(
                self._cell_address("WRITTEN", row, block.first_line), [0] * width
            )

    async def write_block(self, block: Block) -> list[list[Outcome]]:
        """Write-verify the cells of a block, and return what became of each.

        The chip must be armed, see `armed`.

        Raises
        ------
        HardwareError
            Where the job ends with an error, or stands still.
        """
        await self.run("start", block)
        return await self.outcomes(block)

    async def form_block(self, block: Block) -> list[list[Outcome]]:
        """Form the cells of a block, and return what became of each.

        The chip must be armed for forming, see `armed`.

        Raises
        ------
        HardwareError
            Where the job ends with an error, or stands still.
        """
        await self.run("form", block)
        return await self.outcomes(block)

    async def outcomes(self, block: Block) -> list[list[Outcome]]:
        """Return what has become of the cells of a block."""
        return [
            [unpack_written(word) for word in row] for row in await self._cells("WRITTEN", block)
        ]

    async def wear(self, block: Block) -> list[list[Wear]]:
        """Return the pulses that cells have got since the chip was reset."""
        return [[unpack_wear(word) for word in row] for row in await self._cells("WEAR", block)]

    async def _cells(self, window: str, block: Block) -> list[list[int]]:
        """Return the words of cells; those of whole rows come in as few frames as possible."""
        width = len(block.lines)
        if width == self._lines:
            address = self._cell_address(window, block.first_row, 0)
            words = await self._driver.read(address, width * len(block.rows))
            return [words[start : start + width] for start in range(0, len(words), width)]
        return [
            await self._driver.read(self._cell_address(window, row, block.first_line), width)
            for row in block.rows
        ]

    async def run(self, job: str, block: Block) -> None:
        """Let the armed chip do one of the jobs of WRITE_CTRL, and wait for its end.

        Raises
        ------
        HardwareError
            Where it ends with an error, or stands still.
        """
        for name, row, line in (
            ("WRITE_FIRST", block.first_row, block.first_line),
            ("WRITE_LAST", block.last_row, block.last_line),
        ):
            await self.write_fields(name, row=row, line=line)
        await self._strobe(job)
        status = await self._until_idle()
        if status["error"]:
            register = self._table.register("WRITE_ERROR")
            code = register.fields[0].extract(await self._driver.read_register("WRITE_ERROR"))
            msg = f"writing must end without error, not with {_error_name(code)}"
            raise HardwareError(msg)

    async def finish(self) -> None:
        """Wait for the end of a job that a host before has left under way.

        Raises
        ------
        HardwareError
            Where it stands still.
        """
        await self._until_idle()

    async def make_idle(self) -> None:
        """End a job that a host before may have left under way."""
        if (await self._status())["busy"]:
            await self.stop()
            await self._until_idle()

    async def _until_idle(self) -> dict[str, int]:
        """Wait as long as anything moves."""
        before, still, polls = (-1, -1), 0, 0
        while True:
            status = await self._status()
            if not status["busy"]:
                return status
            if self._pause is not None:
                await self._pause()
            polls += 1
            if polls % _IDLE_CHECK:
                continue
            now = (
                await self._driver.read_register("WRITE_READS"),
                await self._driver.read_register("WRITE_CELLS"),
            )
            still = still + 1 if now == before else 0
            before = now
            if still == _MOST_IDLE_CHECKS:
                msg = f"writing must go on, not stand still at {now[1]} cells and {now[0]} reads"
                raise HardwareError(msg)

    async def _status(self) -> dict[str, int]:
        word = await self._driver.read_register("WRITE_STATUS")
        return {
            field.name: field.extract(word) for field in self._table.register("WRITE_STATUS").fields
        }

    async def _strobe(self, name: str) -> None:
        await self.write_fields("WRITE_CTRL", **{name: 1})

    async def write_fields(self, name: str, **values: int) -> None:
        """Write a register by its fields, all others 0."""
        register = self._table.register(name)
        word = sum(register.field(field).insert(value) for field, value in values.items())
        await self._driver.write(register.offset, [word])

    def _cell_address(self, window: str, row: int, line: int) -> int:
        return self._table.window(window).base + 4 * (row * self._lines + line)


def _error_name(code: int) -> str:
    return {known.value: known.name for known in WriteError}.get(code, f"code {code}")
