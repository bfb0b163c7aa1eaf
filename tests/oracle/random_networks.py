"""Random integer networks for chips of any kind, mapped by Ohmloom, with their reference."""

import itertools
from typing import Any

import numpy as np
import reference_chip

from ohmloom_analog.codes import Requantiser
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.quantisation import IntegerLayer, IntegerNetwork
from ohmloom_analog.spec import ChipSpec


def random_network(
    spec: ChipSpec, sizes: list[int], rng: np.random.Generator, *, signed: bool = False
) -> Mapping:
    """Return a mapped network of the given layer sizes, with weights over the whole range."""
    low, high = spec.weight_range
    layers = []
    for index, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        last = index == len(sizes) - 2
        relu = not last and not (spec.input.signed and bool(rng.integers(2)))
        weights = rng.integers(low, high, (outputs, inputs), endpoint=True)
        weights[rng.random(weights.shape) < 0.2] = 0
        typical = high * spec.input.maximum * np.sqrt(inputs) / 4
        bias = rng.integers(-int(typical) - 1, int(typical) + 1, outputs, endpoint=True)
        scale = None if last else Requantiser.of(spec.input.maximum / (2 * typical + 1))
        layers.append(
            IntegerLayer(
                weights=weights,
                bias=bias,
                scale=scale,
                relu=relu,
                signed=signed,
                weight_lsb=1.0,
                output_lsb=1.0,
                clipped_weights=0,
                clipped_biases=0,
            )
        )
        signed = not relu
    return map_network(spec, IntegerNetwork(layers=tuple(layers), input_lsb=1.0))


def random_inputs(
    spec: ChipSpec, count: int, width: int, rng: np.random.Generator, *, signed: bool = False
) -> Any:
    """Return inputs over the whole range, with some at its ends and one sample of zeros."""
    top = spec.input.maximum
    inputs = rng.integers(-top if signed else 0, top, (count, width), endpoint=True)
    inputs[rng.random(inputs.shape) < 0.15] = top
    inputs[0] = 0
    return inputs


def reference(
    spec: ChipSpec, mapping: Mapping, sample: Any, row_scale: Any = None
) -> reference_chip.Outcome:
    """Return what the chip must give for one sample; `row_scale` is of tiles x rows."""
    layers = [
        reference_chip.Layer(
            weights=layer.weights.tolist(),
            biases=layer.bias.tolist(),
            multiplier=layer.scale.multiplier if layer.scale else 0,
            shift=layer.scale.shift if layer.scale else 0,
            last=layer.scale is None,
            relu=layer.relu,
            signed=layer.signed,
        )
        for layer in mapping.network.layers
    ]
    tiles = {(p.layer, p.inputs.start, p.outputs.start): p.tile for p in mapping.placements}

    def scale_of(*place: int) -> list[int]:
        return [int(scale) for scale in row_scale[tiles[place]]]

    values = [int(value) for value in sample]
    scaled = None if row_scale is None else scale_of
    return reference_chip.run(spec, layers, values, scaled)
