"""Commands that write, read and test cells, on a chip told from the contract of its registers."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from model_writer import Served, WriterChip
from typer.testing import CliRunner

from ohmloom_analog.spec import load_spec
from ohmloom_sim.cli import app

CHIP = """
name = "written"
weight_bits = 3
[[tile]]
count = 2
rows = 3
columns = 3
[tile.cell]
device = "skywater"
access = "1t1r"
r_access = 5e3
levels = 4
[tile.write]
pulses = 20
[tile.write.set]
drive = { start = 1.0, stop = 2.0, step = 0.1 }
[tile.write.reset]
drive = { start = 1.0, stop = 2.0, step = 0.1 }
"""
WEIGHTS = np.array([[3, -2], [0, 1]])


@pytest.fixture
def chip(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "chip.toml").write_text(CHIP)
    np.save("w.npy", WEIGHTS)
    served = Served(WriterChip(load_spec("chip.toml")))
    yield served
    served.close()


@pytest.fixture
def host(chip):
    def call(*arguments):
        options = ["host", "--port", chip.address, "--chip", "chip.toml"]
        return CliRunner().invoke(app, [*options, *map(str, arguments)])

    return call


def read(name):
    return json.loads(Path(name).read_text())


def refused(result, message):
    assert result.exit_code == 2, result.output
    assert result.stderr.strip().splitlines() == [f"ohmloom: {message}"]


def test_a_matrix_is_written_and_told(chip, host):
    result = host("program", "w.npy", "--json", "f.json", "--export", "t.csv")
    assert result.exit_code == 0, result.output
    assert "matrix of 2 outputs x 2 inputs" in result.stdout
    assert "10 of 10 (100.00 %)" in result.stdout
    figures = read("f.json")
    assert (figures["cells"], figures["written"], figures["failed"]) == (10, 10, 0)
    assert len(list(csv.DictReader(Path("t.csv").read_text().splitlines()))) == 8
    # A list of cells that was exported writes the same cells.
    before = dict(chip.chip.conductance)
    chip.chip.conductance.clear()
    assert host("program", "--targets", "t.csv").exit_code == 0
    assert chip.chip.conductance == before


def test_conductances_of_another_program_are_written(chip, host):
    Path("g.csv").write_text("1\nAnalogLinear\n2\n1\n2\nlayer\n39.0,26.0\n")
    np.save("s.npy", [[1, -1]])
    result = host("program", "--conductances", "g.csv", "--signs", "s.npy")
    assert result.exit_code == 0, result.output
    assert "conductances of g.csv, 0 of them clipped" in result.stdout
    full = round(40 / 50 * 1023)
    assert chip.chip.conductance[0, 0, 0] == pytest.approx(full, abs=93)
    assert chip.chip.conductance[0, 1, 1] == pytest.approx(full * 27 / 40, abs=93)


def test_cells_that_were_given_up_are_listed_and_end_with_status_1(chip, host):
    chip.chip.stuck.add((0, 1, 1))
    result = host("program", "w.npy", "--journal", "j")
    assert result.exit_code == 1
    assert re.search(r"tile 0, row 1, line 1 +│ +too many pulses, -2\.08 levels off", result.stdout)
    assert "1 cells were given up" in result.stdout
    chip.chip.stuck.clear()
    assert host("program", "w.npy", "--journal", "j").exit_code == 1
    result = host("program", "w.npy", "--journal", "j", "--retry")
    assert result.exit_code == 0
    assert "3; 9 cells were done before" in result.stdout


def test_weights_are_read_cell_by_cell(chip, host):
    assert host("program", "w.npy", "--tolerance", 0.02).exit_code == 0
    result = host("read-weights", "--shape", "2x2", "--out", "r.npy")
    assert result.exit_code == 0, result.output
    # The chip of the test begins with cells of no conductance at all, below level 0.
    assert np.load("r.npy") == pytest.approx(WEIGHTS, abs=0.05)
    result = host("read-weights", "--like", "w.npy", "--out", "r.npy", "--json", "f.json")
    assert result.exit_code == 0
    error = np.load("r.npy") - WEIGHTS
    assert read("f.json")["max"] == pytest.approx(np.abs(error).max())


def test_faults_are_shown_and_kept_for_repair(chip, host):
    chip.chip.stuck |= {(0, 1, 1), (1, 2, 6)}
    chip.chip.conductance[1, 2, 6] = 1000
    result = host("test-array", "--erase", "--out", "f.json")
    assert result.exit_code == 1
    assert re.search(r"0 +│ 1 +│ 1 +│ stuck at HRS", result.stdout)
    assert re.search(r"1 +│ 2 +│ 6 +│ stuck at LRS", result.stdout)
    assert "2 of 42 cells are faulty" in result.stdout
    faults = read("f.json")
    assert [(c["tile"], c["row"], c["line"], c["fault"]) for c in faults["faults"]] == [
        (0, 1, 1, 1),
        (1, 2, 6, 2),
    ]


def test_a_weight_that_cant_be_absorbed_is_told(chip, host):
    # The pair of the weight -2 holds it in the line that is stuck low.
    chip.chip.stuck.add((0, 1, 1))
    assert host("test-array", "--erase", "--out", "f.json").exit_code == 1
    result = host("repair", "w.npy", "--faults", "f.json", "--json", "r.json")
    assert result.exit_code == 1
    assert "tile 0, row 1, column 0: weight -2 is off by +2" in result.stdout
    assert "1 weights or rows stay wrong, 0 cells were given up" in result.stdout
    (tile,) = read("r.json")["tiles"]
    assert (tile["before"], tile["after"]) == (2, 2)


def test_a_stuck_cell_is_made_up_for_by_its_partner(chip, host):
    chip.chip.stuck.add((0, 1, 0))
    chip.chip.conductance[0, 1, 0] = round(27 / 50 * 1023) + 266
    assert host("test-array", "--erase", "--out", "f.json").exit_code == 1
    np.save("w.npy", [[3, 1], [0, 1]])
    result = host("repair", "w.npy", "--faults", "f.json")
    assert result.exit_code == 0, result.output
    assert "absorption" in result.stdout
    # The stuck cell holds level 3, so that 1 takes level 2 in its partner.
    assert chip.chip.conductance[0, 1, 1] == pytest.approx(27 / 50 * 1023, abs=93)


def test_a_test_that_erases_must_be_asked_for(host):
    refused(
        host("test-array"),
        "--erase must be given, since the test overwrites all cells that it tests",
    )
    refused(host("test-array", "--erase", "--tile", 2), "tile must be in [0, 1], not 2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of W, --targets and --conductances must be given, not 0"),
        (
            ["w.npy", "--targets", "t.csv"],
            "one of W, --targets and --conductances must be given, not 2",
        ),
        (["w.npy", "--signs", "w.npy"], "--signs must be given with --conductances, not without"),
        (
            ["w.npy", "--tolerance", 0.7],
            "tolerance must be above 0 and at most 0.5 levels, not 0.7",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(chip, host, arguments, message):
    refused(host("program", *arguments), message)
    assert not chip.chip.conductance


def test_a_journal_of_another_matrix_is_refused(chip, host):
    assert host("program", "w.npy", "--journal", "j").exit_code == 0
    np.save("w.npy", WEIGHTS + 0.5)
    result = host("program", "w.npy", "--journal", "j")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "ohmloom: journal 'j' must be of this job, with the hash of the targets "
    )


@pytest.mark.parametrize(
    ("shape", "given"), [([], "left out"), (["--shape", "2"], "'2'"), (["--shape", "0x3"], "'0x3'")]
)
def test_a_shape_is_needed_to_read_weights(host, shape, given):
    refused(
        host("read-weights", "--out", "r.npy", *shape),
        f"--shape must be OUTPUTSxINPUTS, such as 10x32, without --like, not {given}",
    )


def test_faults_of_another_chip_are_refused(chip, host):
    spec = load_spec("chip.toml")
    Path("f.json").write_text(json.dumps({"spec_hash": "0" * 64, "tiles": [0], "faults": []}))
    refused(
        host("repair", "w.npy", "--faults", "f.json"),
        f"faults 'f.json' must be of the chip {spec.hash[:16]}, not 0000000000000000",
    )
    refused(
        host("repair", "w.npy", "--faults", "none.json"),
        "faults must be an existing file of test-array, not 'none.json'",
    )
    Path("f.json").write_text("[]")
    result = host("repair", "w.npy", "--faults", "f.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("ohmloom: faults 'f.json' must be a file of test-array: ")


def test_a_cell_that_isnt_there_is_refused(chip, host):
    spec = load_spec("chip.toml")
    wrong = {"tile": 0, "row": 3, "line": 0, "fault": 1}
    Path("f.json").write_text(json.dumps({"spec_hash": spec.hash, "tiles": [0], "faults": [wrong]}))
    refused(
        host("repair", "w.npy", "--faults", "f.json"),
        "faults 'f.json' must name cells and faults of the chip, not (0, 3, 0, 1)",
    )
