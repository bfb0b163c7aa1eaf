"""The task of the main job: scikit-learn's handwritten digits, and a network trained on them."""

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network, from_sklearn

__all__ = ["INPUTS", "OUTPUTS", "DigitsTask", "load_digits_split", "train_digits"]

INPUTS = 64
"""Pixels of a digit, 8 x 8, from 0 to 1."""
OUTPUTS = 10
"""Classes."""

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

_PIXEL_MAXIMUM = 16.0
_HELD_OUT = 0.2
_HIDDEN = 32


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DigitsTask:
    """A network and the digits that it has and hasn't seen."""

    network: Network
    """Trained on four fifths of the digits."""
    train_inputs: Floats
    """Digits that it was trained on, samples x 64."""
    held_out_inputs: Floats
    """Digits that it has not seen, samples x 64."""
    held_out_labels: Labels
    """Their classes."""
    float_accuracy: float
    """Share of the held-out digits that the network gets right in floating point."""


def load_digits_split(seed: int) -> tuple[Floats, Floats, Labels, Labels]:
    """Return training inputs, held-out inputs, training labels and held-out labels.

    Every class is split alike; the seed decides which digits are held out.
    """
    pixels, labels = _sklearn("datasets").load_digits(return_X_y=True)
    train, held_out = _sklearn("model_selection").train_test_split(
        np.arange(len(labels)), test_size=_HELD_OUT, stratify=labels, random_state=seed
    )
    x = np.asarray(pixels, dtype=np.float64) / _PIXEL_MAXIMUM
    y = np.asarray(labels, dtype=np.int64)
    return x[train], x[held_out], y[train], y[held_out]


def train_digits(seed: int) -> DigitsTask:
    """Train an MLP 64-32-10 on the digits, in some seconds.

    Parameters
    ----------
    seed
        Of the split, of the first weights and of the order of the samples; from 0 to 2^32 - 1.
    """
    train_x, held_x, train_y, held_y = load_digits_split(seed)
    model = _sklearn("neural_network").MLPClassifier(
        (_HIDDEN,), max_iter=400, alpha=1e-2, learning_rate_init=3e-3, random_state=seed
    )
    with warnings.catch_warnings():
        # The held-out accuracy tells whether training was long enough.
        warnings.simplefilter("ignore", _sklearn("exceptions").ConvergenceWarning)
        model.fit(train_x, train_y)
    network = from_sklearn(model)
    predicted = network.activations(held_x)[-1].argmax(axis=1)
    return DigitsTask(
        network=network,
        train_inputs=train_x,
        held_out_inputs=held_x,
        held_out_labels=held_y,
        float_accuracy=float((predicted == held_y).mean()),
    )


def _sklearn(module: str) -> Any:
    # It takes seconds to import, and no command but the main job needs it.
    return importlib.import_module(f"sklearn.{module}")
