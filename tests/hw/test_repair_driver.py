import asyncio
import re
from typing import Any

import pytest

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import load_spec
from ohmloom_hw.features import Features
from ohmloom_hw.program_registers import WriteError
from ohmloom_hw.registers import register_table
from ohmloom_hw.repair_driver import RepairDriver, Suspect
from ohmloom_sim.repair_figures import with_spares

SPEC = with_spares(load_spec("default"), columns=1, rows=0)
GROUPS = 4


class Words:
    """A driver's words by address; a screen is done after some looks."""

    def __init__(self, spec: Any, features: Features) -> None:
        self.features, self.table = features, register_table(spec, features)
        self.held: dict[int, int] = {}
        self.looks, self.error, self.lost = 3, 0, set()
        self.read_codes = list(range(GROUPS * spec.lines))

    async def write(self, address: int, words: Any) -> None:
        for place, word in enumerate(words):
            if address + 4 * place not in self.lost:
                self.held[address + 4 * place] = int(word)

    async def read(self, address: int, count: int) -> list[int]:
        return [self.held.get(address + 4 * place, 0) for place in range(count)]

    async def write_register(self, name: str, word: int) -> None:
        await self.write(self.table.register(name).offset, [word])
        if name == "WRITE_CTRL":
            assert word == 1 << 4
            signature = self.table.window("SIGNATURE").base
            limit = self.held.get(self.table.register("SCREEN_LIMIT").offset, 1)
            base = self.table.window("SCREEN").base
            for place, code in enumerate(self.read_codes):
                expected = self.held.get(signature + 4 * place, 0)
                off = abs(code - expected) > limit
                self.held[base + 4 * place] = code | off << 31

    async def read_register(self, name: str) -> int:
        if name == "WRITE_STATUS":
            self.looks -= 1
            return int(self.looks > 0) | (4 if self.error else 2)
        if name == "WRITE_ERROR":
            return self.error
        return self.held.get(self.table.register(name).offset, 0)


def connected(**features: Any) -> tuple[Words, RepairDriver]:
    words: Any = Words(SPEC, Features(**features))
    return words, RepairDriver(words, SPEC)


def swapped() -> tuple[PlaceMap, ...]:
    columns = (1, 0, *range(2, SPEC.columns - 1), None)
    changed = PlaceMap(columns=columns, rows=tuple(reversed(range(SPEC.rows))))
    return (changed, *(PlaceMap.identity(SPEC),) * (SPEC.tiles - 1))


def test_maps_are_written_and_read():
    _, repair = connected()
    asyncio.run(repair.load_maps(swapped()))
    assert asyncio.run(repair.read_maps()) == swapped()


def test_a_map_that_does_not_arrive_is_told():
    words, repair = connected()
    words.lost.add(words.table.window("COLUMN_MAP").base)
    message = "COLUMN_MAP[0] must read back as 0x00000001, not 0x00000000"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        asyncio.run(repair.load_maps(swapped()))


def test_a_chip_without_maps_takes_none():
    spec = load_spec("default")
    words: Any = Words(spec, Features())
    message = "chip 'default' must have spares or features.maps to load maps"
    for call in (
        RepairDriver(words, spec).read_maps,
        lambda: RepairDriver(words, spec).load_maps([]),
    ):
        with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
            asyncio.run(call())


def test_screen_names_lines_that_are_off_by_more_than_the_limit():
    words, repair = connected(writes=True)
    good = asyncio.run(repair.signature(2))
    assert good == words.read_codes
    words.looks = 2
    words.read_codes[5] += 4
    words.read_codes[SPEC.lines + 7] -= 9
    found = asyncio.run(repair.screen(2, good, limit=4))
    assert found == [
        Suspect(rows=range(8, 16), line=7, expected=SPEC.lines + 7, code=SPEC.lines - 2)
    ]
    assert words.held[words.table.register("WRITE_TILE").offset] == 2


def test_screen_ends_loudly():
    words, repair = connected(writes=True)
    words.error = WriteError.READ_TIMEOUT
    message = "the screen must end without error, not with READ_TIMEOUT"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        asyncio.run(repair.signature(0))
    words, repair = connected(writes=True)
    words.looks = 1 << 30
    message = "the screen must end within 10000 looks, not go on"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        asyncio.run(repair.signature(0))
    with pytest.raises(ValueError, match=r"^signature must have 136 codes, not 3$"):
        asyncio.run(repair.screen(0, [1, 2, 3], limit=1))
    _, repair = connected()
    message = "chip 'default' must be built with features.writes to be screened"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        asyncio.run(repair.signature(0))
