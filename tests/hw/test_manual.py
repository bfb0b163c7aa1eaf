import json
import subprocess

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.manual import manual_data, manual_header, manual_markdown
from ohmloom_hw.registers import register_table

TABLE = register_table(ChipSpec.parse({"tile": [{"rows": 4, "columns": 4}]}))


def test_manual_lists_every_register_window_and_field():
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in manual_markdown(TABLE).splitlines()
        if line.startswith("|")
    ]
    for register in TABLE.registers:
        assert [row[0] for row in cells if row[1] == register.name] == [f"{register.offset:#05x}"]
    for window in TABLE.windows:
        (row,) = [row for row in cells if row[1] == window.name]
        assert row[0] == f"{window.base:#08x} to {window.base + 4 * window.words - 4:#08x}"
        assert row[2] == str(window.words)
    named = {row[4] for row in cells if len(row) == 7}
    for register in TABLE.registers:
        assert {field.name for field in register.fields} - {"value"} <= named


def test_tables_of_the_manual_have_rows_as_wide_as_their_heads():
    width = 0
    for line in manual_markdown(TABLE).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        width = width or line.count("|")
        assert line.count("|") == width


def test_data_of_the_manual_survives_json():
    found = json.loads(json.dumps(manual_data(TABLE)))
    assert [register["name"] for register in found["registers"]] == [
        register.name for register in TABLE.registers
    ]
    assert {window["name"]: window["words"] for window in found["windows"]} == {
        window.name: window.words for window in TABLE.windows
    }
    assert found["errors"]["ARRAY_TIMEOUT"] == 1
    assert [len(fields) for fields in found["step_words"]] == [8, 2, 2, 2]


def test_a_chip_in_spiking_mode_has_the_words_of_a_neuron():
    spiking = {"tile": [{"rows": 4, "columns": 4}], "spiking": {"neurons": 4}}
    table = register_table(ChipSpec.parse(spiking))
    assert "| 3 | 23:0 | threshold |" in manual_markdown(table)
    assert manual_data(table)["neuron_words"][0][1]["name"] == "leak"
    assert "Words of a neuron" not in manual_markdown(TABLE)
    assert "neuron_words" not in manual_data(TABLE)


def test_header_gives_each_address_once():
    lines = manual_header(TABLE).splitlines()
    for register in TABLE.registers:
        assert lines.count(f"#define OHMLOOM_{register.name} {register.offset:#08x}u") == 1
    assert "#define OHMLOOM_STATUS_RUNS_MASK 0x0000ff00u" in lines
    assert "#define OHMLOOM_STATUS_RUNS_SHIFT 8" in lines
    assert "#define OHMLOOM_ERROR_EMPTY_TABLE 4u" in lines


def test_header_compiles(tmp_path):
    compiler = "cc"
    (tmp_path / "registers.h").write_text(manual_header(TABLE))
    source = tmp_path / "use.c"
    source.write_text(
        '#include "registers.h"\n#include "registers.h"\n'
        "typedef char input_is_at_64k[OHMLOOM_INPUT == 65536 ? 1 : -1];\n"
    )
    try:
        ran = subprocess.run(
            [compiler, "-std=c99", "-Wall", "-Werror", "-fsyntax-only", str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.fail("a C compiler must be installed: package gcc")
    assert ran.stderr == ""
    assert ran.returncode == 0
