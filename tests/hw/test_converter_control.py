import asyncio
import json
import re
from dataclasses import replace

import pytest
from model_chip import ModelChip

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.control import ConverterControl, Limits
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.driver import Driver
from ohmloom_hw.emit import emit
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 3, "rows": 5, "columns": 2}],
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 10, "columns_per_adc": 4},
    }
)
# Rows go through the channels of two DACs backwards; 1 V is the whole range of a word line.
BOARD = replace(
    load_profile("pmod"), word_map=(9, 8, 7, 6, 5), word_full_scale=1.0, write_limit=0.75
)
FEATURES = Features(behind="converters", converters=BOARD)


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    """Registers and windows as a user finds them in the folder of a chip."""
    files = emit(SPEC, tmp_path_factory.mktemp("chip"), features=FEATURES)
    table = json.loads(files.registers.read_text())
    return {
        **{register["name"]: register for register in table["registers"]},
        **{window["name"]: window for window in table["windows"]},
    }


@pytest.fixture
def chip(emitted):
    """A chip that keeps 12 bits of a limit and 10 of an offset, with their sign."""
    table = register_table(SPEC, FEATURES)
    constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
    base, words = emitted["OFFSET"]["base"], emitted["OFFSET"]["words"]
    free = {emitted[name]["offset"]: 0xFFF for name in ("LIMIT_READ", "LIMIT_WRITE")}
    model = ModelChip(constants, free | {base + 4 * n: 0x3FF for n in range(words)})
    for n in range(words):
        model.broken[base + 4 * n] = lambda held: (held | -(held & 0x200)) & 0xFFFF_FFFF
    return model


def use(chip, work, features=FEATURES):
    async def whole():
        driver = Driver(chip, SPEC, features=features)
        await driver.connect()
        return await work(ConverterControl(driver, SPEC))

    return asyncio.run(whole())


def refused(kind, message, chip, work, features=FEATURES):
    before = len(chip.writes)
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        use(chip, work, features)
    assert len(chip.writes) == before


def test_limits_are_volts_rounded_down_to_steps_of_the_dac(chip, emitted):
    async def work(control):
        await control.set_limits(read=0.1, write=0.5)
        return await control.limits()

    found = use(chip, work)
    # 12 bits for 1 V; a read of 0.2 V may be 5 % more.
    assert chip.words[emitted["LIMIT_READ"]["offset"]] == 409
    assert chip.words[emitted["LIMIT_WRITE"]["offset"]] == 2048
    assert found == Limits(read=409 / 4096, write=0.5, read_most=860 / 4096, write_most=3072 / 4096)


def test_a_limit_that_is_not_named_stays(chip, emitted):
    chip.words[emitted["LIMIT_READ"]["offset"]] = 77
    use(chip, lambda control: control.set_limits(write=0.0))
    assert chip.words[emitted["LIMIT_READ"]["offset"]] == 77
    assert chip.writes == [(emitted["LIMIT_WRITE"]["offset"], 0)]


def test_registers_above_what_is_possible_count_as_that(chip, emitted):
    for name in ("LIMIT_READ", "LIMIT_WRITE"):
        chip.words[emitted[name]["offset"]] = 0xFFF
    found = use(chip, lambda control: control.limits())
    assert (found.read, found.write) == (found.read_most, found.write_most)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"read": 0.2101}, "read limit must be from 0 V to 0.21 V, not 0.2101 V"),
        ({"read": -0.1}, "read limit must be from 0 V to 0.21 V, not -0.1 V"),
        ({"read": float("nan")}, "read limit must be from 0 V to 0.21 V, not nan V"),
        ({"read": 0.1, "write": 0.8}, "write limit must be from 0 V to 0.75 V, not 0.8 V"),
    ],
)
def test_limits_out_of_range_are_refused_and_none_is_set(chip, limits, message):
    refused(ValueError, message, chip, lambda control: control.set_limits(**limits))


def test_the_highest_limits_can_be_set(chip, emitted):
    use(chip, lambda control: control.set_limits(read=0.21, write=0.75))
    assert chip.words[emitted["LIMIT_READ"]["offset"]] == 860
    assert chip.words[emitted["LIMIT_WRITE"]["offset"]] == 3072


def test_offsets_are_those_of_rows_and_lines_wherever_the_board_leads_them(chip, emitted):
    base = emitted["OFFSET"]["base"]

    async def work(control):
        await control.set_offsets(2, "row", {0: -512, 4: 511})
        await control.set_offsets(1, "line", {3: -1})
        return [await control.offsets(tile, side) for tile in range(3) for side in ("row", "line")]

    assert use(chip, work) == [
        *([0] * 5, [0] * 4),
        *([0] * 5, [0, 0, 0, -1]),
        *([-512, 0, 0, 0, 511], [0] * 4),
    ]
    # 16 places a tile and 4 tiles a half, of which the chip has 3.
    assert {(where - base) // 4: word & 0x3FF for where, word in chip.writes} == {
        2 * 16 + 9: 0x200,
        2 * 16 + 5: 0x1FF,
        64 + 16 + 3: 0x3FF,
    }


@pytest.mark.parametrize(
    ("tile", "side", "values", "message"),
    [
        (3, "row", {0: 1}, "tile must be in [0, 2], not 3"),
        (0, "row", {5: 1}, "row must be in [0, 4], not 5"),
        (0, "line", {0: 1, -1: 1}, "line must be in [0, 3], not -1"),
        (0, "line", {0: 1, 2: 512}, "offset of line 2 must be in [-512, 511], not 512"),
    ],
)
def test_offsets_that_cannot_be_are_refused_and_none_is_set(chip, tile, side, values, message):
    refused(ValueError, message, chip, lambda control: control.set_offsets(tile, side, values))


def test_an_offset_that_reads_back_changed_is_an_error(chip, emitted):
    chip.broken[emitted["OFFSET"]["base"] + 4 * 9] = lambda held: held | 1
    message = "OFFSET[9] (0x0d0024) must read back as 0x00000004, not 0x00000005"
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        use(chip, lambda control: control.set_offsets(0, "row", {0: 4}))


def test_a_chip_without_converters_has_none_to_set():
    constants = {r.offset: r.reset for r in register_table(SPEC).registers}
    message = "converters must be behind the array ports to be set, not pins"
    refused(HardwareError, message, ModelChip(constants, {}), None, Features())


def test_converters_that_nobody_has_named_cannot_be_set(chip):
    message = "converters must be known by their profile to be set: name it (--converters)"
    refused(HardwareError, message, chip, None, None)


@pytest.mark.parametrize(
    ("profile", "parts"),
    [("breadboard", "MCP4822 and MCP3208"), ("precise", "AD5541A and AD7476A")],
)
def test_converters_of_another_board_are_refused(chip, profile, parts):
    features = Features(behind="converters", converters=load_profile(profile))
    message = f"converters of the chip must be those of {profile}, {parts}, not AD5628 and AD7476A"
    refused(HardwareError, message, chip, None, features)


def test_unknown_parts_are_told_by_their_number(chip, emitted):
    chip.constants[emitted["CONVERTERS"]["offset"]] = 0x0909
    message = (
        "converters of the chip must be those of pmod, AD5628 and AD7476A, not part 9 and part 9"
    )
    refused(HardwareError, message, chip, None)


def test_converters_are_refused_where_the_chip_has_something_else():
    constants = {r.offset: r.reset for r in register_table(SPEC, Features(behind="twin")).registers}
    message = "a chip must have the converters pmod behind its array ports, not twin"
    refused(HardwareError, message, ModelChip(constants, {}), None)
