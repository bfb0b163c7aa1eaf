import json
import re

import pytest
from model_chip import ModelChip
from typer.testing import CliRunner

from ohmloom_analog.spec import load_spec
from ohmloom_hw.registers import register_table
from ohmloom_sim.cli import app
from ohmloom_sim.commands import host_session
from ohmloom_sim.host.session import open_session

CHIP = 'name = "mine"\n[[tile]]\nrows = 4\ncolumns = 3\n'


@pytest.fixture
def chip(tmp_path, monkeypatch):
    """A chip of plain numbers at every port."""
    path = tmp_path / "chip.toml"
    path.write_text(CHIP)
    table = register_table(load_spec(path))
    constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
    constants |= {r.offset: 0 for r in table.registers if r.access in ("ro", "clear")}
    constants[table.register("STATUS").offset] = 2
    free = {r.offset: 0xFFFFFFFF for r in table.registers if r.access in ("rw", "strobe")}
    for window in table.windows:
        free |= {window.base + 4 * n: 0xFFFFFFFF for n in range(window.words)}
    model = ModelChip(constants, free)

    def opened(name, spec, **options):
        return open_session(name, spec, transport=model, **options)

    monkeypatch.setattr(host_session, "open_session", opened)
    model.path = path
    return model


def ohmloom_host(chip, *arguments):
    options = ["host", "--port", "/dev/x", "--chip", str(chip.path)]
    return CliRunner().invoke(app, [*options, *map(str, arguments)])


def test_words_are_read_by_name_window_and_address(chip):
    chip.words[0x60008] = 77
    for place in ("BIAS[2]", "bias[2]", "0x60008", str(0x60008)):
        assert ohmloom_host(chip, "peek", place).stdout == ("BIAS[2] (0x060008)  0x0000004d  77\n")
    assert ohmloom_host(chip, "peek", "ID", 2).stdout.splitlines() == [
        "ID (0x000000)  0x4f484d4c  1330138444",
        "VERSION (0x000004)  0x00000002  2",
    ]


def test_words_are_written(chip):
    done = ohmloom_host(chip, "poke", "BIAS[1]", "0x10", "20")
    assert done.stdout == "2 written at BIAS[1] (0x060004)\n"
    assert (chip.words[0x60004], chip.words[0x60008]) == (16, 20)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("peek", "NOTHING"),
            "place must be a register or a word of a window that the chip has, not 'NOTHING'",
        ),
        (
            ("peek", "BIAS[999]"),
            "place must be a register or a word of a window that the chip has, not 'BIAS[999]'",
        ),
        (("poke", "SCRATCH", "1.5"), "word must be a number from 0 to 0xffffffff, not '1.5'"),
        (("ila", "--out", "x.vcd", "--trigger", "busy"), "trigger must be PROBE=VALUE, not 'busy'"),
        (
            ("ila", "--out", "x.vcd"),
            "chip must be built with a logic analyser to record, not without",
        ),
        (
            ("poke", "ID", "1"),
            "write of 1 word at ID (0x000000) must be allowed, not refused at ID (0x000000)",
        ),
    ],
)
def test_refusals_are_a_line_and_a_status(chip, arguments, message):
    result = ohmloom_host(chip, *arguments)
    assert result.exit_code == 2
    assert re.fullmatch(r"ohmloom: (.*)\n", result.stderr)[1] == message


def test_a_self_test_that_finds_a_fault_ends_with_status_1(chip, tmp_path):
    file = tmp_path / "found.json"
    result = ohmloom_host(chip, "selftest", "--json", file)
    # A model that computes nothing can't pass.
    assert result.exit_code == 1
    found = json.loads(file.read_text())
    assert found["passed"] is False
    outcomes = {check["name"]: check["outcome"] for check in found["checks"]}
    assert outcomes["scratch march"] == "passed"
    assert outcomes["timing register"] == "failed"
    assert outcomes["golden MVMs"] == "not there"


def test_what_the_chip_is_is_shown(chip, tmp_path):
    file = tmp_path / "info.json"
    result = ohmloom_host(chip, "info", "--json", file)
    assert result.exit_code == 0
    assert json.loads(file.read_text())["behind the array ports"] == "pins"
    assert "none" in result.stdout
