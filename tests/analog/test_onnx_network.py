"""Networks from ONNX files, beside ONNX's own evaluation of them."""

import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ohmloom_analog.errors import MappingError
from ohmloom_analog.onnx_network import load_onnx

RNG = np.random.default_rng(6)


def saved(path, nodes, shape, constants, outputs=("n", 3), kind=TensorProto.FLOAT):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", kind, list(outputs))],
        [numpy_helper.from_array(v.astype(t), k) for k, (v, t) in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file = path / "net.onnx"
    onnx.save(model, str(file))
    return file


def floats(**arrays):
    return {name: (RNG.normal(size=size), np.float32) for name, size in arrays.items()}


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], name=f"the_{output}", **attributes)


DENSE = (
    [
        node("Gemm", ["x", "a", "b"], "h", transB=1, alpha=0.5, beta=2.0),
        node("Relu", ["h"], "r"),
        node("MatMul", ["r", "w"], "m"),
        node("Add", ["c", "m"], "y"),
    ],
    (5,),
    {"a": (4, 5), "b": (4,), "w": (4, 3), "c": (3,)},
)
CONVOLVED = (
    [
        node("Conv", ["x", "k", "l"], "c1", strides=[2, 1], pads=[1, 0, 1, 2], group=2),
        node("Relu", ["c1"], "r1"),
        node("Conv", ["r1", "k2"], "c2", auto_pad="SAME_UPPER", dilations=[1, 2]),
        node("Add", ["c2", "each"], "s"),
        node("Relu", ["s"], "r2"),
        node("Flatten", ["r2"], "f"),
        node("Identity", ["f"], "i"),
        node("Gemm", ["i", "a"], "y"),
    ],
    (2, 5, 4),
    {"k": (4, 1, 3, 3), "l": (4,), "k2": (2, 4, 2, 2), "each": (2, 1, 1), "a": (24, 3)},
)
LINES = (
    [
        node("Conv", ["x", "k"], "c", auto_pad="SAME_LOWER", strides=[2]),
        node("Reshape", ["c", "to"], "f"),
        node("MatMul", ["f", "w"], "m"),
        node("Gemm", ["m", "a"], "y"),
    ],
    (1, 7),
    {"k": (2, 1, 4), "w": (8, 5), "a": (5, 3)},
)


@pytest.mark.parametrize("case", [DENSE, CONVOLVED, LINES], ids=["dense", "convolved", "lines"])
def test_network_gives_what_onnx_gives(case, tmp_path):
    nodes, shape, sizes = case
    constants = floats(**sizes) | {"to": (np.array([0, -1]), np.int64)}
    used = {name for one in nodes for name in one.input}
    file = saved(tmp_path, nodes, shape, {k: v for k, v in constants.items() if k in used})
    network = load_onnx(file)
    x = RNG.normal(size=(6, *shape)).astype(np.float32)
    (expected,) = ReferenceEvaluator(str(file)).run(None, {"x": x})
    found = network.activations(x.reshape(6, -1).astype(np.float64))[-1]
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_linear_nodes_become_one_layer_and_rectifiers_close_it(tmp_path):
    nodes, shape, sizes = LINES
    constants = floats(**sizes) | {"to": (np.array([0, -1]), np.int64)}
    (layer,) = load_onnx(saved(tmp_path, nodes, shape, constants)).layers
    assert (layer.weights.shape, layer.activation) == ((3, 7), "none")
    nodes, shape, sizes = DENSE
    layers = load_onnx(saved(tmp_path, nodes, shape, floats(**sizes))).layers
    assert [layer.activation for layer in layers] == ["relu", "none"]


