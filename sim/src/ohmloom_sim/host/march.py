"""A march over the memories of a chip, through their windows.

It is March C-, { w0; up r0 w1; up r1 w0; down r0 w1; down r1 w0; r0 }, in blocks of a frame, with
a background of its own for each word: 0 stands for the background and 1 for its complement. So
cells that are stuck, slow or coupled to others are found, and addresses that fall together too.
What was there before is put back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan
from ohmloom_hw.converters.registers import offset_word
from ohmloom_hw.driver import Driver
from ohmloom_hw.frame import MOST_WORDS
from ohmloom_hw.step_words import STEP_WORDS
from ohmloom_hw.twin_cells import CellLayout

__all__ = ["MARCH_READS", "Kept", "Span", "march", "windows_kept"]

MARCH_READS = 5
"""Times that a march reads each word."""

Kept = Callable[[int, int], int]
"""From the place of a word in its span and what is written, to what is read back."""

_WORD = 0xFFFF_FFFF
# Odd and without a short period in any bit: 2^32 over the golden ratio.
_SPREAD = 0x9E37_79B1


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Words of a window that are there."""

    window: str
    """Name of the window."""
    first: int = 0
    """Place of the first word in the window."""
    words: int
    """How many there are."""
    kept: Kept
    """What they read as, by the place in the span."""


def windows_kept(spec: ChipSpec, driver: Driver) -> dict[str, Span]:
    """Return what can be written of the windows, each span by its name.

    A window of one span gives it its name; offsets of converters are known only where their
    profile is.
    """
    offset = _signed(spec.accumulator_bits)
    spans = {
        "INPUT": (driver.table.window("INPUT").words, _whole),
        "CALIBRATION": (
            2 * spec.tiles * spec.columns,
            lambda place, word: word & 0xFFFF if place % 2 else offset(place, word),
        ),
        "STEP": (len(STEP_WORDS) * spec.step_entries, _whole),
        "BIAS": (spec.result_entries, _signed(spec.total_bits)),
    }
    found = {
        name: Span(window=name, words=words, kept=kept) for name, (words, kept) in spans.items()
    }
    if driver.features.behind == "twin":
        found["CONDUCTANCE"] = _cells(spec, driver.features.lanes)
    if driver.features.converters is not None:
        plan = ConverterPlan(spec=spec, profile=driver.features.converters)
        found |= _offsets(plan)
    return found


def _whole(_: int, word: int) -> int:
    return word


def _signed(bits: int) -> Kept:
    sign = 1 << bits - 1
    return lambda _, word: ((word & (2 * sign - 1)) ^ sign) - sign & _WORD


def _cells(spec: ChipSpec, lanes: int) -> Span:
    layout = CellLayout.of(spec, lanes)
    masks = [
        (1 << layout.bits * max(0, min(layout.per_chunk, layout.lanes - first))) - 1
        for first in range(0, layout.chunks * layout.per_chunk, layout.per_chunk)
    ]
    return Span(
        window="CONDUCTANCE",
        words=layout.chunks * layout.depth,
        kept=lambda place, word: word & masks[place % layout.chunks],
    )


def _offsets(plan: ConverterPlan) -> dict[str, Span]:
    # Where the tiles are no power of two, nothing is behind the rest of each half.
    words = plan.spec.tiles << plan.offset_place_bits
    return {
        name: Span(
            window="OFFSET",
            first=offset_word(plan, tile=0, place=0, line=line),
            words=words,
            kept=_signed(OFFSET_BITS),
        )
        for name, line in (("OFFSET of DACs", False), ("OFFSET of ADCs", True))
    }


async def march(driver: Driver, span: Span) -> str | None:
    """March over words of a window, and put back what was there; return the first fault, or None.

    Parameters
    ----------
    span
        The words.
    """
    base = _base(driver, span)
    before = await driver.read(base, span.words)
    try:
        return await _march(driver, span)
    finally:
        await driver.write(base, before)


async def _march(driver: Driver, span: Span) -> str | None:
    base = _base(driver, span)

    def data(block: range, state: int) -> list[int]:
        return [_pattern(place) ^ (_WORD if state else 0) for place in block]

    async def check(block: range, state: int) -> str | None:
        found = await driver.read(base + 4 * block.start, len(block))
        for place, word, written in zip(block, found, data(block, state), strict=True):
            expected = span.kept(place, written)
            if word != expected:
                where = f"{span.window}[{span.first + place}]"
                return f"{where} reads {word:#010x}, not {expected:#010x}"
        return None

    for block in _blocks(span.words):
        await driver.write(base + 4 * block.start, data(block, 0))
    for down, state in ((False, 0), (False, 1), (True, 0), (True, 1)):
        for block in _blocks(span.words, down=down):
            fault = await check(block, state)
            if fault:
                return fault
            await driver.write(base + 4 * block.start, data(block, 1 - state))
    for block in _blocks(span.words):
        fault = await check(block, 0)
        if fault:
            return fault
    return None


def _base(driver: Driver, span: Span) -> int:
    return driver.table.window(span.window).base + 4 * span.first


def _pattern(place: int) -> int:
    return (place + 1) * _SPREAD & _WORD


def _blocks(words: int, *, down: bool = False) -> Iterator[range]:
    starts = range(0, words, MOST_WORDS)
    for start in reversed(starts) if down else starts:
        yield range(start, min(start + MOST_WORDS, words))
