import json

import pytest
from model_chip import ModelChip
from typer.testing import CliRunner

from ohmloom_analog.spec import load_spec
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_sim.cli import app
from ohmloom_sim.commands import host_session
from ohmloom_sim.host.session import open_session

CHIP = 'name = "mine"\n[[tile]]\ncount = 2\nrows = 4\ncolumns = 1\n[adc]\nbits = 8\n'
READ, WRITE, OFFSET = 0xB4, 0xB8, 0xD0000


@pytest.fixture
def ohmloom_host(tmp_path, monkeypatch):
    """Run host commands on a chip of plain numbers with the converters of the profile pmod."""
    path = tmp_path / "chip.toml"
    path.write_text(CHIP)
    monkeypatch.setenv("COLUMNS", "200")
    features = Features(behind="converters", converters=load_profile("pmod"))
    table = register_table(load_spec(path), features)
    constants = {r.offset: r.reset for r in table.registers if r.access in ("constant", "ro")}
    free = {r.offset: 0xFFFFFFFF for r in table.registers if r.access in ("rw", "strobe")}
    window = table.window("OFFSET")
    model = ModelChip(constants, free | {window.base + 4 * n: 0x3FF for n in range(window.words)})
    for n in range(window.words):
        model.broken[window.base + 4 * n] = lambda held: (held | -(held & 0x200)) & 0xFFFF_FFFF

    def opened(name, spec, **options):
        return open_session(name, spec, transport=model, **options)

    monkeypatch.setattr(host_session, "open_session", opened)

    def call(*arguments, profile="pmod"):
        named = [] if profile is None else ["--converters", profile]
        options = ["host", "--port", "/dev/x", "--chip", path, *named]
        return CliRunner().invoke(app, [str(a) for a in (*options, *arguments)])

    call.chip = model
    return call


def test_limits_are_set_and_shown(ohmloom_host, tmp_path):
    file = tmp_path / "limits.json"
    # A slice of 1 bit: full scale is twice the read voltage of 0.2 V.
    result = ohmloom_host("limits", "--read", 0.1, "--json", file)
    assert result.exit_code == 0, result.stderr
    full = json.loads(file.read_text())
    assert full["read"] == pytest.approx(0.1, abs=1e-4)
    assert full["read"] <= 0.1
    assert (full["write"], full["write_most"], full["limited"]) == (0, 0, 0)
    assert "V of 0.2" in result.stdout
    assert 0 < ohmloom_host.chip.words[READ] < 4096
    # Showing them changes nothing.
    writes = len(ohmloom_host.chip.writes)
    assert ohmloom_host("limits").exit_code == 0
    assert not [w for w in ohmloom_host.chip.writes[writes:] if w[0] in (READ, WRITE)]


def test_offsets_are_set_and_shown(ohmloom_host, tmp_path):
    file = tmp_path / "offsets.json"
    set_them = ("--row", "3=-12", "--row", "0=5", "--line", "1=7")
    result = ohmloom_host("offsets", "--tile", 1, *set_them, "--json", file)
    assert result.exit_code == 0, result.stderr
    found = json.loads(file.read_text())
    assert found == {"tile": 1, "rows": [5, 0, 0, -12], "lines": [0, 7]}
    assert "5 0 0 -12" in result.stdout
    assert sum(1 for where, _ in ohmloom_host.chip.writes if where >= OFFSET) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("limits", "--write", "1"), "write limit must be from 0 V to 0 V, not 1 V"),
        (("limits", "--read", "nan"), "read limit must be from 0 V to 0.21 V, not nan V"),
        (("offsets", "--tile", "2"), "tile must be in [0, 1], not 2"),
        (("offsets", "--row", "4=1"), "row must be in [0, 3], not 4"),
        (("offsets", "--line", "0=512"), "offset of line 0 must be in [-512, 511], not 512"),
        (("offsets", "--row", "1"), "offset of a row must be N=LSB, two whole numbers, not '1'"),
        (
            ("offsets", "--line", "1=0.5"),
            "offset of a line must be N=LSB, two whole numbers, not '1=0.5'",
        ),
    ],
)
def test_refusals_are_a_line_and_a_status(ohmloom_host, arguments, message):
    result = ohmloom_host(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"ohmloom: {message}\n"
    assert not [where for where, _ in ohmloom_host.chip.writes if where in (READ, WRITE)]
    assert not [where for where, _ in ohmloom_host.chip.writes if where >= OFFSET]


@pytest.mark.parametrize("command", ["limits", "offsets"])
def test_converters_must_be_named(ohmloom_host, command):
    result = ohmloom_host(command, profile=None)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "ohmloom: converters must be known by their profile to be set: name it (--converters)\n"
    )


def test_converters_of_another_board_are_refused(ohmloom_host):
    result = ohmloom_host("limits", profile="breadboard")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "ohmloom: chip at /dev/x must be the one of --chip: converters of the chip must be those "
        "of breadboard, MCP4822 and MCP3208, not AD5628 and AD7476A\n"
    )


def test_the_converters_are_shown(ohmloom_host, tmp_path):
    file = tmp_path / "info.json"
    assert ohmloom_host("info", "--json", file).exit_code == 0
    assert json.loads(file.read_text())["behind the array ports"] == "converters, pmod"
