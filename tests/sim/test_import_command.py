"""`ohmloom import`: an ONNX network becomes a file that `run` and the others take."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from ohmloom_sim.cli import app
from ohmloom_sim.tasks import model_task

RNG = np.random.default_rng(3)


@pytest.fixture
def model(tmp_path):
    held = {"k": (2, 1, 3, 3), "a": (8, 3)}
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("Gemm", ["f", "a"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [
            numpy_helper.from_array(RNG.normal(size=size).astype(np.float32), name)
            for name, size in held.items()
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(
        helper.make_model(graph, opset_imports=opset, ir_version=8), str(tmp_path / "net.onnx")
    )
    return tmp_path / "net.onnx"


def run(*arguments):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_network_and_samples_are_a_task_afterwards(model, tmp_path):
    x, y = RNG.uniform(0, 1, (5, 1, 4, 4)), np.array([0, 1, 2, 1, 0])
    np.savez(tmp_path / "data.npz", x=x, y=y)
    out = tmp_path / "net.npz"
    result = run(model, "--samples", tmp_path / "data.npz", "--out", out)
    assert result.exit_code == 0, result.output
    assert "16-8-3" in result.output
    task = model_task(out, 0)
    assert np.array_equal(task.inputs, x.reshape(5, 16))
    assert np.array_equal(task.labels, y)
    assert [layer.activation for layer in task.network.layers] == ["relu", "none"]


def test_without_samples_the_network_alone_is_written(model, tmp_path):
    assert run(model, "--out", tmp_path / "net.npz").exit_code == 0
    with np.load(tmp_path / "net.npz") as file:
        assert sorted(file.files) == ["activations", "bias_0", "bias_1", "weights_0", "weights_1"]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ({"x": np.ones((2, 16))}, "must hold the arrays x and y, and lack y"),
        ({"x": np.ones((2, 9)), "y": np.array([0, 1])}, "must be of shape n x 16 with n > 0"),
        ({"x": np.ones((1, 16)), "y": np.array([7])}, "must be in [0, 2], not 7"),
    ],
)
def test_samples_that_do_not_fit_leave_no_file(model, tmp_path, samples, message):
    np.savez(tmp_path / "data.npz", **samples)
    result = run(model, "--samples", tmp_path / "data.npz", "--out", tmp_path / "net.npz")
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.npz", "net.onnx"]


def test_a_model_of_another_size_needs_samples_to_be_run(model):
    result = CliRunner().invoke(app, ["run", "--model", str(model)])
    assert result.exit_code == 2
    assert "must hold samples x and labels y" in result.stderr.replace("\n", " ")
