"""Networks and inputs drawn for any chip, with what they give exactly, and arrays without error."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.effects_spec import EffectsSpec
from ohmloom_analog.integer import IntegerRun, run_integers
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec

__all__ = ["DrawnNetwork", "draw_network", "ideal_arrays", "layer_sizes"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DrawnNetwork:
    """A network on a chip, and samples for it."""

    mapping: Mapping
    """Where it is held."""
    inputs: IntArray
    """Samples x inputs."""
    expected: IntegerRun
    """What a chip with perfect arrays gives."""


def layer_sizes(spec: ChipSpec) -> list[int]:
    """Return the sizes of as many layers of one tile each as a chip has room for, up to three."""
    sizes = [spec.data_rows]
    while len(sizes) <= min(spec.tiles, 3):
        sizes.append(min(spec.data_rows, spec.data_columns))
    return sizes


def draw_network(
    spec: ChipSpec,
    sizes: Sequence[int],
    rng: np.random.Generator,
    *,
    samples: int = 4,
    biased: bool = True,
) -> DrawnNetwork:
    """Draw a network of some layer sizes, and inputs over their whole range.

    The first output of a layer has all its weights at the top of their range and the second at the
    bottom; the first sample is 0 and the second the largest. So lines give all that they can, and
    what is handed on is saturated on both sides.
    """
    layers = []
    for index, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        weights = rng.normal(size=(outputs, inputs)).clip(-1, 1)
        weights[0], weights[1:2] = 1.0, -1.0
        bias = rng.normal(size=outputs) * biased
        # Some output must be other than zero, whatever is drawn.
        bias[0] = abs(bias[0])
        last = index == len(sizes) - 2
        layers.append(
            DenseLayer(
                weights=weights,
                bias=bias,
                activation="none" if last else "relu",
            )
        )
    drawn = rng.random((samples, sizes[0])) - 0.5 * spec.input.signed
    drawn[0] = 0.5
    network = quantise(spec, Network(layers=tuple(layers)), drawn)
    whole, _ = quantise_inputs(spec, drawn, network.input_lsb)
    whole[0] = 0
    whole[1:2] = spec.input.maximum
    mapping = map_network(spec, network)
    return DrawnNetwork(mapping=mapping, inputs=whole, expected=run_integers(spec, mapping, whole))


def ideal_arrays(spec: ChipSpec, mapping: Mapping) -> AnalogChip:
    """Return arrays that hold a network without any error of cells and converters."""
    none = {"offset": 0.0, "gain_error": 0.0, "noise": 0.0}
    tiles = tuple(
        group.model_copy(
            update={
                "cell": group.cell.model_copy(update={"spread": 0.0}),
                "effects": EffectsSpec(),
            }
        )
        for group in spec.tile
    )
    ideal = spec.model_copy(
        update={
            "tile": tiles,
            "dac": spec.dac.model_copy(update={**none, "inl": 0.0}),
            "adc": spec.adc.model_copy(update={**none, "inl": 0.0}),
            "tia": spec.tia.model_copy(update={**none, "gain_spread": 0.0, "offset_spread": 0.0}),
        }
    )
    return AnalogChip.build(ideal, mapping.levels, engine="ideal", seed=0)
