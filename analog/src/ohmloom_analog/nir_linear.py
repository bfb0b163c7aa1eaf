"""The linear nodes of NIR graphs as one matrix: y = weights x + bias, both counted in C order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_fields import bare, numbers, sizes, spread
from ohmloom_analog.nir_file import NirNode
from ohmloom_analog.unrolled import MOST_WEIGHTS, Convolution, unrolled

__all__ = ["LinearMap"]

Floats = NDArray[np.float64]


@dataclass(kw_only=True, eq=False, slots=True)
class LinearMap:
    """What the linear nodes so far do to a signal."""

    shape: tuple[int, ...]
    """Dimensions of what they give."""
    weights: Floats | None = None
    """Outputs x inputs; none leaves a signal as it is."""
    bias: Floats | None = None
    """What is added to each output; none adds nothing."""

    @property
    def size(self) -> int:
        """Numbers that they give."""
        return int(np.prod(self.shape))

    @property
    def matrix(self) -> Floats:
        """Outputs x inputs.

        Raises
        ------
        MappingError
            Where that is too large.
        """
        if self.weights is not None:
            return self.weights
        self._check(self.size**2)
        return np.eye(self.size)

    @property
    def offset(self) -> Floats:
        """What is added to each output."""
        return np.zeros(self.size) if self.bias is None else self.bias

    def take(self, node: NirNode) -> None:
        """Put a linear node behind.

        Raises
        ------
        MappingError
            Where its parameters are missing, not finite or don't fit the signal, or the matrix gets
            too large.
        """
        takers: dict[str, Callable[[NirNode], None]] = {
            "Linear": self._linear,
            "Affine": self._linear,
            "Scale": self._scale,
            "Flatten": self._flatten,
            "Conv2d": self._convolution,
            "SumPool2d": self._pool,
            "AvgPool2d": self._pool,
        }
        takers[node.kind](node)

    def _put(self, weights: Floats, shape: tuple[int, ...]) -> None:
        if self.weights is not None:
            self._check(len(weights) * self.weights.shape[1])
        if self.bias is not None:
            self.bias = weights @ self.bias
        self.weights = weights if self.weights is None else weights @ self.weights
        self.shape = shape

    @staticmethod
    def _check(entries: int) -> None:
        if entries > MOST_WEIGHTS:
            msg = f"the weights of a layer must be at most {MOST_WEIGHTS}, not {entries}"
            raise MappingError(msg)

    def _linear(self, node: NirNode) -> None:
        weights = numbers(node, "weight")
        if weights.ndim != 2 or weights.shape[1:] != bare(self.shape):
            msg = (
                f"weight of {node} must be a matrix of outputs x {self.size} for a signal of "
                f"{self.shape}, not {weights.shape}"
            )
            if len(bare(self.shape)) > 1:
                msg += "; a Flatten before it makes one dimension"
            raise MappingError(msg)
        self._put(weights, weights.shape[:1])
        if node.kind == "Affine":
            self.bias = self.offset + spread(node, "bias", self.shape)

    def _scale(self, node: NirNode) -> None:
        factors = spread(node, "scale", self.shape)
        self.weights = factors[:, None] * self.matrix
        self.bias = None if self.bias is None else factors * self.bias

    def _flatten(self, node: NirNode) -> None:
        ends = [
            int(numbers(node, name)) if node.fields.get(name) is not None else default
            for name, default in (("start_dim", 1), ("end_dim", -1))
        ]
        count = len(self.shape)
        start, end = (place + count if place < 0 else place for place in ends)
        if not 0 <= start <= end < count:
            # A graph whose signal is flat already loses nothing.
            if count == 1:
                return
            msg = f"dimensions of {node} must be among the {count} of {self.shape}, not {ends}"
            raise MappingError(msg)
        middle = int(np.prod(self.shape[start : end + 1]))
        self.shape = (*self.shape[:start], middle, *self.shape[end + 1 :])

    def _convolution(self, node: NirNode) -> None:
        kernel = numbers(node, "weight")
        if kernel.ndim != 4:
            msg = f"weight of {node} must have 4 dimensions, not shape {kernel.shape}"
            raise MappingError(msg)
        given = node.fields.get("padding")
        text = given.decode(errors="replace") if isinstance(given, bytes) else given
        strides = self._pair(node, "stride")
        pads: Any
        if isinstance(text, str):
            if text not in ("same", "valid") or (text == "same" and strides != (1, 1)):
                msg = (
                    f"padding of {node} must be numbers, 'valid' or, with a stride of 1, 'same', "
                    f"not {text!r} with a stride of {strides}"
                )
                raise MappingError(msg)
            pads = "SAME_UPPER" if text == "same" else "VALID"
        else:
            pads = tuple((pad, pad) for pad in self._pair(node, "padding"))
        groups = sizes(node, "groups")
        dilations = self._pair(node, "dilation")
        self._unroll(
            node, kernel, strides=strides, dilations=dilations, pads=pads, groups=groups[0]
        )
        bias = spread(node, "bias", self.shape[:1])
        self.bias = self.offset + np.repeat(bias, self.size // len(bias))

    def _pool(self, node: NirNode) -> None:
        width = self._pair(node, "kernel_size")
        if min(width) < 1:
            msg = f"kernel_size of {node} must be at least 1, not {width}"
            raise MappingError(msg)
        channels = self.shape[0]
        kernel = np.ones((channels, 1, *width))
        if node.kind == "AvgPool2d":
            kernel /= width[0] * width[1]
        pads = tuple((pad, pad) for pad in self._pair(node, "padding"))
        strides = self._pair(node, "stride")
        self._unroll(node, kernel, strides=strides, dilations=(1, 1), pads=pads, groups=channels)

    @staticmethod
    def _pair(node: NirNode, name: str) -> tuple[int, int]:
        found = sizes(node, name)
        if len(found) not in (1, 2):
            msg = f"{name} of {node} must be one number or two, not {len(found)}"
            raise MappingError(msg)
        return found[0], found[-1]

    def _unroll(
        self,
        node: NirNode,
        kernel: Floats,
        *,
        strides: tuple[int, int],
        dilations: tuple[int, int],
        pads: Any,
        groups: int,
    ) -> None:
        if len(self.shape) != 3:
            msg = f"{node} must take channels x height x width, not {self.shape}"
            raise MappingError(msg)
        try:
            convolution = Convolution(
                kernel=kernel, strides=strides, dilations=dilations, pads=pads, groups=groups
            )
            weights, shape = unrolled(convolution, self.shape)
        except ValueError as error:
            msg = f"{node}: {error}"
            raise MappingError(msg) from None
        self._put(weights, shape)
