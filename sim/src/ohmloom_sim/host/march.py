"""A march over the memories of a chip, through their windows.

It is March C-, { w0; up r0 w1; up r1 w0; down r0 w1; down r1 w0; r0 }, in blocks of a frame, with
a background of its own for each word: 0 stands for the background and 1 for its complement. So
cells that are stuck, slow or coupled to others are found, and addresses that fall together too.
What was there before is put back.
"""

from collections.abc import Callable, Iterator

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.frame import MOST_WORDS
from ohmloom_hw.step_words import STEP_WORDS
from ohmloom_hw.twin_cells import CellLayout

__all__ = ["MARCH_READS", "Kept", "march", "windows_kept"]

MARCH_READS = 5
"""Times that a march reads each word."""

Kept = Callable[[int, int], int]
"""From the place of a word in its window and what is written, to what is read back."""

_WORD = 0xFFFF_FFFF
# Odd and without a short period in any bit: 2^32 over the golden ratio.
_SPREAD = 0x9E37_79B1


def windows_kept(spec: ChipSpec, driver: Driver) -> dict[str, tuple[int, Kept]]:
    """Return, of each window that can be written, how many words are there and what they keep."""

    def signed(bits: int) -> Kept:
        sign = 1 << bits - 1
        return lambda _, word: ((word & (2 * sign - 1)) ^ sign) - sign & _WORD

    offset = signed(spec.accumulator_bits)
    found: dict[str, tuple[int, Kept]] = {
        "INPUT": (driver.table.window("INPUT").words, lambda _, word: word),
        "CALIBRATION": (
            2 * spec.tiles * spec.columns,
            lambda place, word: word & 0xFFFF if place % 2 else offset(place, word),
        ),
        "STEP": (len(STEP_WORDS) * spec.step_entries, lambda _, word: word),
        "BIAS": (spec.result_entries, signed(spec.total_bits)),
    }
    if driver.features.behind == "twin":
        layout = CellLayout.of(spec, driver.features.lanes)
        masks = [
            (1 << layout.bits * max(0, min(layout.per_chunk, layout.lanes - first))) - 1
            for first in range(0, layout.chunks * layout.per_chunk, layout.per_chunk)
        ]
        found["CONDUCTANCE"] = (
            layout.chunks * layout.depth,
            lambda place, word: word & masks[place % layout.chunks],
        )
    return found


async def march(driver: Driver, name: str, words: int, kept: Kept) -> str | None:
    """March over a window; return the first fault, or None.

    Parameters
    ----------
    name
        Of the window.
    words
        Words that are there.
    kept
        What a word reads as.
    """
    base = driver.table.window(name).base
    before = await driver.read(base, words)
    try:
        return await _march(driver, name, words, kept)
    finally:
        await driver.write(base, before)


async def _march(driver: Driver, name: str, words: int, kept: Kept) -> str | None:
    base = driver.table.window(name).base

    def data(block: range, state: int) -> list[int]:
        return [_pattern(place) ^ (_WORD if state else 0) for place in block]

    async def check(block: range, state: int) -> str | None:
        found = await driver.read(base + 4 * block.start, len(block))
        for place, word, written in zip(block, found, data(block, state), strict=True):
            expected = kept(place, written)
            if word != expected:
                return f"{name}[{place}] reads {word:#010x}, not {expected:#010x}"
        return None

    for block in _blocks(words):
        await driver.write(base + 4 * block.start, data(block, 0))
    for down, state in ((False, 0), (False, 1), (True, 0), (True, 1)):
        for block in _blocks(words, down=down):
            fault = await check(block, state)
            if fault:
                return fault
            await driver.write(base + 4 * block.start, data(block, 1 - state))
    for block in _blocks(words):
        fault = await check(block, 0)
        if fault:
            return fault
    return None


def _pattern(place: int) -> int:
    return (place + 1) * _SPREAD & _WORD


def _blocks(words: int, *, down: bool = False) -> Iterator[range]:
    starts = range(0, words, MOST_WORDS)
    for start in reversed(starts) if down else starts:
        yield range(start, min(start + MOST_WORDS, words))
