"""The same tasks without spikes: a network of one hidden layer on values from 0 to 1."""

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network, from_sklearn
from ohmloom_sim.spiking.features import segment_features, unit_scale
from ohmloom_sim.spiking.series import SeriesSplit

__all__ = ["DenseTask", "dense_task"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recipe:
    segments: int | None = None
    changes: bool = False
    hidden: int = 32


# Chosen by cross-validation on the training samples, and of what is alike there the one with the
# fewest lines; all fit the default chip. A digit's values are its pixels.
_RECIPES: Mapping[str, _Recipe] = {
    "digits": _Recipe(),
    "japanese-vowels": _Recipe(segments=4),
    "basic-motions": _Recipe(segments=2, changes=True, hidden=64),
    "pickup-gesture": _Recipe(segments=8, changes=True, hidden=64),
}


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
    recipe = _RECIPES[name]
    train, test = (_values(recipe, signals) for signals in (split.train, split.test))
    scale = unit_scale(train)
    model = _sklearn("neural_network").MLPClassifier(
        (recipe.hidden,), max_iter=800, alpha=0.1, learning_rate_init=3e-3, random_state=seed
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


def _values(recipe: _Recipe, signals: tuple[Floats, ...]) -> Floats:
    parts = recipe.segments
    if parts is None:
        return np.stack([signal.ravel() for signal in signals])
    return np.stack([segment_features(one, parts, changes=recipe.changes) for one in signals])


def _sklearn(module: str) -> Any:
    # It takes seconds to import.
    return importlib.import_module(f"sklearn.{module}")
