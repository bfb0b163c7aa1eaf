import json

import pytest
from typer import Typer
from typer.testing import CliRunner

from ohmloom_analog.errors import EngineError
from ohmloom_sim.bench.__main__ import bench

_APP = Typer()
_APP.command()(bench)


def _run(tmp_path, *arguments):
    return CliRunner().invoke(_APP, [*arguments, "--out", str(tmp_path / "bench")])


def test_solvers_are_measured_side_by_side(tmp_path):
    missing = tmp_path / "python"
    result = _run(
        tmp_path, "--size", "8", "--case", "hard", "--vectors", "2", "--ngspice-to", "32",
        "--peer-python", str(missing), "--timeout", "60", "--no-cosimulation", "--no-tiles",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    data = json.loads((tmp_path / "bench" / "bench.json").read_text())
    (found,) = data["rounds"]
    assert (found["case"], found["size"], found["vectors"]) == ("hard", 8, 2)
    solvers = found["solvers"]
    assert solvers["badcrossbar"] == {
        "figures": {},
        "difference": None,
        "failure": f"{missing} isn't there",
    }
    for name in ("superlu", "ngspice"):
        assert solvers[name]["difference"] <= 1e-9
        assert solvers[name]["figures"]["first_call_s"] > 0
    assert solvers["ohmloom"]["figures"]["residual"] <= 1e-9
    assert set(found["ratios"]) == {"first", "later", "memory", "product", "update"}
    assert (tmp_path / "bench" / "bench.svg").read_text().startswith("<?xml")


def test_cost_of_a_product_under_rtl_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("ohmloom_sim.bench.cosimulation._PRODUCTS", {"nodal": 20, "ngspice": 3})
    result = _run(
        tmp_path, "--size", "8", "--case", "hard", "--vectors", "2", "--solver", "superlu",
        "--no-tiles",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    data = json.loads((tmp_path / "bench" / "bench.json").read_text())
    ours, theirs = data["cosimulation"]
    assert (ours["engine"], ours["products"], ours["wrong"]) == ("nodal", 20, 0)
    assert (theirs["engine"], theirs["products"], theirs["wrong"]) == ("ngspice", 3, 0)
    assert ours["seconds"] > 0
    assert theirs["seconds"] > 0
    assert "bridge and array" in result.output


def test_cost_of_a_sample_of_a_monte_carlo_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("ohmloom_sim.bench.tiles._SAMPLES", 3)
    result = _run(
        tmp_path, "--size", "8", "--case", "hard", "--vectors", "2", "--solver", "superlu",
        "--no-cosimulation",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    data = json.loads((tmp_path / "bench" / "bench.json").read_text())
    assert len(data["rounds"]) == 1
    for found, lines in zip(data["tiles"], (64, 128), strict=True):
        assert (found["rows"], found["lines"]) == (64, lines)
        assert (found["samples"], found["vectors"]) == (3, 8)
        assert found["difference"] <= 1e-9
        assert found["samples_per_second"] == pytest.approx(1 / found["seconds"])
        assert found["superlu"] > 0
    assert "samples/s" in result.output


def test_what_keeps_it_from_being_measured_is_said(tmp_path, monkeypatch):
    def missing(*, seed):
        msg = "ngspice must be installed, not missing"
        raise EngineError(msg)

    monkeypatch.setattr("ohmloom_sim.bench.__main__.cosimulation_costs", missing)
    result = _run(
        tmp_path, "--size", "8", "--case", "hard", "--vectors", "2", "--solver", "superlu",
        "--no-tiles",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "ngspice must be installed, not missing" in result.output


@pytest.mark.parametrize(
    ("option", "known"),
    [("--case", "easy, hard, bad"), ("--solver", "ohmloom, badcrossbar, superlu, ngspice")],
)
def test_unknown_name_is_refused(tmp_path, option, known):
    result = _run(tmp_path, option, "other")
    assert result.exit_code == 2
    plain = " ".join(result.output.replace("│", " ").split())
    assert f"{option} must be one of {known}, not 'other'" in plain
