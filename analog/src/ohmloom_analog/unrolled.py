"""Convolutions as matrices: one row an output, with the kernel where it meets the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_WEIGHTS", "Convolution", "unrolled"]

Floats = NDArray[np.float64]

MOST_WEIGHTS = 1 << 24
"""Entries of a matrix that a convolution may be unrolled to."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Convolution:
    """A convolution over any number of dimensions, as ONNX and NIR define it.

    Raises
    ------
    ValueError
        Where a number is out of range, or there isn't one a dimension.
    """

    kernel: Floats
    """Outputs x inputs of a group x size of each dimension."""
    strides: tuple[int, ...]
    """Steps of the kernel."""
    dilations: tuple[int, ...]
    """Distance between its entries."""
    pads: tuple[tuple[int, int], ...] | str
    """Zeros before and behind each dimension, or 'SAME_UPPER', 'SAME_LOWER' or 'VALID'."""
    groups: int = 1
    """Groups of channels that don't meet."""

    def __post_init__(self) -> None:
        """Check."""
        count = self.kernel.ndim - 2
        if count < 1:
            msg = f"kernel must have a dimension beside its channels, not shape {self.kernel.shape}"
            raise ValueError(msg)
        for name in ("strides", "dilations"):
            values = getattr(self, name)
            if len(values) != count or min(values) < 1:
                msg = f"{name} must be {count} numbers of at least 1, not {values}"
                raise ValueError(msg)
        if isinstance(self.pads, str):
            if self.pads not in ("SAME_UPPER", "SAME_LOWER", "VALID"):
                msg = f"pads must be numbers, SAME_UPPER, SAME_LOWER or VALID, not {self.pads}"
                raise ValueError(msg)
        elif len(self.pads) != count or min(min(pair) for pair in self.pads) < 0:
            msg = f"pads must be {count} pairs of numbers of at least 0, not {self.pads}"
            raise ValueError(msg)
        if self.groups < 1 or self.kernel.shape[0] % self.groups:
            msg = f"groups must divide the {self.kernel.shape[0]} outputs, not be {self.groups}"
            raise ValueError(msg)

    @classmethod
    def of_onnx(cls, kernel: Floats, attributes: Mapping[str, Any]) -> Self:
        """Return that of a Conv node, from its kernel and attributes."""
        count = kernel.ndim - 2
        ones = [1] * count
        pads: Any = [int(n) for n in attributes.get("pads", [0] * (2 * count))]
        pads = tuple(zip(pads[:count], pads[count:], strict=True))
        automatic = attributes.get("auto_pad", b"NOTSET").decode()
        return cls(
            kernel=kernel,
            strides=tuple(int(n) for n in attributes.get("strides", ones)),
            dilations=tuple(int(n) for n in attributes.get("dilations", ones)),
            pads=pads if automatic == "NOTSET" else automatic,
            groups=int(attributes.get("group", 1)),
        )

    def padding(self, sizes: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """Return the zeros before and behind each dimension of an input."""
        if not isinstance(self.pads, str):
            return self.pads
        found = []
        for size, stride, width in zip(sizes, self.strides, self._widths, strict=True):
            given = 0 if self.pads == "VALID" else -(-size // stride)
            missing = max(0, (given - 1) * stride + width - size) if given else 0
            less, more = missing // 2, missing - missing // 2
            found.append((less, more) if self.pads == "SAME_UPPER" else (more, less))
        return tuple(found)

    @property
    def _widths(self) -> tuple[int, ...]:
        sizes = self.kernel.shape[2:]
        return tuple((n - 1) * d + 1 for n, d in zip(sizes, self.dilations, strict=True))

    def given(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Return the size of each dimension of the output."""
        return tuple(
            (size + sum(pad) - width) // stride + 1
            for size, pad, width, stride in zip(
                sizes, self.padding(sizes), self._widths, self.strides, strict=True
            )
        )


def unrolled(convolution: Convolution, shape: tuple[int, ...]) -> tuple[Floats, tuple[int, ...]]:
    """Return the matrix of a convolution, and the shape of what it gives.

    Parameters
    ----------
    shape
        Of the input: channels, then the size of each dimension.

    Returns
    -------
    weights
        Outputs x inputs, both counted in C order.
    shape
        Of the output, likewise.

    Raises
    ------
    ValueError
        Where the channels don't fit, nothing is left, or the matrix is too large.
    """
    kernel, groups = convolution.kernel, convolution.groups
    outputs, share = kernel.shape[:2]
    channels, sizes = shape[0], shape[1:]
    if channels != groups * share:
        msg = f"channels must be {groups * share} for the kernel, not {channels}"
        raise ValueError(msg)
    given = convolution.given(sizes)
    if min(given) < 1:
        msg = f"kernel of {kernel.shape[2:]} must fit an input of {tuple(sizes)}, padding included"
        raise ValueError(msg)
    entries = outputs * int(np.prod(given)) * int(np.prod(shape))
    if entries > MOST_WEIGHTS:
        msg = f"matrix must have at most {MOST_WEIGHTS} entries, not {entries}"
        raise ValueError(msg)
    weights = np.zeros((outputs, *given, *shape))
    pads = convolution.padding(sizes)
    per_group = outputs // groups
    for at in product(*(range(n) for n in given)):
        for tap in product(*(range(n) for n in kernel.shape[2:])):
            place = tuple(
                a * stride + t * dilation - pad[0]
                for a, stride, t, dilation, pad in zip(
                    at, convolution.strides, tap, convolution.dilations, pads, strict=True
                )
            )
            if all(0 <= p < size for p, size in zip(place, sizes, strict=True)):
                for group in range(groups):
                    out = slice(group * per_group, (group + 1) * per_group)
                    into = slice(group * share, (group + 1) * share)
                    there: tuple[Any, ...] = (out, *at, into, *place)
                    taken: tuple[Any, ...] = (out, slice(None), *tap)
                    weights[there] = kernel[taken]
    return weights.reshape(outputs * int(np.prod(given)), -1), (outputs, *given)
