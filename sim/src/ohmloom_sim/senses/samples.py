"""Samples of a sensory task, and the network that is trained on them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import Network
from ohmloom_sim.senses.catalogue import SENSES, Sense
from ohmloom_sim.senses.features import FeatureRange
from ohmloom_sim.senses.series import Part, load_series
from ohmloom_sim.senses.training import train_hardened

__all__ = ["SenseSplit", "SenseTask", "load_split", "train_sense"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SenseSplit:
    """Features of both parts of a data set, scaled by those of the training part."""

    train_inputs: Floats
    """From 0 to 1, samples x features."""
    train_labels: Labels
    """Their classes."""
    test_inputs: Floats
    """From 0 to 1, samples x features, in the order of the file."""
    test_labels: Labels
    """Their classes."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SenseTask:
    """A network, and samples that it has and hasn't seen."""

    network: Network
    """Trained on the training part of the data set."""
    split: SenseSplit
    """The test part in an order of its own."""


def load_split(name: str) -> SenseSplit:
    """Load the features of a sensory task.

    Raises
    ------
    ToolError
        Where the data sets aren't installed.
    MappingError
        Where they hold something else.
    """
    sense = SENSES[name]
    train, train_labels = _part(name, sense, "TRAIN")
    test, test_labels = _part(name, sense, "TEST")
    span = FeatureRange.of(train)
    return SenseSplit(
        train_inputs=span.scaled(train),
        train_labels=train_labels,
        test_inputs=span.scaled(test),
        test_labels=test_labels,
    )


def train_sense(name: str, seed: int) -> SenseTask:
    """Train a network on the training part of a data set, in some seconds.

    Parameters
    ----------
    name
        One of `SENSES`.
    seed
        Of the training, and of the order of the test samples: files have one class after the
        other, and the first samples should be of all.

    Raises
    ------
    ToolError
        Where the data sets aren't installed.
    MappingError
        Where they hold something else.
    """
    sense, split = SENSES[name], load_split(name)
    network = train_hardened(
        split.train_inputs,
        split.train_labels,
        hidden=sense.hidden,
        copies=sense.copies,
        penalty=sense.penalty,
        seed=seed,
    )
    order = np.random.default_rng(seed).permutation(len(split.test_labels))
    shuffled = replace(
        split, test_inputs=split.test_inputs[order], test_labels=split.test_labels[order]
    )
    return SenseTask(network=network, split=shuffled)


def _part(name: str, sense: Sense, part: Part) -> tuple[Floats, Labels]:
    held = load_series(name, sense.dataset, part)
    known = list(sense.classes)
    strange = sorted(set(held.labels) - set(known))
    if strange:
        msg = f"classes of {sense.dataset} must be {', '.join(known)}, not {strange[0]}"
        raise MappingError(msg)
    labels = np.array([known.index(label) for label in held.labels], dtype=np.int64)
    return sense.features.of(held.series), labels
