"""The driver of redundant reads, half slices, row scale, drift factor and wrong bits."""

import asyncio
import re
from typing import Any

import pytest

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver, ReadCounts
from ohmloom_hw.registers import register_table

TILES = {"tile": [{"count": 2, "rows": 3, "columns": 5}]}
ALL = {"vote": 3, "average": 2, "reissue": True, "row_scale": True, "drift_factor": True}


class Words:
    """A driver's words by address."""

    write_checked = Driver.write_checked

    def __init__(self, spec: Any) -> None:
        self.table, self.held = register_table(spec), {}
        self.lost: set[int] = set()

    async def write(self, address: int, words: Any) -> None:
        for place, word in enumerate(words):
            if address + 4 * place not in self.lost:
                self.held[address + 4 * place] = int(word)

    async def read(self, address: int, count: int) -> list[int]:
        return [self.held.get(address + 4 * place, 0) for place in range(count)]

    async def write_register(self, name: str, word: int) -> None:
        await self.write(self.table.register(name).offset, [word])

    async def read_register(self, name: str) -> int:
        return self.held.get(self.table.register(name).offset, 0)


def connected(**ecc: Any) -> tuple[Words, EccDriver]:
    spec = ChipSpec.parse({**TILES, "ecc": ecc})
    words: Any = Words(spec)
    return words, EccDriver(words, spec)


def test_row_scales_stand_at_the_stride_of_their_tile():
    words, driver = connected(**ALL)
    asyncio.run(driver.load_row_scale([[0, 1, 2], [254, 255, 256]]))
    base = 0x270000
    assert [words.held[base + 4 * n] for n in range(8)] == [0, 1, 2, 256, 254, 255, 256, 256]


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([[1, 2, 3]], "row scale must have shape (2, 3), not (1, 3)"),
        ([[1, 2, 3], [1, 2]], "row scale must have shape (2, 3), not (2, 2, 3)"),
        ([[1, 2, 3], [1, 2, 257]], "row scale must be in [0, 256], not 257"),
    ],
)
def test_row_scales_that_do_not_fit_are_refused_before_anything_is_written(scales, message):
    words, driver = connected(**ALL)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        asyncio.run(driver.load_row_scale(scales))
    assert not words.held


def test_a_row_scale_that_reads_back_otherwise_is_an_error():
    words, driver = connected(**ALL)
    words.lost.add(0x270004)
    message = "ROW_SCALE[1] must read back as 0x00000005, not 0x00000000"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        asyncio.run(driver.load_row_scale([[4, 5, 6], [7, 8, 9]]))


@pytest.mark.parametrize(
    ("factor", "word"), [(0.0, 0), (1.0, 0x4000), (0.5, 0x2000), (3.99999, 0xFFFF), (1.34, 21955)]
)
def test_the_drift_factor_is_rounded_to_its_register(factor, word):
    words, driver = connected(**ALL)
    asyncio.run(driver.set_drift(factor))
    assert words.held == {0x1B0: word}
    assert asyncio.run(driver.drift()) == word / 2**14


@pytest.mark.parametrize("factor", [-0.1, 4.0, float("nan"), float("inf")])
def test_a_drift_factor_out_of_range_is_refused(factor):
    words, driver = connected(**ALL)
    message = re.escape(f"drift factor must be in [0, 4), not {factor!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        asyncio.run(driver.set_drift(factor))
    assert not words.held


def test_counts_are_those_of_their_registers():
    words, driver = connected(**ALL)
    words.held = {0x1B8: 5, 0x1BC: 6, 0x1C0: 7, 0x1C4: 8}
    expected = ReadCounts(reads=8, outvoted=5, reissued=6, reissue_clipped=7)
    assert asyncio.run(driver.read_counts()) == expected


def test_what_a_chip_does_not_count_is_none():
    words, driver = connected(average=4)
    words.held = {0x1C4: 8}
    expected = ReadCounts(reads=8, outvoted=None, reissued=None, reissue_clipped=None)
    assert asyncio.run(driver.read_counts()) == expected


def test_columns_of_clips_stand_at_the_stride_of_their_tile():
    words, driver = connected(reissue=True)
    for tile in range(2):
        for column in range(5):
            words.held[0x250000 + 4 * (8 * tile + column)] = 10 * tile + column
    assert asyncio.run(driver.clipped_columns()) == [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14]]


def test_the_vote_limit_is_a_code():
    words, driver = connected(vote=3)
    asyncio.run(driver.set_vote_limit(1023))
    assert words.held == {0x1B4: 1023}
    with pytest.raises(ValueError, match=r"^value must be in \[0, 1023\], not 1024$"):
        asyncio.run(driver.set_vote_limit(1024))


