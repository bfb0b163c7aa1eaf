"""From a spiking network to the cells of the tiles and the step table of one tick.

The input buffer holds, one after another, the network's input lines and the neurons of each layer.
So a layer finds the spikes of the layer before, and right behind them its own of the tick before:
a recurrent layer is one matrix over both.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.mapping import Mapping, Placement, map_network
from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.quantisation import IntegerLayer, IntegerNetwork
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spiking_spec import SpikingSpec
from ohmloom_analog.table import LayerTable, Step

__all__ = ["SpikingMapping", "map_spiking"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SpikingMapping:
    """A spiking network on a chip."""

    network: SpikingNetwork
    """What is held."""
    placements: tuple[Placement, ...]
    """Where its weights are held, one a step; a recurrent layer's own spikes follow its inputs."""
    table: LayerTable
    """What the sequencer runs each tick."""
    levels: tuple[NDArray[np.int64], ...]
    """Cell levels, one array of rows x lines a tile."""
    neurons: tuple[Neuron, ...]
    """Those of all layers, in order; the place of each is its number on the chip."""
    inputs: int
    """Input lines, on entries 0 and up of the input buffer."""
    outputs: range
    """Numbers of the neurons of the last layer."""


def map_spiking(spec: ChipSpec, network: SpikingNetwork) -> SpikingMapping:
    """Place a spiking network on a chip.

    Raises
    ------
    MappingError
        Where the chip has no spiking mode, a weight or a neuron is not one that it can hold, or
        the network needs more than is there.
    """
    spiking = spec.spiking
    if spiking is None:
        msg = f"chip '{spec.name}' must have a section [spiking] to run a spiking network, not none"
        raise MappingError(msg)
    neurons = tuple(neuron for layer in network.layers for neuron in layer.neurons)
    if len(neurons) > spiking.neurons:
        msg = f"network must fit the {spiking.neurons} neurons of the chip, not need {len(neurons)}"
        raise MappingError(msg)
    for place, neuron in enumerate(neurons):
        _check_neuron(spiking, place, neuron)
    inputs = len(network.layers[0].weights)
    dense = map_network(spec, _as_layers(spec, network))
    last = len(network.layers[-1].neurons)
    return SpikingMapping(
        network=network,
        placements=dense.placements,
        table=_table(spec, network, dense, inputs),
        levels=dense.levels,
        neurons=neurons,
        inputs=inputs,
        outputs=range(len(neurons) - last, len(neurons)),
    )


def _check_neuron(spiking: SpikingSpec, place: int, neuron: Neuron) -> None:
    if neuron.state_bits != spiking.state_bits:
        msg = (
            f"state_bits of neuron {place} must be the chip's {spiking.state_bits}, "
            f"not {neuron.state_bits}"
        )
        raise MappingError(msg)
    if neuron.kind == "cuba_lif" and not spiking.synapses:
        msg = (
            f"neuron {place} must not be current-based (cuba_lif) on a chip with "
            "spiking.synapses = false: set it to true"
        )
        raise MappingError(msg)


def _matrix(layer: SpikingLayer) -> NDArray[np.int64]:
    """Return weights and recurrent weights as one matrix, neurons x lines."""
    rows = (*layer.weights, *(layer.recurrent or ()))
    return np.array(rows, np.int64).reshape(len(rows), len(layer.neurons)).T


def _as_layers(spec: ChipSpec, network: SpikingNetwork) -> IntegerNetwork:
    """Return what the arrays hold, as a dense network whose sums are all results."""
    low, high = spec.weight_range
    layers = []
    for index, layer in enumerate(network.layers):
        weights = _matrix(layer)
        if weights.min() < low or weights.max() > high:
            worst = weights.min() if weights.min() < low else weights.max()
            msg = f"weights of layer {index} must be in [{low}, {high}], not {worst}"
            raise MappingError(msg)
        layers.append(
            IntegerLayer(
                weights=weights,
                bias=np.zeros(len(weights), np.int64),
                scale=None,
                relu=False,
                signed=False,
                weight_lsb=1.0,
                output_lsb=1.0,
                clipped_weights=0,
                clipped_biases=0,
            )
        )
    return IntegerNetwork(layers=tuple(layers), input_lsb=1.0)


def _table(spec: ChipSpec, network: SpikingNetwork, dense: Mapping, inputs: int) -> LayerTable:
    """Return the steps over the input buffer as this module lays it out."""
    # Neurons before each layer, and before the network's end.
    before = np.cumsum([0, *(len(layer.neurons) for layer in network.layers)]).tolist()
    steps: list[Step] = []
    for place, step in zip(dense.placements, dense.table.steps, strict=True):
        layer = place.layer
        base = 0 if layer == 0 else inputs + before[layer - 1]
        whole = place.outputs.stop == len(network.layers[layer].neurons)
        steps.append(
            replace(
                step,
                input_base=base + place.inputs.start,
                output_base=before[layer] + place.outputs.start,
                bias_base=0,
                fire=step.finish and whole,
            )
        )
    return LayerTable(
        steps=tuple(steps),
        biases=(0,) * spec.columns,
        inputs=inputs,
        outputs=before[-1],
    )
