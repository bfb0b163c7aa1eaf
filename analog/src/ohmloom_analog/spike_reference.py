"""Integer reference of a spiking network: all neurons of a layer at once, tick by tick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.neurons import COEFFICIENT_BITS, Neuron, SpikingLayer, SpikingNetwork

__all__ = ["LayerState", "SpikingReference"]

_Ints = NDArray[np.int64]
_Flags = NDArray[np.bool_]


def _scaled(value: _Ints, multiplier: _Ints, shift: _Ints) -> _Ints:
    half = (np.int64(1) << shift) >> 1
    return (value * multiplier + half) >> shift


@dataclass(kw_only=True, slots=True)
class LayerState:
    """What a layer remembers between ticks; arrays are (neurons,), or (samples, neurons)."""

    membrane: _Ints
    """Membrane potentials, in steps of the state."""
    synapse: _Ints
    """Synaptic currents, in steps of the state; 0 but in current-based neurons."""
    refractory: _Ints
    """Ticks in which no spike may follow."""
    spikes: _Flags
    """Spikes of the tick before."""


class _Layer:
    def __init__(self, layer: SpikingLayer, samples: tuple[int, ...]) -> None:
        def column(name: str) -> _Ints:
            return np.array([getattr(neuron, name) for neuron in layer.neurons], np.int64)

        def flags(name: str, value: str) -> _Flags:
            return np.array([getattr(neuron, name) == value for neuron in layer.neurons])

        self.weights = np.array(layer.weights, np.int64)
        self.recurrent = None if layer.recurrent is None else np.array(layer.recurrent, np.int64)
        names = [name for name in Neuron.__dataclass_fields__ if name not in {"kind", "reset"}]
        self.values = {name: column(name) for name in names}
        self.silent, self.cuba = flags("kind", "li"), flags("kind", "cuba_lif")
        self.subtract = flags("reset", "subtract")
        self.low, self.high = np.array([n.state_range for n in layer.neurons], np.int64).T
        shape = (*samples, len(layer.neurons))
        self.state = LayerState(
            membrane=np.zeros(shape, np.int64),
            synapse=np.zeros(shape, np.int64),
            refractory=np.zeros(shape, np.int64),
            spikes=np.zeros(shape, np.bool_),
        )

    def tick(self, inputs: _Flags) -> _Flags:
        state, given = self.state, self.values
        sums = inputs.astype(np.int64) @ self.weights
        if self.recurrent is not None:
            sums += state.spikes.astype(np.int64) @ self.recurrent
        current = _scaled(sums, given["gain"], given["gain_shift"])
        current = self._through_synapse(current)
        leak = self._leak(state.membrane - given["v_leak"], given["leak"])
        membrane = np.clip(state.membrane - leak + current + given["bias"], self.low, self.high)
        ready = (state.refractory == 0) & ~self.silent
        spikes: _Flags = ready & (membrane >= given["threshold"])
        after = np.where(self.subtract, membrane - given["threshold"], given["v_reset"])
        state.membrane = np.where(spikes, after, membrane)
        waiting = np.maximum(state.refractory - 1, 0)
        state.refractory = np.where(spikes, given["refractory_ticks"], waiting)
        state.spikes = spikes
        return spikes

    def _through_synapse(self, current: _Ints) -> _Ints:
        given, before = self.values, self.state.synapse
        after = before - self._leak(before, given["synapse_leak"]) + current
        self.state.synapse = np.where(self.cuba, np.clip(after, self.low, self.high), 0)
        coupled = _scaled(self.state.synapse, given["couple"], given["couple_shift"])
        return np.where(self.cuba, coupled, current)

    @staticmethod
    def _leak(distance: _Ints, coefficient: _Ints) -> _Ints:
        return _scaled(distance, coefficient, np.full_like(distance, COEFFICIENT_BITS))


class SpikingReference:
    """A network at rest, with all states at 0, that `tick` moves on.

    Parameters
    ----------
    network
        What runs.
    samples
        How many copies run beside each other, each on inputs of its own; None is one, whose arrays
        have no axis for it.
    """

    def __init__(self, network: SpikingNetwork, *, samples: int | None = None) -> None:
        if samples is not None and samples < 1:
            msg = f"samples must be at least 1, not {samples}"
            raise ValueError(msg)
        self._samples = () if samples is None else (samples,)
        self._layers = [_Layer(layer, self._samples) for layer in network.layers]

    @property
    def states(self) -> tuple[LayerState, ...]:
        """State of each layer."""
        return tuple(layer.state for layer in self._layers)

    def tick(self, inputs: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Take one tick's input spikes and return the last layer's.

        Parameters
        ----------
        inputs
            Which input lines carry a spike, (inputs,), or (samples, inputs).

        Returns
        -------
        numpy.ndarray
            Which neurons of the last layer spike, (neurons,), or (samples, neurons).

        Raises
        ------
        ValueError
            Where the mask has not one entry per input, of each sample.
        """
        expected = (*self._samples, len(self._layers[0].weights))
        if inputs.shape != expected:
            msg = f"inputs must have shape {expected}, not {inputs.shape}"
            raise ValueError(msg)
        spikes = inputs
        for layer in self._layers:
            spikes = layer.tick(spikes)
        return spikes
