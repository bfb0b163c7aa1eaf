"""Spiking layers in floating point, before they are rounded.

======  ==================================================  ==============
symbol  name                                                unit
======  ==================================================  ==============
w       weight of an input line                             threshold
b       current of every tick                               threshold
a       leak, dt / tau                                      -
v       membrane: v <- v - a v + sum w + b                  threshold
======  ==================================================  ==============

A neuron spikes where v >= 1, which takes 1 from v.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.spiking.batch import by_length
from ohmloom_sim.spiking.coding import Events

__all__ = ["FloatLayer", "FloatRun", "run_floats"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class FloatLayer:
    """Weights and the neurons that they feed, whose threshold is 1."""

    weights: Floats
    """Weights, (inputs, neurons)."""
    bias: Floats
    """Current of every tick, (neurons,)."""
    leak: Floats
    """Share of the membrane that a tick takes, in [0, 1], (neurons,)."""
    spiking: bool = True
    """Whether the neurons spike; they only integrate in a layer that is read by its membranes."""

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        if self.weights.ndim != 2:
            msg = f"weights must be of shape inputs x neurons, not {self.weights.shape}"
            raise ValueError(msg)
        expected = self.weights.shape[1:]
        for name in ("bias", "leak"):
            if getattr(self, name).shape != expected:
                msg = f"{name} must have the shape {expected}, not {getattr(self, name).shape}"
                raise ValueError(msg)
        if not ((self.leak >= 0) & (self.leak <= 1)).all():
            msg = f"leak must be in [0, 1], not {self.leak}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class FloatRun:
    """What layers in floating point give."""

    counts: NDArray[np.int64]
    """Spikes of the last layer, (samples, neurons)."""
    membranes: Floats
    """Membranes of the last layer after the last tick, (samples, neurons)."""
    peaks: tuple[float, ...]
    """Largest magnitude of a membrane in each layer, before a spike lowers it."""


def run_floats(layers: Sequence[FloatLayer], events: Sequence[Events]) -> FloatRun:
    """Run each sample through layers at rest; within a tick a layer reads the one before it.

    Raises
    ------
    ValueError
        Where there are no samples, or one has no tick.
    """
    outputs = layers[-1].weights.shape[1]
    counts = np.zeros((len(events), outputs), dtype=np.int64)
    membranes = np.zeros((len(events), outputs))
    peaks = [0.0] * len(layers)
    for places, batch in by_length(events):
        states = [np.zeros((len(places), layer.weights.shape[1])) for layer in layers]
        for inputs in batch:
            spikes = inputs
            for index, layer in enumerate(layers):
                before = states[index]
                reached = before - layer.leak * before + spikes @ layer.weights + layer.bias
                peaks[index] = max(peaks[index], float(np.abs(reached).max()))
                spikes = (reached >= 1) & layer.spiking
                states[index] = reached - spikes
            counts[places] += spikes
        membranes[places] = states[-1]
    return FloatRun(counts=counts, membranes=membranes, peaks=tuple(peaks))
