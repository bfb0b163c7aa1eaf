import json

import pytest
from typer.testing import CliRunner

from ohmloom_hw.converters.profile import load_profile
from ohmloom_sim.cli import app

CHIP = 'name = "mine"\n[[tile]]\nrows = 4\ncolumns = 3\n[adc]\nbits = {bits}\n'
OWN = 'name = "own"\ndac = "MCP4822"\nadc = "AD7476A"\n'


@pytest.fixture
def ohmloom(tmp_path, monkeypatch):
    """Run the command line in a folder with a chip, and a profile of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chip.toml").write_text(CHIP.format(bits=8))
    (tmp_path / "wide.toml").write_text(CHIP.format(bits=14))
    (tmp_path / "own.toml").write_text(OWN)

    def call(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return call


def refused(result, message):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"ohmloom: {message}\n"


@pytest.mark.parametrize("profile", ["pmod", "breadboard", "precise", "own.toml"])
def test_a_chip_with_converters_is_written_with_their_profile(ohmloom, tmp_path, profile):
    result = ohmloom("verilog", "--chip", "chip.toml", "--converters", profile, "--out", "v")
    assert result.exit_code == 0, result.stderr
    assert load_profile(tmp_path / "v/converters.toml") == load_profile(profile)
    assert "converters_0__dac_sclk" in (tmp_path / "v/ohmloom.v").read_text()
    table = json.loads((tmp_path / "v/registers.json").read_text())
    assert {"CONVERTERS", "LIMIT_READ", "LIMIT_WRITE", "SAFE"} <= {
        register["name"] for register in table["registers"]
    }
    assert "OFFSET" in {window["name"] for window in table["windows"]}


def test_a_profile_of_an_earlier_chip_does_not_stay(ohmloom, tmp_path):
    ohmloom("verilog", "--chip", "chip.toml", "--converters", "pmod", "--out", "v")
    assert ohmloom("verilog", "--chip", "chip.toml", "--out", "v").exit_code == 0
    assert not (tmp_path / "v/converters.toml").exists()
    assert "converters_0__" not in (tmp_path / "v/ohmloom.v").read_text()


@pytest.mark.parametrize(
    "command", [("verilog", "--out", "v"), ("sim", "serve"), ("host", "--port", "/dev/x", "info")]
)
@pytest.mark.parametrize(
    ("chip", "profile", "message"),
    [
        (
            "chip.toml",
            "nope",
            "profile must be a TOML file or one of breadboard, pmod, precise, not 'nope'",
        ),
        (
            "wide.toml",
            "pmod",
            "converters pmod: adc.bits must be at most 12 with the AD7476A, not 14",
        ),
    ],
)
def test_converters_that_cannot_be_are_refused_and_nothing_is_made(
    ohmloom, tmp_path, command, chip, profile, message
):
    before = set(tmp_path.iterdir())
    words = ["--chip", chip, "--converters", profile]
    place = 3 if command[0] == "host" else len(command)
    refused(ohmloom(*command[:place], *words, *command[place:]), message)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", [("sim", "serve"), ("host", "--port", "sim", "info")])
def test_converters_with_a_twin_are_refused(ohmloom, command):
    words = ("--chip", "chip.toml", "--converters", "pmod", "--behind", "twin")
    place = 3 if command[0] == "host" else len(command)
    refused(
        ohmloom(*command[:place], *words, *command[place:]),
        "a virtual board must have an array behind its converters (--behind array), "
        "not pmod with the twin",
    )


@pytest.mark.parametrize("behind", ["array", "twin"])
def test_a_jumper_without_converters_is_refused(ohmloom, behind):
    refused(
        ohmloom("sim", "serve", "--chip", "chip.toml", "--jumper", "--behind", behind),
        "a jumper must lead from converters to converters (--converters), not from none",
    )
