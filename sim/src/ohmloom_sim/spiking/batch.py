"""Many samples through the integer reference at once, and what they cost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import SpikingNetwork
from ohmloom_analog.spike_reference import SpikingReference
from ohmloom_sim.spiking.coding import Events

__all__ = ["Outcome", "ReferenceRun", "Runner", "by_length", "run_reference"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Outcome:
    """What the last layer has given at the end of each sample, all states at 0 at its start."""

    counts: Integers
    """Spikes of each neuron, (samples, neurons)."""
    membranes: Integers
    """Membranes after the last tick in steps of the state, (samples, neurons)."""


Runner = Callable[[SpikingNetwork, Sequence[Events]], Outcome]
"""What runs a network over samples of (ticks, lines) each: the reference, or a chip."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ReferenceRun:
    """What the reference gives, and what it took."""

    outcome: Outcome
    """Of the last layer."""
    events: Integers
    """Spikes that each layer was given, (samples, layers)."""
    products: Integers
    """Ticks in which a layer was given at least one spike, and so needs a matrix-vector product,
    (samples, layers)."""


def by_length(events: Sequence[Events]) -> Iterator[tuple[Integers, Events]]:
    """Give the samples of each number of ticks: their places, and (ticks, samples, lines).

    Raises
    ------
    ValueError
        Where there are no samples, or one has no tick.
    """
    lengths = np.array([len(sample) for sample in events])
    if not lengths.size or not lengths.all():
        msg = f"samples must be there and have at least one tick, not {lengths.tolist()}"
        raise ValueError(msg)
    for ticks in np.unique(lengths):
        places = np.flatnonzero(lengths == ticks)
        yield places, np.stack([events[int(place)] for place in places], axis=1)


def run_reference(network: SpikingNetwork, events: Sequence[Events]) -> ReferenceRun:
    """Run each sample through a network at rest, samples of one length beside each other.

    Parameters
    ----------
    network
        What runs.
    events
        One array of (ticks, lines) a sample.

    Raises
    ------
    ValueError
        Where there are no samples, one has no tick, or its lines are not the network's.
    """
    outputs, layers = len(network.layers[-1].neurons), len(network.layers)
    counts, membranes = (np.zeros((len(events), outputs), dtype=np.int64) for _ in range(2))
    given, products = (np.zeros((len(events), layers), dtype=np.int64) for _ in range(2))
    for places, batch in by_length(events):
        reference = SpikingReference(network, samples=len(places))
        for inputs in batch:
            before = [state.spikes for state in reference.states]
            counts[places] += reference.tick(inputs)
            for layer, spikes in enumerate(_given(network, inputs, before, reference)):
                given[places, layer] += spikes
                products[places, layer] += spikes > 0
        membranes[places] = reference.states[-1].membrane
    outcome = Outcome(counts=counts, membranes=membranes)
    return ReferenceRun(outcome=outcome, events=given, products=products)


def _given(
    network: SpikingNetwork, inputs: Events, before: list[Events], reference: SpikingReference
) -> Iterator[Integers]:
    # Spikes that come into each layer in a tick, with its own of the tick before where they return.
    entering = [inputs, *(state.spikes for state in reference.states[:-1])]
    for layer, own, spikes in zip(network.layers, before, entering, strict=True):
        returned = 0 if layer.recurrent is None else own.sum(axis=1)
        yield np.asarray(spikes.sum(axis=1) + returned)
