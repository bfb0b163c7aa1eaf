"""Training of a spiking layer and its readout, with a surrogate for the slope of a spike.

The network is that of `ohmloom_sim.spiking.layers` with one spiking layer and membranes that sum
its spikes; currents of every tick are left out, so that without events nothing happens. The slope
of a spike over the membrane v is taken as ``1 / (1 + k |v - 1|)^2`` on the way back, and weights
are rounded on the way there and not on the way back, so that they learn to live with their bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.spiking.coding import Events
from ohmloom_sim.spiking.layers import FloatLayer
from ohmloom_sim.spiking.rounding import column_steps

__all__ = ["TrainingRecipe", "train_layers"]

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

_STEEPNESS = 5.0
# From membranes, which count tens of spikes, to logits.
_TEMPERATURE = 0.3
_FIRST_SCALE = 0.5
_MEAN_DECAY, _SQUARE_DECAY = 0.9, 0.999


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRecipe:
    """How a spiking layer learns."""

    hidden: int = 64
    """Neurons of the spiking layer."""
    epochs: int = 40
    """Walks over all samples."""
    batch: int = 16
    """Samples of a step."""
    rate: float = 5e-3
    """Size of the first step; it falls to 0 linearly."""
    decay: float = 1e-4
    """Pull of each weight to 0."""
    shortest: float = 5.0
    """Shortest time constant of a neuron [ticks], above 1."""
    longest: float = 100.0
    """Longest; the constants are drawn between them on a logarithmic scale [ticks]."""

    def __post_init__(self) -> None:
        """Check ranges."""
        for name in ("hidden", "epochs", "batch"):
            if getattr(self, name) < 1:
                msg = f"{name} must be at least 1, not {getattr(self, name)}"
                raise ValueError(msg)
        if not 1 < self.shortest <= self.longest:
            msg = (
                "time constants must be above 1 tick and the shortest first, "
                f"not {self.shortest} and {self.longest}"
            )
            raise ValueError(msg)
        if self.rate <= 0 or self.decay < 0:
            msg = f"rate must be above 0 and decay at least 0, not {self.rate} and {self.decay}"
            raise ValueError(msg)


def train_layers(
    events: Sequence[Events],
    labels: Integers,
    recipe: TrainingRecipe,
    *,
    bits: int,
    rng: np.random.Generator,
    on_epoch: Callable[[int], None] | None = None,
) -> tuple[FloatLayer, FloatLayer]:
    """Train a layer of leaky neurons and membranes that read it.

    Parameters
    ----------
    events
        One array of (ticks, lines) a sample.
    labels
        Class of each sample, from 0.
    recipe
        How.
    bits
        Of a weight with its sign.
    rng
        Of first weights, time constants and the order of samples.
    on_epoch
        Told the number of epochs that are through.

    Returns
    -------
    tuple
        The spiking layer and the readout, not rounded.
    """
    batch = _stacked(events)
    classes = int(labels.max()) + 1
    constants = np.exp(rng.uniform(np.log(recipe.shortest), np.log(recipe.longest), recipe.hidden))
    network = _Network(batch.shape[2], classes, 1.0 / constants, bits, rng)
    for epoch in range(recipe.epochs):
        order = rng.permutation(len(labels))
        rate = recipe.rate * (1.0 - epoch / recipe.epochs)
        for first in range(0, len(order), recipe.batch):
            places = order[first : first + recipe.batch]
            slopes = network.slopes(batch[:, places], labels[places])
            network.move(slopes, rate, recipe.decay)
        if on_epoch is not None:
            on_epoch(epoch + 1)
    return network.layers()


def _stacked(events: Sequence[Events]) -> Floats:
    # Ticks are added in front, where all states are 0 and stay so without events.
    ticks, lines = max(len(sample) for sample in events), events[0].shape[1]
    batch = np.zeros((ticks, len(events), lines), dtype=np.float32)
    for place, sample in enumerate(events):
        batch[ticks - len(sample) :, place] = sample
    return batch


class _Network:
    """Weights that learn; arrays over time are (ticks, samples, lines or neurons)."""

    def __init__(
        self,
        lines: int,
        classes: int,
        leak: NDArray[np.float64],
        bits: int,
        rng: np.random.Generator,
    ) -> None:
        hidden = len(leak)
        self._leak, self._bits = leak, bits
        self._kept = (1.0 - leak).astype(np.float32)
        first = rng.normal(0.0, _FIRST_SCALE, (lines, hidden))
        last = rng.normal(0.0, 1.0 / np.sqrt(hidden), (hidden, classes))
        self._weights: list[Floats] = [first.astype(np.float32), last.astype(np.float32)]
        self._means = [np.zeros_like(weights) for weights in self._weights]
        self._squares = [np.zeros_like(weights) for weights in self._weights]
        self._steps = 0

    def layers(self) -> tuple[FloatLayer, FloatLayer]:
        first, last = (weights.astype(np.float64) for weights in self._weights)
        classes = last.shape[1]
        spiking = FloatLayer(weights=first, bias=np.zeros(len(self._leak)), leak=self._leak)
        readout = FloatLayer(
            weights=last, bias=np.zeros(classes), leak=np.zeros(classes), spiking=False
        )
        return spiking, readout

    def slopes(self, batch: Floats, labels: Integers) -> tuple[Floats, Floats]:
        """Return how the mean cross-entropy of a batch grows with each weight."""
        first, last = (self._rounded(weights) for weights in self._weights)
        membranes, spikes = self._run(batch @ first)
        total = spikes.sum(axis=0)
        error = _softmax(_TEMPERATURE * (total @ last))
        error[np.arange(len(labels)), labels] -= 1.0
        error *= _TEMPERATURE / len(labels)
        wanted = error @ last.T
        steep = wanted / (1.0 + _STEEPNESS * np.abs(membranes - 1.0)) ** 2
        carried = np.zeros_like(wanted)
        for tick in range(len(batch) - 1, -1, -1):
            # What a spike takes from the membrane is not followed back.
            carried = steep[tick] + self._kept * carried
            steep[tick] = carried
        lines, hidden = first.shape
        return batch.reshape(-1, lines).T @ steep.reshape(-1, hidden), total.T @ error

    def _run(self, currents: Floats) -> tuple[Floats, Floats]:
        membranes, spikes = np.empty_like(currents), np.empty_like(currents)
        state = np.zeros_like(currents[0])
        for tick, current in enumerate(currents):
            state = self._kept * state + current
            membranes[tick] = state
            spikes[tick] = state >= 1.0
            state -= spikes[tick]
        return membranes, spikes

    def _rounded(self, weights: Floats) -> Floats:
        steps = column_steps(weights.astype(np.float64), self._bits).astype(np.float32)
        return np.asarray(np.rint(weights / steps) * steps)

    def move(self, slopes: tuple[Floats, Floats], rate: float, decay: float) -> None:
        """Step down the slopes, each weight by what its own slopes have been (Adam)."""
        self._steps += 1
        for place, (weights, slope) in enumerate(zip(self._weights, slopes, strict=True)):
            pull = slope + decay * weights
            self._means[place] += (1.0 - _MEAN_DECAY) * (pull - self._means[place])
            self._squares[place] += (1.0 - _SQUARE_DECAY) * (pull * pull - self._squares[place])
            mean = self._means[place] / (1.0 - _MEAN_DECAY**self._steps)
            square = self._squares[place] / (1.0 - _SQUARE_DECAY**self._steps)
            self._weights[place] = weights - rate * mean / (np.sqrt(square) + 1e-8)


def _softmax(logits: Floats) -> Floats:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
