"""Sizes of corrected memories, beside what the emitted Verilog declares."""

import re

import pytest

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.emit import verilog_text
from ohmloom_hw.features import Features
from ohmloom_hw.memory_layout import corrected_layouts
from ohmloom_hw.secded_registers import MEMORY_NAMES

SMALL = {"tile": [{"count": 2, "rows": 6, "columns": 4, "cell": {"levels": 4}}]}
EVERY = {
    "secded": True,
    "checksums": True,
    "average": 2,
    "reissue": True,
    "row_scale": True,
}


@pytest.mark.parametrize(
    "spec",
    [load_spec("protected"), ChipSpec.parse({**SMALL, "spare_columns": 1, "ecc": EVERY})],
    ids=["preset", "every memory"],
)
def test_each_memory_is_declared_with_its_codewords(spec):
    declared = {
        (int(last) + 1, int(top) + 1)
        for top, last in re.findall(r"reg \[(\d+):0\] \w+ \[(\d+):0\];", verilog_text(spec))
    }
    layouts = corrected_layouts(spec)
    for name, layout in layouts.items():
        assert (layout.words, layout.codewords * layout.code_bits) in declared, name


def test_chips_with_everything_have_every_memory():
    several = ChipSpec.parse({**SMALL, "spare_columns": 1, "ecc": EVERY})
    exact = ChipSpec.parse({**SMALL, "adc": {"bits": 12}, "ecc": {"secded": True, "residue": 7}})
    found = {*corrected_layouts(several), *corrected_layouts(exact)}
    assert found == {*MEMORY_NAMES}


def test_maps_are_there_where_they_are_asked_for():
    spec = ChipSpec.parse({**SMALL, "ecc": {"secded": True}})
    maps = {"COLUMN_MAP", "ROW_MAP"}
    assert not maps & {*corrected_layouts(spec)}
    assert {*corrected_layouts(spec, maps=True)} - {*corrected_layouts(spec)} == maps
    assert "column_map" in verilog_text(spec, Features(maps=True))


def test_a_chip_without_a_code_has_none():
    assert corrected_layouts(ChipSpec.parse(SMALL)) == {}
