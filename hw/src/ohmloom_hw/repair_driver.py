"""The host driver of maps and of the screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.map_registers import has_maps, pack_column_maps, pack_row_maps, unpack_maps
from ohmloom_hw.march_registers import GROUP_ROWS, SUSPECT_WORD, screen_groups
from ohmloom_hw.program_registers import WriteError

__all__ = ["RepairDriver", "Suspect"]

_MOST_LOOKS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspect:
    """A line that the screen found off its signature."""

    rows: range
    """Rows that were driven."""
    line: int
    """Bit line."""
    expected: int
    """Code of the signature."""
    code: int
    """Code that was read."""


class RepairDriver:
    """Load the maps of columns and rows, and screen the columns of tiles.

    Parameters
    ----------
    driver
        Connected.
    spec
        The chip.
    """

    def __init__(self, driver: Driver, spec: ChipSpec) -> None:
        self._driver, self._spec, self._table = driver, spec, driver.table

    async def load_maps(self, maps: Sequence[PlaceMap]) -> None:
        """Write the maps, one a tile, and read them back; the chip checks them before it runs.

        Raises
        ------
        HardwareError
            Where the chip has none, or something else is read back.
        MappingError
            Where a map is of another chip.
        """
        self._need_maps()
        for name, words in (
            ("COLUMN_MAP", pack_column_maps(self._spec, maps)),
            ("ROW_MAP", pack_row_maps(self._spec, maps)),
        ):
            base = self._table.window(name).base
            await self._driver.write(base, words)
            found = await self._driver.read(base, len(words))
            for place, (word, back) in enumerate(zip(words, found, strict=True)):
                if word != back:
                    msg = f"{name}[{place}] must read back as {word:#010x}, not {back:#010x}"
                    raise HardwareError(msg)

    async def read_maps(self) -> tuple[PlaceMap, ...]:
        """Return the maps, one a tile.

        Raises
        ------
        HardwareError
            Where the chip has none.
        MappingError
            Where what it holds are no maps.
        """
        self._need_maps()
        spec = self._spec
        columns = await self._driver.read(
            self._table.window("COLUMN_MAP").base, spec.tiles * spec.columns
        )
        rows = await self._driver.read(self._table.window("ROW_MAP").base, spec.tiles * spec.rows)
        return unpack_maps(spec, columns, rows)

    async def signature(self, tile: int) -> list[int]:
        """Return the codes of all lines of a tile, group by group of rows, to be kept.

        Raises
        ------
        HardwareError
            Where the chip isn't built for it, or the screen ends with an error.
        """
        code = SUSPECT_WORD[0]
        return [code.extract(word) for word in await self._screen(tile)]

    async def screen(self, tile: int, signature: Sequence[int], *, limit: int) -> list[Suspect]:
        """Return the lines of a tile that give other codes than they once did.

        Parameters
        ----------
        signature
            What `signature` returned when the tile was good.
        limit
            By how many codes a line may be off.

        Raises
        ------
        HardwareError
            Where the chip isn't built for it, or the screen ends with an error.
        ValueError
            Where the signature is of another chip, or the limit no number of codes.
        """
        count = screen_groups(self._spec) * self._spec.lines
        if len(signature) != count:
            msg = f"signature must have {count} codes, not {len(signature)}"
            raise ValueError(msg)
        self._need_writes()
        word = self._table.register("SCREEN_LIMIT").fields[0].insert(limit)
        await self._driver.write_register("SCREEN_LIMIT", word)
        await self._driver.write(self._table.window("SIGNATURE").base, signature)
        words = await self._screen(tile)
        code, suspect = SUSPECT_WORD
        found = []
        for place, (word, expected) in enumerate(zip(words, signature, strict=True)):
            group, line = divmod(place, self._spec.lines)
            rows = range(self._spec.rows)[group * GROUP_ROWS : (group + 1) * GROUP_ROWS]
            if suspect.extract(word):
                found.append(
                    Suspect(rows=rows, line=line, expected=expected, code=code.extract(word))
                )
        return found

    async def _screen(self, tile: int) -> list[int]:
        self._need_writes()
        await self._driver.write_register("WRITE_TILE", tile)
        strobe = self._table.register("WRITE_CTRL").field("screen")
        await self._driver.write_register("WRITE_CTRL", strobe.insert(1))
        status = self._table.register("WRITE_STATUS")
        for _ in range(_MOST_LOOKS):
            word = await self._driver.read_register("WRITE_STATUS")
            if not status.field("busy").extract(word):
                break
        else:
            msg = f"the screen must end within {_MOST_LOOKS} looks, not go on"
            raise HardwareError(msg)
        if status.field("error").extract(word):
            code = (await self._driver.read_register("WRITE_ERROR")) & 0xFF
            names = {known.value: known.name for known in WriteError}
            msg = f"the screen must end without error, not with {names.get(code, code)}"
            raise HardwareError(msg)
        count = screen_groups(self._spec) * self._spec.lines
        return await self._driver.read(self._table.window("SCREEN").base, count)

    def _need_maps(self) -> None:
        if not has_maps(self._spec, self._driver.features):
            msg = f"chip '{self._spec.name}' must have spares or features.maps to load maps"
            raise HardwareError(msg)

    def _need_writes(self) -> None:
        if not self._driver.features.writes:
            msg = f"chip '{self._spec.name}' must be built with features.writes to be screened"
            raise HardwareError(msg)
