import json
import math
import re
import xml.etree.ElementTree as ET
from importlib.metadata import version
from types import SimpleNamespace

import behavioural_chip
import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom_analog.errors import ToolError
from ohmloom_analog.network import DenseLayer, Network, save_network
from ohmloom_analog.spec import load_spec
from ohmloom_sim.cli import app
from ohmloom_sim.commands import mvm as mvm_command
from ohmloom_sim.commands import regress as regress_command
from ohmloom_sim.commands import run as run_command
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.plan import cover_plan
from ohmloom_sim.regression import RegressionResult


@pytest.fixture
def ohmloom(tmp_path, monkeypatch):
    """Run the command line in an empty folder, with a behavioural chip for a simulator."""
    monkeypatch.chdir(tmp_path)
    # Wide enough that no table breaks a line.
    monkeypatch.setenv("COLUMNS", "200")
    for module in (run_command, mvm_command):
        monkeypatch.setattr(module, "simulate", behavioural_chip.simulate)
        monkeypatch.setattr(module, "default_simulator", lambda: SimpleNamespace(name="icarus"))

    def call(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return call


def small_model(path):
    rng = np.random.default_rng(0)
    layer = DenseLayer(weights=rng.normal(size=(3, 6)), bias=np.zeros(3))
    save_network(Network(layers=(layer,)), path)
    with np.load(path) as file:
        held = dict(file)
    x = rng.uniform(size=(5, 6))
    np.savez(path, **held, x=x, y=np.argmax(x @ layer.weights.T, axis=1))


def refused(result, message):
    assert result.exit_code == 2
    assert result.stderr.strip().splitlines() == message.splitlines()
    assert "Traceback" not in result.output


def test_version_is_that_of_the_package(ohmloom):
    result = ohmloom("--version")
    assert result.exit_code == 0
    assert result.stdout == f"ohmloom {version('ohmloom')}\n"


def test_solve_gives_ohms_law(ohmloom, tmp_path):
    np.save("G.npy", [[1e-3]])
    np.save("V.npy", [0.5])
    arguments = ["--conductance", "G.npy", "--voltage", "V.npy", "--out", "I.npy"]
    result = ohmloom(
        "solve", *arguments, "--r-word", 100, "--r-bit", 200, "--r-source", 300, "--r-sense", 400,
        "--json", "s.json",
    )  # fmt: skip
    assert result.exit_code == 0
    # All resistances are in series with the only cell: 1000 + 100 + 200 + 300 + 400 ohm.
    assert np.load("I.npy") == pytest.approx([0.5 / 2000])
    figures = json.loads((tmp_path / "s.json").read_text())
    assert figures["largest_current"] == pytest.approx(0.5 / 2000)
    assert (figures["rows"], figures["lines"], figures["vectors"]) == (1, 1, 1)


@pytest.mark.parametrize("engine", ["ideal", "nodal"])
def test_solve_takes_many_vectors_from_csv(ohmloom, engine, tmp_path):
    rng = np.random.default_rng(0)
    cells, volts = rng.uniform(1e-6, 4e-5, (3, 2)), rng.uniform(0, 0.2, (200, 3))
    np.savetxt("G.csv", cells, delimiter=",")
    np.savetxt("V.csv", volts, delimiter=",")
    arguments = ["--conductance", "G.csv", "--voltage", "V.csv", "--out", "out/I.csv"]
    assert ohmloom("solve", *arguments, "--engine", engine).exit_code == 0
    currents = np.loadtxt("out/I.csv", delimiter=",")
    assert currents == pytest.approx(volts @ cells, rel=1e-9)


@pytest.mark.parametrize(
    ("cells", "volts", "options", "message"),
    [
        ([[1e-6, np.nan]], [1.0], [], "conductance[0, 1] must be finite and at least 0 S, not nan"),
        ([[-1e-6]], [1.0], [], "conductance[0, 0] must be finite and at least 0 S, not -1e-06"),
        ([[1e-6]], [np.inf], [], "voltages[0, 0] must be finite, not inf"),
        (
            [[1e-6], [1e-6]],
            [1.0, 2.0, 3.0],
            [],
            "voltage must have the shape (2,) or (n, 2), one a row of the conductances, not (3,)",
        ),
        ([[1e-6]], [1.0], ["--r-bit", "-2"], "r_bit must be finite and at least 0 ohm, not -2.0"),
        ([[1e-6]], [1.0], ["--r-word", "inf"], "r_word must be finite and at least 0 ohm, not inf"),
    ],
)
def test_solve_refuses_what_is_no_crossbar(ohmloom, tmp_path, *, cells, volts, options, message):
    np.save("G.npy", cells)
    np.save("V.npy", volts)
    arguments = ["--conductance", "G.npy", "--voltage", "V.npy", "--out", "I.npy"]
    refused(ohmloom("solve", *arguments, *options), f"ohmloom: {message}")
    assert not (tmp_path / "I.npy").exists()


def test_unknown_engine_is_a_usage_error(ohmloom):
    np.save("G.npy", [[1e-6]])
    result = ohmloom(
        "solve", "--conductance", "G.npy", "--voltage", "G.npy", "--out", "I.npy", "--engine", "x"
    )
    assert result.exit_code == 2
    assert "'x' is not one of" in result.stderr


@pytest.mark.parametrize("encoding", ["diff_pair", "offset_column"])
def test_mvm_multiplies_exactly(ohmloom, encoding, tmp_path):
    (tmp_path / "W.csv").write_text("8,3,-2\n-4,7,5\n3,4,-12\n")
    (tmp_path / "x.csv").write_text("9,15,35\n")
    result = ohmloom(
        "mvm", "--matrix", "W.csv", "--input", "x.csv", "--engine", "ideal",
        "--encoding", encoding, "--out", "y.csv", "--json", "y.json",
    )  # fmt: skip
    assert result.exit_code == 0
    assert (tmp_path / "y.csv").read_text() == "47,244,-333\n"
    assert "y = 47, 244, -333" in result.stdout
    figures = json.loads((tmp_path / "y.json").read_text())
    assert figures["error"] == {"max": 0.0, "rms": 0.0, "relative": 0.0}
    assert figures["exact"] is True


def test_mvm_on_a_preset_reports_its_error(ohmloom, tmp_path):
    rng = np.random.default_rng(0)
    weights, vectors = rng.normal(size=(5, 40)), rng.uniform(size=(3, 40))
    np.save("W.npy", weights)
    np.save("x.npy", vectors)
    result = ohmloom(
        "mvm", "--matrix", "W.npy", "--input", "x.npy", "--chip", "default", "--out", "y.npy",
        "--json", "y.json",
    )  # fmt: skip
    assert result.exit_code == 0
    error = np.load("y.npy") - vectors @ weights.T
    figures = json.loads((tmp_path / "y.json").read_text())
    assert figures["error"]["max"] == pytest.approx(np.abs(error).max())
    assert figures["spec_hash"] == load_spec("default").hash
    assert 0 < figures["error"]["relative"] < 0.2


def test_mvm_refuses_a_matrix_larger_than_the_tiles(ohmloom):
    np.save("W.npy", np.ones((100, 100)))
    np.save("x.npy", np.ones(100))
    result = ohmloom(
        "mvm", "--matrix", "W.npy", "--input", "x.npy", "--chip", "default", "--out", "y.npy"
    )
    refused(
        result,
        "ohmloom: network must fit the 6 tiles of 32x16, not need 28 (layers 100x100)",
    )


def test_mvm_refuses_an_encoding_beside_a_chip(ohmloom):
    np.save("W.npy", [[1]])
    result = ohmloom(
        "mvm", "--matrix", "W.npy", "--input", "W.npy", "--chip", "default", "--out", "y.npy",
        "--encoding", "diff_pair",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "give only one of --encoding and --chip" in result.stderr


def test_run_prints_figures_and_writes_report(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    result = ohmloom(
        "run", "--model", "m.npz", "--images", 4, "--seed", 9, "--report", "r", "--json", "f.json"
    )
    assert result.exit_code == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures == json.loads((tmp_path / "r" / "metrics.json").read_text())
    assert (figures["images"], figures["seed"], figures["engine"]) == (4, 9, "nodal")
    for words in (
        "accuracy of the float network",
        "accuracy of the integer model",
        "accuracy of the chip",
        "MVM error, rms",
        "clipped conversions",
        "clock cycles per inference",
        "ADC busy",
        "simulated MVMs per second",
        "report is in r/index.html",
    ):
        assert words in result.stdout
    seed = next(line for line in result.stdout.splitlines() if "seed" in line)
    assert seed.split()[-2] == "9"


def test_run_twice_gives_the_same_figures(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    for name in ("a.json", "b.json"):
        assert ohmloom("run", "--model", "m.npz", "--images", 2, "--json", name).exit_code == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()


def test_run_writes_the_arrays_of_a_chip_that_says_how(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    arguments = ["run", "--model", "m.npz", "--images", 2, "--json", "f.json"]
    result = ohmloom(*arguments, "--save-state", "s.npz", "--stuck", 0.05)
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "f.json").read_text())
    # 6 inputs to 3 outputs, each in two cells, and the reference line.
    assert figures["program"]["cells"] == 6 * (3 * 2 + 1)
    assert figures["program"]["pulses"] > 0
    assert figures["program"]["energy"] > 0
    assert figures["mvm_error_ideal_lsb"]["rms"] > 0
    assert figures["repair"]["stuck"] == 0.05
    for words in ("cells within tolerance", "MVM error of --program ideal", "after repair"):
        assert words in result.stdout
    # What was saved is what was written: read again, it errs as much.
    again = ohmloom(*arguments, "--state", "s.npz")
    assert again.exit_code == 0, again.output
    reread = json.loads((tmp_path / "f.json").read_text())
    assert "program" not in reread
    assert reread["mvm_error_lsb"] == pytest.approx(figures["mvm_error_lsb"], rel=0.5)


def test_run_makes_the_arrays_with_their_levels_if_asked_to(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    result = ohmloom(
        "run", "--model", "m.npz", "--images", 2, "--program", "ideal", "--json", "f.json"
    )
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "f.json").read_text())
    assert not {"program", "mvm_error_ideal_lsb", "repair"} & set(figures)
    assert "cells within tolerance" not in result.stdout


def test_run_refuses_to_write_what_it_cant(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    arguments = ["run", "--model", "m.npz", "--images", 1, "--program"]
    refused(
        ohmloom(*arguments, "write-verify", "--chip", "mram"),
        "ohmloom: chip 'mram' must have a section tile.write for --program write-verify",
    )
    assert ohmloom(*arguments, "ideal", "--save-state", "s.npz").exit_code == 0
    refused(
        ohmloom(*arguments, "write-verify", "--state", "s.npz"),
        "ohmloom: --program must be ideal with --state, whose arrays are written already",
    )


def _aged_run(ohmloom, *options):
    result = ohmloom(
        "run", "--model", "m.npz", "--images", 2, "--chip", "pcm", "--json", "f.json", *options
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("1.5h", 5400.0), ("1d", 86400.0), ("1y", 31557600.0)]
)
def test_run_ages_the_arrays_and_tells_what_was_touched(ohmloom, tmp_path, text, seconds):
    small_model(tmp_path / "m.npz")
    printed = _aged_run(ohmloom, "--age", text, "--temperature", 310)
    figures = json.loads((tmp_path / "f.json").read_text())
    assert (figures["age"], figures["temperature"]) == (seconds, 310.0)
    assert figures["cells"] == 6 * 32 * 33
    # What was written pulse by pulse has no error drawn for it.
    drawn = set(load_spec("pcm").tile[0].effects.active) - {"programming_error"}
    assert set(figures["effects"]) == drawn
    assert figures["effects"]["drift"] > 0
    assert "drift" in printed
    assert "flagged" in printed


def test_run_leaves_out_what_it_is_told_to(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    _aged_run(ohmloom, "--without", "drift", "--without", "wires", "--program", "ideal")
    figures = json.loads((tmp_path / "f.json").read_text())
    assert set(figures["effects"]) == set(load_spec("pcm").tile[0].effects.active) - {"drift"}


def test_run_refuses_to_leave_out_what_is_not_there(ohmloom):
    result = ohmloom("run", "--without", "drift")
    refused(
        result,
        "ohmloom: what is switched off must be one of converters, wires, spread, not 'drift'",
    )


def test_run_refuses_an_age_that_is_no_time(ohmloom):
    result = ohmloom("run", "--age", "old")
    assert result.exit_code == 2
    assert "time must be seconds, or a number with s, h, d or y, not 'old'" in result.stderr


def test_run_saves_the_arrays_and_starts_from_them(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    _aged_run(ohmloom, "--age", "1d", "--save-state", "s.npz", "--program", "ideal")
    first = json.loads((tmp_path / "f.json").read_text())
    _aged_run(ohmloom, "--state", "s.npz")
    again = json.loads((tmp_path / "f.json").read_text())
    names = ("age", "mvm_error_lsb", "code_error_lsb", "effects", "flagged_cells", "array_energy")
    for name in names:
        assert first[name] == again[name]
    assert again["effects"]["programming_error"] > 0


def test_compare_replays_the_state_that_a_run_started_from(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    _aged_run(ohmloom, "--save-state", "s.npz", "--seed", 3)
    # Of another seed: made anew from it, the arrays would be others.
    _aged_run(ohmloom, "--state", "s.npz", "--age", "1d", "--seed", 4, "--report", "r")
    result = ohmloom(
        "compare", "--engine", "nodal", "--engine", "ideal", "--recording", "r/recording.npz",
        "--json", "c.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert json.loads((tmp_path / "c.json").read_text())["as_recorded"] == 1.0


def test_run_refuses_a_state_of_another_network(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    _aged_run(ohmloom, "--save-state", "s.npz")
    result = ohmloom("run", "--chip", "pcm", "--images", 1, "--state", "s.npz")
    assert result.exit_code == 2
    assert "state must hold the levels of this network in tile 0, not others in" in result.stderr


def test_run_refuses_more_images_than_there_are(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    result = ohmloom("run", "--model", "m.npz", "--images", 6)
    refused(result, "ohmloom: images must be from 1 to the 5 that are there, not 6")


def test_run_takes_a_task_and_all_of_its_few_samples(ohmloom, tmp_path):
    result = ohmloom(
        "run", "--task", "basic-motions", "--program", "ideal", "--engine", "ideal", "--report",
        "r", "--stuck", 0.05, "--json", "f.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "BasicMotions, MLP 30-16-4" in result.stdout
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["images"] == 40
    assert figures["accuracy"]["chip"] > 0.9
    page = (tmp_path / "r" / "index.html").read_text()
    assert "40 samples through the Verilog" in page
    assert version("aeon") in page
    for word in ("digits", "pixel", "image", "64-32-10"):
        assert word not in re.sub(r"data:image/[^\"]*", "", page)


@pytest.mark.parametrize("command", ["run", "faults"])
def test_task_and_model_together_are_refused(ohmloom, command):
    refused(
        ohmloom(command, "--task", "basic-motions", "--model", "m.npz"),
        "ohmloom: --task must be left out with --model, not 'basic-motions'",
    )


def test_unknown_task_is_refused_with_those_known(ohmloom):
    result = ohmloom("run", "--task", "smells")
    assert result.exit_code == 2
    assert "'smells' is not one of 'digits', 'japanese-vowels', 'basic-motions'," in result.stderr


def test_more_samples_than_a_task_has_are_refused(ohmloom):
    refused(
        ohmloom("run", "--task", "basic-motions", "--images", 41),
        "ohmloom: images must be from 1 to the 40 that are there, not 41",
    )


def test_task_without_its_package_is_refused_with_the_extra(ohmloom, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    refused(
        ohmloom("run", "--task", "pickup-gesture"),
        "ohmloom: task 'pickup-gesture' needs the extra 'senses': pip install 'ohmloom[senses]'",
    )


def test_compare_takes_samples_of_a_task(ohmloom, tmp_path):
    result = ohmloom(
        "compare", "--engine", "ideal", "--engine", "nodal", "--task", "basic-motions",
        "--images", 1, "--json", "c.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    # Two layers of a tile each, two slices of the inputs.
    assert json.loads((tmp_path / "c.json").read_text())["passes"] == 4
    result = ohmloom(
        "compare", "--engine", "ideal", "--engine", "nodal", "--task", "basic-motions",
        "--recording", "r.npz",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "leave --chip, --task and --images out" in " ".join(result.stderr.split())


def test_faults_takes_a_task_and_all_of_its_few_samples(ohmloom, tmp_path):
    result = ohmloom(
        "faults", "--task", "basic-motions", "--kind", "columns", "--draws", 2,
        "--json", "f.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert json.loads((tmp_path / "f.json").read_text())["images"] == 40


def test_run_refuses_a_model_without_its_arrays(ohmloom):
    np.savez("m.npz", a=np.zeros(1))
    refused(
        ohmloom("run", "--model", "m.npz"),
        "ohmloom: model m.npz must hold the array weights_0, not only a",
    )


def test_run_refuses_a_missing_model(ohmloom):
    refused(
        ohmloom("run", "--model", "m.npz"),
        "ohmloom: model must be an .npz file, not the missing 'm.npz'",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[[tile]]\nrows = 4\ncolumns = 4\n[adc]\nbit = 8\n",
            "c.toml: key 'adc.bit' is unknown; the nearest known key is 'bits'",
        ),
        (
            "[[tile]]\nrows = 0\ncolumns = 4\n",
            "c.toml: tile[0].rows must be greater than or equal to 1, not 0",
        ),
        (
            "[[tile]]\nrows = 4\ncolumns = 4\n[tile.cell]\ng_min = 5e-5\n",
            "c.toml: tile[0].cell.g_min must be below g_max = 4e-05 S, not 5e-05 S",
        ),
        (
            "[[tile]]\nrows = 4\ncolumns = 4\n[adc]\nbits = 0\n",
            "c.toml: adc.bits must be greater than or equal to 1, not 0",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "verilog", "regress"])
def test_faulty_chip_is_refused(ohmloom, tmp_path, command, text, message):
    (tmp_path / "c.toml").write_text(text)
    options = ["--out", "v"] if command == "verilog" else []
    refused(ohmloom(command, "--chip", "c.toml", *options), f"ohmloom: {message}")


def test_missing_chip_is_refused_with_the_presets(ohmloom):
    refused(
        ohmloom("verilog", "--chip", "nope", "--out", "v"),
        "ohmloom: chip must be a TOML file or one of the presets crosspoint, default, exact, "
        "hybrid, isaac, mram, neurram, offset, pcm, protected, puma, rram, serial, spiking, "
        "uneven, not 'nope'",
    )


def test_missing_simulator_is_refused_with_its_package(ohmloom, tmp_path, monkeypatch):
    def none_there():
        raise ToolError("icarus needs iverilog: install the package iverilog")

    monkeypatch.setattr(run_command, "default_simulator", none_there)
    small_model(tmp_path / "m.npz")
    refused(
        ohmloom("run", "--model", "m.npz"),
        "ohmloom: icarus needs iverilog: install the package iverilog",
    )


def test_what_was_built_is_kept_and_named_where_it_fails(ohmloom, tmp_path, monkeypatch):
    def broken(job, *, sim, folder, on_progress=None, on_writing=None):
        (folder / "log").write_text("why")
        raise ToolError("no luck")

    monkeypatch.setattr(run_command, "simulate", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    small_model(tmp_path / "m.npz")
    result = ohmloom("run", "--model", "m.npz", "--images", 1)
    (kept,) = tmp_path.glob("ohmloom-*")
    refused(result, f"ohmloom: what was built is kept in {kept}\nohmloom: no luck")
    assert (kept / "log").read_text() == "why"


def test_fault_of_the_program_is_not_dressed_up(ohmloom, tmp_path, monkeypatch):
    def broken(job, *, sim, folder, on_progress=None, on_writing=None):
        raise ValueError("a bug")

    monkeypatch.setattr(run_command, "simulate", broken)
    small_model(tmp_path / "m.npz")
    result = ohmloom("run", "--model", "m.npz", "--images", 1)
    assert isinstance(result.exception, ValueError)


def test_verilog_writes_chip_and_manual(ohmloom, tmp_path):
    result = ohmloom("verilog", "--chip", "default", "--out", "v")
    assert result.exit_code == 0
    names = sorted(p.name for p in (tmp_path / "v").iterdir())
    registers = ["registers.h", "registers.json", "registers.md"]
    assert names == ["chip.toml", "ohmloom.core", "ohmloom.svd", "ohmloom.v", *registers]
    assert load_spec(tmp_path / "v" / "chip.toml") == load_spec("default")
    assert "module ohmloom(" in (tmp_path / "v" / "ohmloom.v").read_text()


def test_compare_replays_the_recording_of_a_run(ohmloom, tmp_path):
    small_model(tmp_path / "m.npz")
    assert ohmloom("run", "--model", "m.npz", "--images", 2, "--report", "r").exit_code == 0
    result = ohmloom(
        "compare", "--engine", "nodal", "--engine", "ideal", "--recording", "r/recording.npz",
        "--json", "c.json",
    )  # fmt: skip
    assert result.exit_code == 0
    figures = json.loads((tmp_path / "c.json").read_text())
    assert figures["engines"] == ["nodal", "ideal"]
    assert figures["as_recorded"] == 1.0
    assert figures["amperes_max"] > 0
    assert figures["volts_max"] > 0
    assert figures["spec_hash"] == load_spec("default").hash


@pytest.mark.parametrize("engines", [["nodal"], ["nodal", "ideal", "ngspice"]])
def test_compare_wants_two_engines(ohmloom, engines):
    options = [word for name in engines for word in ("--engine", name)]
    result = ohmloom("compare", *options)
    assert result.exit_code == 2
    assert f"two engines must be given, not {len(engines)}" in result.stderr


def test_compare_refuses_a_chip_beside_a_recording(ohmloom):
    result = ohmloom(
        "compare", "--engine", "nodal", "--engine", "ideal", "--recording", "r.npz",
        "--chip", "default",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "it brings its own chip and images" in result.stderr


TIMED_CHIP = """
weight_bits = 3
[[tile]]
count = 2
rows = 4
columns = 3
[tile.wires]
r_word = 1.0
r_bit = 1.0
[input]
bits = 2
slice_bits = 2
[adc]
bits = 8
[tia]
bandwidth = 5e6
[dac]
settle_time = 2e-7
"""


def _settled(errors):
    assert errors
    for error in errors:
        # From nothing, one pole leaves exp(-2 pi * 5 MHz * 200 ns) = 1.9e-3 of what flows; at
        # worst the currents that were before are as large again on top.
        assert error["relative"] > 1e-3
        assert error["lsb"] > 0


def test_run_in_time_reports_how_far_reads_had_settled(ohmloom, tmp_path):
    (tmp_path / "c.toml").write_text(TIMED_CHIP)
    small_model(tmp_path / "m.npz")
    result = ohmloom(
        "run", "--model", "m.npz", "--images", 1, "--chip", "c.toml", "--engine", "transient",
        "--json", "f.json", "--report", "r",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    errors = json.loads((tmp_path / "f.json").read_text())["settling_error"]
    assert [error["tile"] for error in errors] == [0, 1]
    _settled(errors)
    assert "settling error of tile 0, worst" in result.stdout
    page = (tmp_path / "r" / "index.html").read_text()
    assert "settling error of tile 1, worst" in page
    result = ohmloom(
        "compare", "--engine", "transient", "--engine", "nodal", "--recording", "r/recording.npz",
        "--json", "c.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    figures = json.loads((tmp_path / "c.json").read_text())
    assert figures["as_recorded"] == 1.0
    assert 1e-3 < figures["relative_max"] < 1e-2


def test_run_without_time_reports_no_settling(ohmloom, tmp_path):
    (tmp_path / "c.toml").write_text(TIMED_CHIP)
    small_model(tmp_path / "m.npz")
    result = ohmloom(
        "run", "--model", "m.npz", "--images", 1, "--chip", "c.toml", "--json", "f.json"
    )
    assert result.exit_code == 0, result.stderr
    assert "settling_error" not in json.loads((tmp_path / "f.json").read_text())
    assert "settling error" not in result.stdout


def test_mvm_in_time_reports_how_far_reads_had_settled(ohmloom, tmp_path):
    (tmp_path / "c.toml").write_text(TIMED_CHIP)
    (tmp_path / "W.csv").write_text("3,-2,1,0\n")
    (tmp_path / "x.csv").write_text("3,1,2,3\n")
    result = ohmloom(
        "mvm", "--matrix", "W.csv", "--input", "x.csv", "--out", "y.csv", "--chip", "c.toml",
        "--engine", "transient", "--json", "y.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    _settled(json.loads((tmp_path / "y.json").read_text())["settling_error"])
    assert "settling error of tile 0, worst" in result.stdout


def test_solve_in_time_reports_how_far_reads_had_settled(ohmloom, tmp_path):
    np.save("G.npy", [[1e-5, 2e-5], [3e-5, 4e-5]])
    np.save("V.npy", [[0.1, 0.2], [0.2, 0.0]])
    result = ohmloom(
        "solve", "--conductance", "G.npy", "--voltage", "V.npy", "--out", "I.npy",
        "--engine", "transient", "--json", "s.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    error = json.loads((tmp_path / "s.json").read_text())["settling_error"]
    wanted = np.load("V.npy") @ np.load("G.npy")
    difference = np.load("I.npy") - wanted
    assert error["amperes"] == pytest.approx(np.abs(difference).max(), rel=1e-6)
    assert error["relative"] == pytest.approx(np.abs(difference).max() / wanted.max(), rel=1e-6)
    # The engine's own amplifiers of 20 MHz have 1 us.
    assert error["relative"] < 1e-3
    assert "settling error, worst" in result.stdout


def regression(monkeypatch, passed, failed, *, share=1.0, left_out=()):
    """Stand in for the benches: tests that ended so, and a share of the bins of a chip hit."""

    def run(specs, *, sim, folder, pattern, seed, on_stage):
        results = folder / "results.xml"
        cases = "".join(f'<testcase name="{name}"/>' for name in passed)
        for name, why in failed.items():
            cases += f'<testcase name="{name}"><failure message="{why}"/></testcase>'
        results.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        found = []
        for spec in specs:
            on_stage(spec.name)
            counts = CoverCounts(cover_plan(spec))
            for point in counts.points:
                if point.name in left_out:
                    continue
                for bin_ in point.bins[: math.ceil(share * len(point.bins))]:
                    counts.hit(point.group, point.name, bin_)
            found.append(
                RegressionResult(
                    spec=spec,
                    simulator="icarus",
                    version="12.0",
                    seed=seed,
                    passed=passed,
                    failed=failed,
                    counts=counts,
                    results=(results,),
                )
            )
        return tuple(found)

    monkeypatch.setattr(regress_command, "run_regressions", run)


def test_regression_that_passes_ends_well(ohmloom, tmp_path, monkeypatch):
    regression(monkeypatch, ("one", "two"), {})
    result = ohmloom("regress", "--json", "r.json")
    assert result.exit_code == 0, result.output
    assert "2 tests, 0 failed, seed 0" in result.stdout
    figures = json.loads((tmp_path / "r.json").read_text())
    assert (figures["tests"], figures["passed"], figures["failed"]) == (2, ["one", "two"], {})
    assert (figures["total_percent"], figures["target_percent"]) == (100.0, 95.0)


def test_regression_with_a_failure_ends_with_status_1(ohmloom, monkeypatch):
    regression(monkeypatch, ("one",), {"two": "code [3] is wrong"})
    result = ohmloom("regress")
    assert result.exit_code == 1
    assert "code [3] is wrong" in result.stdout
    assert "2 tests, 1 failed, seed 0" in result.stdout


def test_regression_without_a_test_ends_with_status_1(ohmloom, monkeypatch):
    regression(monkeypatch, (), {})
    assert ohmloom("regress").exit_code == 1


def test_regression_without_a_sample_ends_with_status_1_whatever_the_target(ohmloom, monkeypatch):
    regression(monkeypatch, ("one",), {}, share=0.0)
    result = ohmloom("regress", "--target", 0)
    assert result.exit_code == 1
    assert result.stderr == "ohmloom: coverage must be of at least one sample, not of 0\n"


def test_regression_below_its_target_ends_with_status_1_and_names_what_was_missed(
    ohmloom, tmp_path, monkeypatch
):
    regression(monkeypatch, ("one",), {}, left_out=("BIAS",))
    result = ohmloom("regress", "--junit", "r.xml", "--report", "r")
    assert result.exit_code == 1
    # The chip has 8 windows that can be written and 5 that can't: 2 of 21 bins are missing.
    message = (
        "coverage of windows must be at least 95 %, not 90.5 %: "
        "never hit: BIAS: read; BIAS: written"
    )
    assert result.stderr == f"ohmloom: {message}\n"
    suites = ET.parse(tmp_path / "r.xml").getroot()
    assert [suite.get("name") for suite in suites] == ["default", "coverage"]
    (case,) = suites[1]
    assert (case.get("name"), case[0].get("message")) == ("at least 95 %", message)
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == ["coverage.json", "index.html"]
    assert ohmloom("regress", "--target", 90).exit_code == 0


def test_part_of_the_regression_has_no_target_of_its_own(ohmloom, monkeypatch):
    regression(monkeypatch, ("one",), {}, share=0.5)
    assert ohmloom("regress", "--tests", "one").exit_code == 0
    assert ohmloom("regress", "--tests", "one", "--target", 99).exit_code == 1
    assert ohmloom("regress").exit_code == 1


def test_regression_of_several_chips_is_one_result(ohmloom, tmp_path, monkeypatch):
    regression(monkeypatch, ("one",), {"two": "no"})
    result = ohmloom(
        "regress", "--chip", "default", "--chip", "offset", "--json", "r.json", "--junit", "r.xml"
    )
    assert result.exit_code == 1
    assert result.stdout.count("on icarus") == 2
    assert "4 tests, 2 failed, seed 0" in result.stdout
    suites = ET.parse(tmp_path / "r.xml").getroot()
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        ("default", "2", "1"),
        ("offset", "2", "1"),
        ("coverage", "1", "0"),
    ]
    chips = json.loads((tmp_path / "r.json").read_text())["chips"]
    assert [chip["name"] for chip in chips] == ["default", "offset"]


def test_regression_leaves_junit_where_it_is_wanted(ohmloom, tmp_path, monkeypatch):
    regression(monkeypatch, ("one",), {})
    assert ohmloom("regress", "--junit", "a/b.xml").exit_code == 0
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.xml"]


def test_chip_that_is_given_twice_is_refused(ohmloom):
    refused(
        ohmloom("regress", "--chip", "default", "--chip", "default"),
        "ohmloom: chip 'default' must be given once, not 2 times",
    )


def test_output_folder_under_a_file_is_refused(ohmloom, tmp_path):
    (tmp_path / "f").write_text("")
    refused(
        ohmloom("verilog", "--chip", "default", "--out", "f/v"),
        "ohmloom: 'f/v' can't be written: Not a directory",
    )