@pytest.mark.parametrize(
    ("call", "option"),
    [
        (lambda driver: driver.load_row_scale([[1] * 3] * 2), "row_scale"),
        (lambda driver: driver.set_drift(1.0), "drift_factor"),
        (lambda driver: driver.drift(), "drift_factor"),
        (lambda driver: driver.clipped_columns(), "reissue"),
        (lambda driver: driver.set_vote_limit(1), "vote"),
    ],
)
def test_what_a_chip_lacks_is_refused(call, option):
    _, driver = connected(average=2)
    message = f"^chip 'chip' must have ecc.{option} for this$"
    with pytest.raises(HardwareError, match=message):
        asyncio.run(call(driver))


RESIDUE = {
    "tile": [{"count": 2, "rows": 3, "columns": 2, "cell": {"levels": 4}}],
    "encoding": "offset_column",
    "weight_bits": 4,
    "adc": {"bits": 12},
    "ecc": {"residue": 7},
}


def test_residues_are_those_of_weights_as_they_are_stored():
    spec = ChipSpec.parse(RESIDUE)
    words: Any = Words(spec)
    weights = [[[-8, 7], [0, 1], [-1, 2]], [[3, -3], [4, -4], [5, -5]]]
    asyncio.run(EccDriver(words, spec).load_residues(weights))
    found = [words.held[0x260000 + 4 * n] for n in range(12)]
    # 8 is added; columns come before rows.
    assert found == [0, 1, 0, 1, 2, 3, 4, 5, 6, 5, 4, 3]
    assert words.held[0x1A8] == 1


def test_a_residue_that_reads_back_otherwise_leaves_the_check_off():
    spec = ChipSpec.parse(RESIDUE)
    words: Any = Words(spec)
    words.lost.add(0x260004)
    weights = [[[1, 1]] * 3] * 2
    with pytest.raises(HardwareError, match=r"^RESIDUE\[1\] must read back as 0x00000002, not"):
        asyncio.run(EccDriver(words, spec).load_residues(weights))
    assert words.held[0x1A8] == 0


@pytest.mark.parametrize(
    ("weights", "shape"),
    [
        ([[[1, 1]] * 3], "(1, (3, 2))"),
        ([[[1, 1]] * 2] * 2, "(2, (2, 2))"),
        ([[[1, 1], [1], [1, 1]]] * 2, "(2, (3, 1), (3, 2))"),
    ],
)
def test_weights_of_another_shape_leave_no_residues(weights, shape):
    spec = ChipSpec.parse(RESIDUE)
    words: Any = Words(spec)
    message = f"weights must have shape (2, 3, 2) in every tile, not {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        asyncio.run(EccDriver(words, spec).load_residues(weights))
    assert not words.held


def test_residues_need_a_chip_that_checks_them():
    words, driver = connected(vote=3)
    with pytest.raises(HardwareError, match=r"^chip 'chip' must have ecc\.residue for this$"):
        asyncio.run(driver.load_residues([]))
    assert not words.held


def test_wrong_bits_are_asked_for_by_memory_and_place():
    words, driver = connected(secded=True)
    asyncio.run(driver.inject("OFFSET", 3, 20))
    assert words.held[0x170] == 3 | 3 << 8 | 20 << 16 | 1 << 31
    asyncio.run(driver.inject("STEP", 38))
    assert words.held[0x170] == 1 | 38 << 8 | 38 << 16 | 1 << 31


@pytest.mark.parametrize(
    ("ecc", "asked", "message"),
    [
        (
            {"secded": True},
            ("ROW_SCALE", 0),
            (
                "memory must be a corrected one of chip 'chip' (INPUT, STEP, SUMS, OFFSET, GAIN, "
                "TOTALS, BIAS, RESULT), not 'ROW_SCALE'"
            ),
        ),
        (
            {"vote": 3},
            ("STEP", 0),
            "memory must be a corrected one of chip 'chip' (it has none), not 'STEP'",
        ),
        (
            {"secded": True},
            ("STEP", 39),
            "bit must be one of the 39 of a codeword of STEP, from 0, not 39",
        ),
        (
            {"secded": True},
            ("STEP", 1, -1),
            "bit must be one of the 39 of a codeword of STEP, from 0, not -1",
        ),
    ],
)
def test_wrong_bits_that_would_change_nothing_are_refused(ecc, asked, message):
    words, driver = connected(**ecc)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        asyncio.run(driver.inject(*asked))
    assert not words.held
