"""From a float network to integers: scales, weights, biases and what was clipped.

======  ============================================  ====
symbol  name                                          unit
======  ============================================  ====
s_x     size of one LSB of a layer's input            -
s_w     size of one LSB of a layer's weights          -
s_y     size of one LSB of the next layer's input     -
======  ============================================  ====
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.codes import Requantiser
from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import Network
from ohmloom_analog.spec import ChipSpec

__all__ = ["IntegerLayer", "IntegerNetwork", "quantise", "quantise_inputs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegerLayer:
    """A layer as the chip holds it."""

    weights: NDArray[np.int64]
    """Weights, outputs x inputs."""
    bias: NDArray[np.int64]
    """Bias in units of s_x s_w, one an output."""
    scale: Requantiser | None
    """From the sum to the next layer's input; None for the last layer, whose sums are results."""
    relu: bool
    """Whether negative sums become zero."""
    signed: bool
    """Whether inputs may be negative."""
    weight_lsb: float
    """s_w."""
    output_lsb: float
    """Size of one unit of the layer's output: s_y, or s_x s_w for the last layer."""
    clipped_weights: int
    """Weights that were outside what a weight can hold."""
    clipped_biases: int
    """Biases that were outside the accumulator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegerNetwork:
    """Layers as the chip holds them."""

    layers: tuple[IntegerLayer, ...]
    """From input to output."""
    input_lsb: float
    """s_x of the first layer."""


def quantise_inputs(spec: ChipSpec, x: ArrayLike, lsb: float) -> tuple[NDArray[np.int64], int]:
    """Round inputs to the chip's integers.

    Parameters
    ----------
    x
        Inputs, samples x inputs.
    lsb
        Size of one LSB.

    Returns
    -------
    The integers, and how many were clipped.

    Raises
    ------
    MappingError
        Where an input isn't finite, or is negative on a chip whose inputs aren't signed.
    """
    values = np.asarray(x, dtype=np.float64)
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        msg = f"inputs must be finite, not {values[place]} at {place}"
        raise MappingError(msg)
    if not spec.input.signed and (values < 0).any():
        msg = (
            f"inputs must not be negative on a chip with input.signed = false, "
            f"not {values.min():g}: set input.signed = true"
        )
        raise MappingError(msg)
    whole = np.rint(values / lsb).astype(np.int64)
    inside = np.clip(whole, -spec.input.maximum, spec.input.maximum)
    return inside, int((inside != whole).sum())


def quantise(
    spec: ChipSpec, network: Network, samples: ArrayLike, *, exact: bool = False
) -> IntegerNetwork:
    """Choose scales and round a network to integers.

    Each layer's largest weight becomes the largest integer, and the largest activation that the
    samples cause becomes the largest input of the next layer.

    Parameters
    ----------
    samples
        Typical inputs, samples x inputs, from which the activations' scales are taken.
    exact
        Take weights and inputs as the integers that they are, with an LSB of 1.

    Raises
    ------
    MappingError
        Where shapes don't fit, a hidden layer without ReLU meets a chip without signed inputs, or
        a layer has only zero weights or activations and thus no scale.
    """
    x = np.atleast_2d(np.asarray(samples, dtype=np.float64))
    if x.shape[1] != network.inputs or x.shape[0] == 0:
        msg = f"samples must be of shape n x {network.inputs} with n > 0, not {x.shape}"
        raise MappingError(msg)
    peak = float(np.abs(x).max())
    input_lsb = 1.0 if exact else (peak or 1.0) / spec.input.maximum
    lsb, layers = input_lsb, []
    outputs = network.activations(x)
    top = spec.weight_range[1]
    signed = spec.input.signed and bool((x < 0).any())
    for index, layer in enumerate(network.layers):
        last = index == len(network.layers) - 1
        weight_lsb = 1.0 if exact else (float(np.abs(layer.weights).max()) or 1.0) / top
        if not last and layer.activation == "none" and not spec.input.signed:
            msg = f"layer {index} must have ReLU, not none, unless the chip has input.signed = true"
            raise MappingError(msg)
        sum_lsb = lsb * weight_lsb
        output_lsb = sum_lsb
        scale = None
        if not last:
            peak = float(np.abs(outputs[index]).max())
            if peak == 0.0:
                msg = f"layer {index} must have an output other than zero for some sample"
                raise MappingError(msg)
            output_lsb = peak / spec.input.maximum
            scale = Requantiser.of(sum_lsb / output_lsb)
        weights, clipped_weights = _rounded(layer.weights / weight_lsb, *spec.weight_range)
        limit = (1 << (spec.total_bits - 1)) - 1
        bias, clipped_biases = _rounded(layer.bias / sum_lsb, -limit - 1, limit)
        relu = layer.activation == "relu"
        layers.append(
            IntegerLayer(
                weights=weights,
                bias=bias,
                scale=scale,
                relu=relu,
                signed=signed,
                weight_lsb=weight_lsb,
                output_lsb=output_lsb,
                clipped_weights=clipped_weights,
                clipped_biases=clipped_biases,
            )
        )
        lsb, signed = output_lsb, not relu
    return IntegerNetwork(layers=tuple(layers), input_lsb=input_lsb)


def _rounded(values: NDArray[np.float64], low: int, high: int) -> tuple[NDArray[np.int64], int]:
    whole = np.rint(values)
    inside = np.clip(whole, low, high)
    return inside.astype(np.int64), int((inside != whole).sum())
