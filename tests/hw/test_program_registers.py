import re

import pytest
from cell_host import SPEC

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.emit import emit
from ohmloom_hw.feature_register import read_features
from ohmloom_hw.features import Features
from ohmloom_hw.program_registers import (
    FAILURE_WORD,
    LEVEL_WORDS,
    TARGET_HALF,
    WEAR_WORD,
    WRITE_ERROR_MEANINGS,
    WRITTEN_WORD,
    WriteError,
    cells_per_tile,
    form_entry,
    program_registers,
    program_windows,
)
from ohmloom_hw.registers import register_table

WRITES = Features(writes=True)


def with_write(**changes):
    plain = SPEC.model_dump(mode="json")
    plain["tile"][0]["write"] |= changes
    return ChipSpec.parse(plain)


def test_manual_lists_what_writes_cells(tmp_path):
    files = emit(SPEC, tmp_path, features=WRITES)
    manual, header = files.manual.read_text(), files.header.read_text()
    for register in program_registers(SPEC):
        assert f"| {register.offset:#05x} | {register.name} |" in manual
    for window in program_windows(SPEC):
        assert f"{window.base:#08x} to {window.base + 4 * window.words - 4:#08x}" in manual
    for error in WriteError:
        assert f"| {error.value} | {error.name} | {WRITE_ERROR_MEANINGS[error]} |" in manual
        assert f"#define OHMLOOM_WRITE_ERROR_{error.name} {error.value}u" in header
    for field in {field for word in LEVEL_WORDS for field in word}:
        assert f"| {field.name} | {field.doc} |" in manual


def test_chip_that_does_not_write_has_none_of_it(tmp_path):
    files = emit(SPEC, tmp_path)
    for path in (files.manual, files.header, files.svd, files.verilog):
        assert not re.search("WRITE_KEY|write_enable|rails", path.read_text())


def test_registers_begin_as_the_description_says():
    spec = with_write(
        pulses=40, flips=7, confirm=5, average=8, rail_time=1e-6, discharge_time=5e-7, relax_time=1
    )
    table = register_table(spec, WRITES)
    limits = table.register("WRITE_LIMITS").reset
    assert limits == 40 | 7 << 8 | 5 << 16 | 3 << 24 | 1 << 29
    cycles = ("WRITE_RAIL", 12), ("WRITE_DISCHARGE", 6), ("WRITE_RELAX", 12_000_000)
    for name, count in cycles:
        assert table.register(name).reset == count
    assert table.register("WRITE_LAST").reset == 1 | 4 << 16


def test_words_of_cells_lie_where_the_map_says():
    places = {
        "level": TARGET_HALF, "trim": TARGET_HALF, "locked": TARGET_HALF, "code": WRITTEN_WORD,
        "pulses": WRITTEN_WORD, "flips": WRITTEN_WORD, "relapsed": WRITTEN_WORD,
        "status": WRITTEN_WORD, "set": WEAR_WORD, "reset": WEAR_WORD, "row": FAILURE_WORD,
        "line": FAILURE_WORD, "tile": FAILURE_WORD,
    }  # fmt: skip
    found = {
        name: next((field.low, field.high) for field in word if field.name == name)
        for name, word in places.items()
    }
    assert found == {
        "level": (0, 7), "trim": (8, 14), "locked": (15, 15), "code": (0, 11), "pulses": (12, 19),
        "flips": (20, 25), "relapsed": (26, 26), "status": (29, 31), "set": (0, 15),
        "reset": (16, 31), "row": (0, 11), "line": (12, 23), "tile": (24, 31),
    }  # fmt: skip
    assert len(LEVEL_WORDS) == 12
    assert (cells_per_tile(SPEC), form_entry(SPEC), len(WriteStatus)) == (10, 4, 8)


def test_features_word_tells_of_writing():
    table = register_table(SPEC, WRITES)
    assert read_features(table, table.register("FEATURES").reset) == WRITES


@pytest.mark.parametrize("behind", ["twin", "converters"])
def test_writing_without_pins_is_refused(behind):
    message = f"writes must be given only with behind = 'pins', not with '{behind}'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Features(writes=True, behind=behind)


@pytest.mark.parametrize(
    ("name", "seconds", "bits", "cycles"),
    [
        ("rail_time", 0.1, 16, 1_200_000),
        ("discharge_time", 0.1, 16, 1_200_000),
        ("relax_time", 400, 32, 4_800_000_000),
    ],
)
def test_time_too_long_for_its_register_is_refused(name, seconds, bits, cycles):
    message = f"write.{name} must be below 2^{bits} clock cycles, not {cycles}"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        program_registers(with_write(**{name: seconds}))


def test_chip_that_is_not_described_to_be_written_is_refused():
    spec = ChipSpec.parse({"name": "plain", "tile": [{"rows": 2, "columns": 2}]})
    message = "tile 0 of chip 'plain' must have a section 'write' to be written"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        register_table(spec, WRITES)


def test_tile_with_more_cells_than_the_windows_span_is_refused():
    plain = SPEC.model_dump(mode="json")
    plain["tile"][0] |= {"rows": 256, "columns": 256}
    with pytest.raises(SpecError, match=r"^a tile must have at most 65536 cells to be written"):
        program_windows(ChipSpec.parse(plain))
