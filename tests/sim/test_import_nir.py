"""`ohmloom import`: a NIR graph's layers and what rounding costs, and all neurons in a file."""

import csv

import nir
import nir_files
import numpy as np
import pytest
from nir_files import DT, chain, lif
from typer.testing import CliRunner

from ohmloom_analog.nir_graph import load_nir
from ohmloom_sim.cli import app


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "net.nir"
    nir_files.two_layer_lif(path, inputs=5, hidden=4, outputs=2, seed=1)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def told(result):
    return " ".join((result.stdout + result.stderr).split())


def test_each_layer_has_a_line_with_its_worst_rounding(model):
    result = run(model, "--dt", DT)
    assert result.exit_code == 0, result.output
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.output.split("\n")]
    first, second = (line for line in lines if line and "lif" in line[0])
    assert (first[:3], second[:3]) == (["lif", "4 lif", "5"], ["lif_1", "2 lif", "4"])
    layer = load_nir(model, dt=DT).layers[0]
    worst = max(row.relative for row in layer.rows if row.parameter == "weight")
    assert first[3] == f"{100 * worst:.2g} %"
    # 65536 / 20 is 3276.8, and the leak stops within 32767 // 3277 of 1024 steps.
    assert first[5] == f"{100 * 9 / 2 ** layer.ranges[0].fraction_bits:.2g} %"


def test_loops_and_what_never_saturates_are_told(tmp_path):
    cells = nir.LIF(*(np.full(2, value) for value in (DT, 1.0, 0.0, 1.0)))
    graph = chain(nir.Linear(np.eye(2)), cells, inputs=[2])
    graph.edges.append(("lif_1", "lif_1"))
    nir.write(tmp_path / "net.nir", graph)
    result = run(tmp_path / "net.nir", "--dt", DT)
    assert "│ 2 + loop │" in result.output
    assert "│ all │" in told(result)


def test_the_report_has_every_rounding_of_every_neuron(model, tmp_path):
    report = tmp_path / "new" / "rounding.csv"
    result = run(model, "--dt", DT, "--report", report, "--bits", 4, "--reset", "subtract")
    assert result.exit_code == 0, result.output
    assert [path.name for path in report.parent.iterdir()] == ["rounding.csv"]
    with report.open(newline="") as file:
        rows = list(csv.DictReader(file))
    layers = load_nir(model, dt=DT, bits=4, reset="subtract").layers
    expected = [row for layer in layers for row in layer.rows]
    ranges = [row for row in rows if row["parameter"] == "membrane_range"]
    assert len(rows) == len(expected) + len(ranges)
    assert len(ranges) == 6
    found = [row for row in rows if row not in ranges]
    key = ("layer", "neuron", "parameter")
    for row in expected:
        (line,) = [r for r in found if [r[k] for k in key] == [str(getattr(row, k)) for k in key]]
        assert (int(line["integer"]), float(line["value"])) == (row.code, row.value)
        assert (float(line["error"]), float(line["relative"])) == (row.error, row.relative)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Invalid value for --dt: must be given for a NIR graph"),
        (("--dt", "-1"), "dt must be a positive number of seconds, not -1.0"),
        (("--dt", DT, "--out", "x.npz"), "Invalid value for --out: must not be given for a NIR"),
        (("--dt", DT, "--bits", "1"), "bits must be in [2, 16], not 1"),
        (("--dt", "1"), "tau of node lif (LIF) of"),
    ],
)
def test_what_does_not_go_together_is_refused(model, arguments, message, tmp_path):
    result = run(model, *arguments, "--report", tmp_path / "rounding.csv")
    assert result.exit_code == 2
    assert message in told(result).replace("│ ", "").replace(" │", "")
    assert not (tmp_path / "rounding.csv").exists()


def test_a_dense_network_needs_a_file_to_go_to(tmp_path):
    result = run(tmp_path / "net.onnx")
    assert result.exit_code == 2
    assert "Invalid value for --out: must be given for an ONNX network" in told(result)
    result = run(tmp_path / "net.onnx", "--out", tmp_path / "net.npz", "--dt", DT)
    assert "Invalid value for --dt: must not be given for an ONNX network" in told(result)


def test_a_graph_that_no_chip_runs_is_refused_by_its_node(tmp_path):
    nir.write(tmp_path / "net.nir", chain(lif(2), nir.Delay(np.ones(2)), lif(2), inputs=[2]))
    result = run(tmp_path / "net.nir", "--dt", DT)
    assert result.exit_code == 2
    assert "node delay_1 (Delay) of" in told(result)
