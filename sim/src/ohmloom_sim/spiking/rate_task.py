"""Tasks in rate coding: a dense network turned into neurons that integrate and fire.

A neuron that takes its threshold off at a spike spikes at a rate that is its mean current over its
threshold, which is ReLU while the rate is at most one spike a tick. So that it is, the threshold
of a neuron is its largest activation in training. Half a threshold is spread over the ticks as a
current, for a count is cut off, and not rounded, at the end.
"""

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network, from_sklearn
from ohmloom_sim.spiking.coding import rate_events
from ohmloom_sim.spiking.features import segment_features, unit_scale
from ohmloom_sim.spiking.layers import FloatLayer, run_floats
from ohmloom_sim.spiking.rounding import rounded_network
from ohmloom_sim.spiking.series import SeriesSplit, load_series
from ohmloom_sim.spiking.task import Readout, SpikingTask

__all__ = ["DenseTask", "dense_task", "rate_task", "spiking_layers"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SEGMENTS: Mapping[str, int] = {"vowels": 4, "motions": 2, "gestures": 24}
"""Parts that a signal's time is cut into, chosen by cross-validation on the training samples."""

_HIDDEN = 64


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DenseTask:
    """A task without spikes: values from 0 to 1, and a network trained on them."""

    network: Network
    """One hidden layer of ReLU."""
    train: Floats
    """Values that it was trained on, (samples, lines)."""
    test: Floats
    """Values that it has not seen, (samples, lines)."""
    test_labels: Integers
    """Their classes."""

    @property
    def predictions(self) -> Integers:
        """Classes that it finds in what it has not seen."""
        found = self.network.activations(self.test)[-1].argmax(axis=1)
        return np.asarray(found, dtype=np.int64)


def dense_task(name: str, split: SeriesSplit, seed: int) -> DenseTask:
    """Train a dense network on a task's signals, in some seconds.

    Parameters
    ----------
    name
        Of the task; a digit's values are its pixels, those of others what happens in parts of
        their time.
    split
        The signals.
    seed
        Of the first weights and the order of the samples.
    """
    train, test = (_values(name, signals) for signals in (split.train, split.test))
    scale = unit_scale(train)
    model = _sklearn("neural_network").MLPClassifier(
        (_HIDDEN,), max_iter=800, alpha=0.1, learning_rate_init=3e-3, random_state=seed
    )
    with warnings.catch_warnings():
        # The accuracy tells whether training was long enough.
        warnings.simplefilter("ignore", _sklearn("exceptions").ConvergenceWarning)
        model.fit(scale(train), split.train_labels)
    return DenseTask(
        network=from_sklearn(model),
        train=scale(train),
        test=scale(test),
        test_labels=split.test_labels,
    )


def rate_task(
    name: str, seed: int, *, ticks: int = 32, bits: int = 5, readout: Readout = "membrane"
) -> SpikingTask:
    """Train a dense network on a task, and let it run on events whose rates are the values.

    Parameters
    ----------
    name
        One of `ohmloom_sim.spiking.series.SERIES`.
    seed
        Of the split of the digits and of the training.
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
        Where `aeon` is not installed.
    """
    dense = dense_task(name, load_series(name, seed), seed)
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
        late=0,
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
        after = np.full(len(largest), largest.max()) if last else largest
        after = np.where(after > 0, after, 1.0)
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


def _values(name: str, signals: tuple[Floats, ...]) -> Floats:
    if name == "digits":
        return np.stack([signal.ravel() for signal in signals])
    return np.stack([segment_features(signal, _SEGMENTS[name]) for signal in signals])


def _sklearn(module: str) -> Any:
    # It takes seconds to import.
    return importlib.import_module(f"sklearn.{module}")
