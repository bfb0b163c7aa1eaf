"""Dense networks from ONNX files: linear nodes are put together, convolutions unrolled.

What a chip runs are layers y = activation(W x + b), so nodes between two rectifiers become one
matrix. The batch, dimension 0, stays outside; the other dimensions are counted in C order, as
Flatten does.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import Activation, DenseLayer, Network
from ohmloom_analog.unrolled import Convolution, unrolled

__all__ = ["load_onnx"]

Floats = NDArray[np.float64]

_PASSED = ("Identity", "Dropout")
_SHAPED = ("Flatten", "Reshape")
# After these the largest output is the same one, and that is what a chip tells.
_LAST = ("ArgMax", "Softmax", "LogSoftmax")


def load_onnx(path: Path) -> Network:
    """Read a network of Gemm, MatMul, Add, Relu and Conv nodes, one after the other.

    Flatten, Reshape, Identity and Dropout pass, and so do ArgMax and Softmax at the end, since a
    chip finds the largest output by itself.

    Raises
    ------
    MappingError
        Where the package onnx is missing, the file holds no model, or a node can't be had, naming
        it.
    """
    onnx: Any = _package(path)
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:
        # What protobuf raises isn't part of its promises.
        told = str(error).strip().splitlines() or [type(error).__name__]
        msg = f"model must be an ONNX file, not '{path}': {told[0]}"
        raise MappingError(msg) from None
    graph = model.graph
    constants = {w.name: onnx.numpy_helper.to_array(w) for w in graph.initializer}
    given = [value for value in graph.input if value.name not in constants]
    if len(given) != 1 or len(graph.output) != 1:
        msg = (
            f"model {path} must have one input and one output, "
            f"not {len(given)} and {len(graph.output)}"
        )
        raise MappingError(msg)
    sizes = [d.dim_value for d in given[0].type.tensor_type.shape.dim]
    if len(sizes) < 2 or any(size < 1 for size in sizes[1:]):
        msg = f"input {given[0].name} of {path} must have known sizes behind the batch, not {sizes}"
        raise MappingError(msg)
    chain = _Chain(path=path, constants=constants, current=given[0].name, shape=tuple(sizes[1:]))
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = onnx.numpy_helper.to_array(attributes["value"])
        else:
            chain.take(node, attributes)
    return chain.network(graph.output[0].name)


def _package(path: Path) -> Any:
    try:
        importlib.import_module("onnx.numpy_helper")
        return importlib.import_module("onnx")
    except ImportError:
        msg = f"the package onnx must be there to read {path}: pip install 'ohmloom[onnx]'"
        raise MappingError(msg) from None


@dataclass(kw_only=True, eq=False, slots=True)
class _Chain:
    """Nodes so far: layers that are closed, and what is linear since then."""

    path: Path
    constants: dict[str, NDArray[Any]]
    current: str
    """Name of the tensor that the next node must take."""
    shape: tuple[int, ...]
    """Its dimensions, without the batch."""
    weights: Floats | None = None
    bias: Floats = field(default_factory=lambda: np.zeros(0))
    layers: list[DenseLayer] = field(default_factory=list)
    ended: str | None = None
    """Node after which only its like may come."""

    def take(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """Take a node.

        Raises
        ------
        MappingError
            Where there is no such in a chip, or it doesn't follow the one before.
        """
        name = f"node {node.name or node.output[0]} ({node.op_type}) of {self.path}"
        takers: dict[str, Callable[[str, Any, Mapping[str, Any]], None]] = {
            "Gemm": self._gemm,
            "MatMul": self._matmul,
            "Add": self._add,
            "Conv": self._conv,
            "Relu": self._relu,
            **dict.fromkeys(_PASSED, self._pass),
            **dict.fromkeys(_SHAPED, self._reshape),
            **dict.fromkeys(_LAST, self._end),
        }
        if node.op_type not in takers:
            msg = f"{name} must be one of {', '.join(takers)}"
            raise MappingError(msg)
        if self.current not in node.input:
            msg = f"{name} must take {self.current}, which is given last, not {list(node.input)}"
            raise MappingError(msg)
        if self.ended is not None and node.op_type not in _LAST:
            msg = f"{name} must not come after {self.ended}, which is taken for the end"
            raise MappingError(msg)
        takers[node.op_type](name, node, attributes)
        self.current = node.output[0]

    def network(self, output: str) -> Network:
        """Return what has been taken.

        Raises
        ------
        MappingError
            Where the output isn't that of the last node.
        """
        if output != self.current:
            msg = f"output of {self.path} must be {self.current}, which is given last, not {output}"
            raise MappingError(msg)
        if self.weights is not None:
            self._close("none")
        return Network(layers=tuple(self.layers))

    def _close(self, activation: Activation) -> None:
        assert self.weights is not None
        layer = DenseLayer(weights=self.weights, bias=self.bias, activation=activation)
        self.layers.append(layer)
        self.weights = None

    def _linear(self, weights: Floats, bias: Floats) -> None:
        """Put y = weights x + bias behind what is linear."""
        if self.weights is None:
            self.weights, self.bias = weights, bias
        else:
            self.weights, self.bias = weights @ self.weights, weights @ self.bias + bias

    def _constant(self, name: str, tensor: str) -> Floats:
        if tensor not in self.constants:
            msg = f"{name} must take constants beside {self.current}, not {tensor}"
            raise MappingError(msg)
        return np.asarray(self.constants[tensor], dtype=np.float64)

    def _bias(self, name: str, node: Any, width: int) -> Floats:
        """Return the third input of a node, if it has one, for each of so many outputs.

        Raises
        ------
        MappingError
            Where it isn't one number for each, or one for all.
        """
        if len(node.input) < 3 or not node.input[2]:
            return np.zeros(width)
        flat = self._constant(name, node.input[2]).ravel()
        if flat.size not in (1, width):
            msg = f"bias of {name} must be {width} numbers or one, not {flat.size}"
            raise MappingError(msg)
        return np.broadcast_to(flat, (width,)).astype(np.float64)

    def _times(self, name: str, matrix: Floats) -> Floats:
        """Return the weights by which a sample is multiplied with a matrix on its right."""
        if len(self.shape) != 1 or matrix.ndim != 2 or matrix.shape[0] != self.shape[0]:
            msg = (
                f"{name} must multiply {self.shape} by a matrix of as many rows, not {matrix.shape}"
            )
            raise MappingError(msg)
        self.shape = (matrix.shape[1],)
        return matrix.T

    def _gemm(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        if attributes.get("transA", 0) or node.input[0] != self.current:
            msg = f"{name} must take {self.current} as its first factor, as it is"
            raise MappingError(msg)
        matrix = self._constant(name, node.input[1])
        weights = self._times(name, matrix.T if attributes.get("transB", 0) else matrix)
        bias = self._bias(name, node, len(weights)) * attributes.get("beta", 1.0)
        self._linear(weights * attributes.get("alpha", 1.0), bias)

    def _matmul(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        if node.input[0] != self.current:
            msg = f"{name} must take {self.current} as its first factor"
            raise MappingError(msg)
        weights = self._times(name, self._constant(name, node.input[1]))
        self._linear(weights, np.zeros(len(weights)))

    def _add(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        other = node.input[1] if node.input[0] == self.current else node.input[0]
        if self.weights is None:
            msg = f"{name} must come after Gemm, MatMul or Conv"
            raise MappingError(msg)
        values = self._constant(name, other)
        try:
            each = np.broadcast_to(values, (1, *self.shape))
        except ValueError:
            msg = f"{name} must add what fits {self.shape}, not {values.shape}"
            raise MappingError(msg) from None
        self.bias = self.bias + each.ravel()

    def _conv(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        kernel = self._constant(name, node.input[1])
        if node.input[0] != self.current or len(self.shape) != kernel.ndim - 1:
            msg = f"{name} must have a kernel for {self.shape}, not one of {kernel.shape}"
            raise MappingError(msg)
        try:
            convolution = Convolution.of_onnx(kernel, attributes)
            weights, self.shape = unrolled(convolution, self.shape)
        except ValueError as error:
            msg = f"{name}: {error}"
            raise MappingError(msg) from None
        bias = self._bias(name, node, self.shape[0])
        self._linear(weights, np.repeat(bias, len(weights) // self.shape[0]))

    def _relu(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        if self.weights is None:
            msg = f"{name} must come after Gemm, MatMul or Conv"
            raise MappingError(msg)
        self._close("relu")

    def _pass(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        """Leave everything as it is."""

    def _reshape(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        size = int(np.prod(self.shape))
        if node.op_type == "Flatten":
            if attributes.get("axis", 1) != 1:
                msg = f"axis of {name} must be 1, not {attributes['axis']}"
                raise MappingError(msg)
            self.shape = (size,)
            return
        wanted = [int(n) for n in self._constant(name, node.input[1]).ravel()]
        # A 0 keeps a dimension; only the batch may be left open beside one more.
        rest = [self.shape[k] if n == 0 else n for k, n in enumerate(wanted[1:])]
        if -1 in rest:
            rest[rest.index(-1)] = size // max(1, int(np.prod([n for n in rest if n != -1])))
        if not rest or -1 in rest or int(np.prod(rest)) != size:
            msg = f"{name} must keep a sample's {size} numbers, not make {wanted} of {self.shape}"
            raise MappingError(msg)
        self.shape = tuple(rest)

    def _end(self, name: str, node: Any, attributes: Mapping[str, Any]) -> None:
        axis = int(attributes.get("axis", 0 if node.op_type == "ArgMax" else -1))
        if self.ended is None and (axis not in (1, -1) or len(self.shape) != 1):
            msg = f"axis of {name} must be that of the outputs, 1 or -1 of {self.shape}, not {axis}"
            raise MappingError(msg)
        self.ended = name
