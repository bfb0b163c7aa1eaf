"""Tasks in rate coding: a dense network turned into neurons that integrate and fire.

A neuron that takes its threshold off at a spike spikes at a rate that is its mean current over its
threshold, which is ReLU while the rate is at most one spike a tick. So that it is, the threshold
of a neuron is its largest activation in training, if that isn't too small. Half a threshold is
spread over the ticks as a current, for a count is cut off, and not rounded, at the end.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network
from ohmloom_sim.spiking.coding import rate_events
from ohmloom_sim.spiking.dense import dense_task
from ohmloom_sim.spiking.layers import FloatLayer, run_floats
from ohmloom_sim.spiking.rounding import rounded_network
from ohmloom_sim.spiking.task import Readout, SpikingTask

__all__ = ["rate_task", "spiking_layers"]

Floats = NDArray[np.float64]

# Of the largest in the layer: a smaller one would let currents run far beyond it and need a coarser
# state, for neurons that hardly count.
_LEAST_THRESHOLD = 0.125


def rate_task(
    name: str, seed: int, *, ticks: int = 16, bits: int = 5, readout: Readout = "membrane"
) -> SpikingTask:
    """Train a dense network on a task, and let it run on events whose rates are the values.

    Parameters
    ----------
    name
        One of `ohmloom_sim.spiking.series.SERIES`.
    seed
        Of the training and of the samples' order, and of the split of the digits.
    ticks
        How long each sample's events last.
    bits
        Of a weight with its sign.
    readout
        Whether outputs sum up or spike.

    Raises
    ------
    ValueError
        Where there is no such task, or a number is out of its range.
    ToolError
        Where the data sets aren't installed.
    """
    dense = dense_task(name, seed)
    layers = spiking_layers(dense.network, dense.train, ticks=ticks, readout=readout)
    seen = run_floats(layers, [rate_events(values, ticks) for values in dense.train])
    events = tuple(rate_events(values, ticks) for values in dense.test)
    found = run_floats(layers, events)
    outputs = found.membranes if readout == "membrane" else found.counts
    return SpikingTask(
        name=name,
        coding="rate",
        network=rounded_network(layers, bits=bits, peaks=seen.peaks),
        weight_bits=bits,
        events=events,
        labels=dense.test_labels,
        readout=readout,
        float_predictions=np.asarray(outputs.argmax(axis=1), dtype=np.int64),
        dense_predictions=dense.predictions,
        late=np.zeros(len(events), dtype=np.int64),
    )


def spiking_layers(
    network: Network, samples: Floats, *, ticks: int, readout: Readout
) -> tuple[FloatLayer, ...]:
    """Turn a dense network into neurons that integrate and fire.

    Parameters
    ----------
    network
        Layers of ReLU, and a last one without.
    samples
        Inputs from 0 to 1 from which activations are taken, (samples, inputs).
    ticks
        How long a sample lasts.
    readout
        Whether the last layer only integrates, or spikes.
    """
    layers, before = [], np.ones(network.inputs)
    for index, layer in enumerate(network.layers):
        outputs = network.activations(samples)[index]
        last = index == len(network.layers) - 1
        spiking = not last or readout == "count"
        largest = np.maximum(outputs.max(axis=0), 0.0)
        # Outputs are compared with each other, so that they share one scale.
        least = largest.max() * (1.0 if last else _LEAST_THRESHOLD)
        after = np.maximum(largest, least if least > 0 else 1.0)
        half = 0.5 / ticks if spiking else 0.0
        layers.append(
            FloatLayer(
                weights=(layer.weights * before).T / after,
                bias=layer.bias / after + half,
                leak=np.zeros(len(after)),
                spiking=spiking,
            )
        )
        before = after
    return tuple(layers)