@pytest.mark.parametrize("last", ["ArgMax", "Softmax"])
def test_what_leaves_the_largest_output_where_it_is_may_end_it(last, tmp_path):
    axis = {"axis": 1} if last == "ArgMax" else {}
    kind = TensorProto.INT64 if last == "ArgMax" else TensorProto.FLOAT
    nodes = [node("Gemm", ["x", "a"], "h"), node(last, ["h"], "y", **axis)]
    outputs = ("n", 1) if last == "ArgMax" else ("n", 3)
    file = saved(tmp_path, nodes, (4,), floats(a=(4, 3)), outputs, kind)
    x = RNG.normal(size=(20, 4)).astype(np.float32)
    (expected,) = ReferenceEvaluator(str(file)).run(None, {"x": x})
    classes = expected.ravel() if last == "ArgMax" else expected.argmax(axis=1)
    assert np.array_equal(load_onnx(file).activations(x)[-1].argmax(axis=1), classes)


def test_constants_may_be_nodes(tmp_path):
    value = numpy_helper.from_array(RNG.normal(size=(4, 3)).astype(np.float32))
    nodes = [helper.make_node("Constant", [], ["a"], value=value), node("MatMul", ["x", "a"], "y")]
    (layer,) = load_onnx(saved(tmp_path, nodes, (4,), {})).layers
    assert pytest.approx(numpy_helper.to_array(value)) == layer.weights.T


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("Sigmoid", ["x"], "y")], "node the_y (Sigmoid) of {file} must be one of Gemm,"),
        ([node("Relu", ["x"], "y")], "node the_y (Relu) of {file} must come after Gemm, MatMul"),
        ([node("Add", ["x", "v"], "y")], "node the_y (Add) of {file} must come after Gemm,"),
        (
            [node("Gemm", ["x", "a"], "h"), node("Add", ["h", "h"], "y")],
            "node the_y (Add) of {file} must take constants beside h, not h",
        ),
        (
            [node("Gemm", ["x", "a"], "h"), node("Gemm", ["x", "a"], "y")],
            "node the_y (Gemm) of {file} must take h, which is given last, not ['x', 'a']",
        ),
        (
            [node("Gemm", ["a", "x"], "y", transA=1)],
            "node the_y (Gemm) of {file} must take x as its first factor, as it is",
        ),
        (
            [node("Gemm", ["x", "small"], "y")],
            "node the_y (Gemm) of {file} must multiply (4,) by a matrix of as many rows, not",
        ),
        (
            [node("Gemm", ["x", "a"], "h"), node("Add", ["h", "pair"], "y")],
            "node the_y (Add) of {file} must add what fits (3,), not (2,)",
        ),
        (
            [node("Conv", ["x", "a"], "y")],
            "node the_y (Conv) of {file}: kernel must have a dimension beside its channels",
        ),
        (
            [
                node("Gemm", ["x", "a"], "h"),
                node("Softmax", ["h"], "s"),
                node("Gemm", ["s", "small"], "y"),
            ],
            "node the_y (Gemm) of {file} must not come after node the_s (Softmax) of",
        ),
        (
            [node("Gemm", ["x", "a"], "y"), node("Relu", ["y"], "z")],
            "output of {file} must be z, which is given last, not y",
        ),
    ],
)
def test_what_a_chip_does_not_have_is_refused_by_name(nodes, message, tmp_path):
    used = {name for one in nodes for name in one.input}
    sizes = {"a": (4, 3), "small": (3, 3), "v": (4,), "pair": (2,)}
    file = saved(tmp_path, nodes, (4,), floats(**{k: v for k, v in sizes.items() if k in used}))
    with pytest.raises(MappingError, match=f"^{re.escape(message.format(file=file))}"):
        load_onnx(file)


def test_files_of_something_else_are_refused(tmp_path):
    file = tmp_path / "net.onnx"
    with pytest.raises(MappingError, match="^model must be an ONNX file, not "):
        load_onnx(file)
    file.write_bytes(b"something else")
    with pytest.raises(MappingError, match="^model must be an ONNX file, not "):
        load_onnx(file)


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx.numpy_helper", None)
    with pytest.raises(MappingError, match=r"pip install 'ohmloom\[onnx\]'$"):
        load_onnx(tmp_path / "net.onnx")
