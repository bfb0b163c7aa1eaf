"""Tasks in delta coding: events where a signal changes, for leaky neurons trained on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.spiking.coding import Events, delayed, delta_events
from ohmloom_sim.spiking.dense import dense_task
from ohmloom_sim.spiking.layers import run_floats
from ohmloom_sim.spiking.rounding import rounded_network
from ohmloom_sim.spiking.series import load_series
from ohmloom_sim.spiking.task import SpikingTask
from ohmloom_sim.spiking.training import TrainingRecipe, train_layers

__all__ = ["DELTA_RECIPES", "DeltaRecipe", "delta_task"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeltaRecipe:
    """How a task's signals become events, and how a network learns them."""

    threshold: float
    """Change of an event, in standard deviations of the channel; a digit's in whole pixels."""
    ticks_per_sample: int = 1
    """For how long each sample is held [ticks]."""
    samples: int | None = None
    """To how many samples signals are stretched or shrunk first; None leaves them as they are."""
    copies: int = 1
    """How often each event comes, each time on lines of its own."""
    gap: int = 1
    """From one time to the next [ticks]."""
    standard: bool = True
    """Whether channels are taken to mean 0 and deviation 1 first."""
    training: TrainingRecipe
    """How the network learns."""


DELTA_RECIPES: Mapping[str, DeltaRecipe] = {
    "digits": DeltaRecipe(
        threshold=0.25,
        ticks_per_sample=4,
        copies=8,
        gap=4,
        standard=False,
        training=TrainingRecipe(epochs=30, batch=32, rate=1e-2, decay=1e-3),
    ),
    "japanese-vowels": DeltaRecipe(
        threshold=0.5, ticks_per_sample=2, training=TrainingRecipe(epochs=40, decay=3e-3)
    ),
    "basic-motions": DeltaRecipe(
        threshold=0.15, training=TrainingRecipe(epochs=80, batch=10, decay=1e-2)
    ),
    "pickup-gesture": DeltaRecipe(
        threshold=0.25,
        samples=64,
        copies=16,
        gap=4,
        training=TrainingRecipe(epochs=100, batch=10, decay=5e-3, longest=30.0),
    ),
}
"""By task, chosen by cross-validation on the training samples; of what was alike, the smaller."""


def delta_task(
    name: str, seed: int, *, bits: int = 5, on_epoch: Callable[[int], None] | None = None
) -> SpikingTask:
    """Train leaky neurons on the events of a task's signals, in some seconds.

    Parameters
    ----------
    name
        One of `ohmloom_sim.spiking.series.SERIES`.
    seed
        Of the training and of the samples' order, and of the split of the digits.
    bits
        Of a weight with its sign.
    on_epoch
        Told the number of epochs of training that are through.

    Raises
    ------
    ValueError
        Where there is no such task, or there are too few bits.
    ToolError
        Where the data sets aren't installed.
    """
    split, rng = load_series(name, seed), np.random.default_rng(seed)
    recipe = DELTA_RECIPES[name]
    coder = _Coder(recipe, split.train)
    train = [coder(signal)[0] for signal in split.train]
    layers = train_layers(
        train, split.train_labels, recipe.training, bits=bits, rng=rng, on_epoch=on_epoch
    )
    network = rounded_network(layers, bits=bits, peaks=run_floats(layers, train).peaks)
    coded = [coder(signal) for signal in split.test]
    events = tuple(lines for lines, _ in coded)
    found = run_floats(layers, events).membranes.argmax(axis=1)
    return SpikingTask(
        name=name,
        coding="delta",
        network=network,
        weight_bits=bits,
        events=events,
        labels=split.test_labels,
        readout="membrane",
        float_predictions=np.asarray(found, dtype=np.int64),
        dense_predictions=dense_task(name, seed).predictions,
        late=np.array([late for _, late in coded], dtype=np.int64),
    )


class _Coder:
    """Codes signals on the scale of those to learn from."""

    def __init__(self, recipe: DeltaRecipe, signals: tuple[Floats, ...]) -> None:
        self._recipe = recipe
        together = np.vstack(signals)
        self._mean = together.mean(axis=0) if recipe.standard else np.zeros(together.shape[1])
        self._deviation = together.std(axis=0) if recipe.standard else np.ones(together.shape[1])

    def __call__(self, signal: Floats) -> tuple[Events, int]:
        recipe = self._recipe
        if recipe.samples is not None:
            signal = _resampled(signal, recipe.samples)
        coded = delta_events(
            (signal - self._mean) / self._deviation,
            recipe.threshold,
            ticks_per_sample=recipe.ticks_per_sample,
        )
        lines = delayed(coded.events, recipe.copies, recipe.gap)
        return lines, int(coded.late.sum())


def _resampled(signal: Floats, samples: int) -> Floats:
    # By straight lines, from the first sample to the last.
    times = np.linspace(0, len(signal) - 1, samples)
    before = np.arange(len(signal))
    return np.stack([np.interp(times, before, channel) for channel in signal.T], axis=1)
