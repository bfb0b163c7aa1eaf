"""Signals to know: digits, and the sounds and motions of the sensory tasks, as they are sampled.

A digit is a signal of eight channels, its columns, which is swept row by row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_sim.digits import load_digits_split
from ohmloom_sim.senses.catalogue import SENSES
from ohmloom_sim.senses.series import Part
from ohmloom_sim.senses.series import load_series as load_part

__all__ = ["SERIES", "SeriesSplit", "check_task", "load_series"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SERIES: Mapping[str, str] = {"digits": "scikit-learn digits"} | {
    name: sense.dataset for name, sense in SENSES.items()
}
"""Tasks, and the data set of each."""

_SIDE = 8


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SeriesSplit:
    """Signals of (samples, channels) each, of lengths of their own, and their classes."""

    train: tuple[Floats, ...]
    """Signals to learn from."""
    train_labels: Integers
    """Their classes, from 0."""
    test: tuple[Floats, ...]
    """Signals to judge by."""
    test_labels: Integers
    """Their classes."""


def check_task(name: str) -> None:
    """Refuse what is not one of `SERIES`.

    Raises
    ------
    ValueError
        Where there is no such task.
    """
    if name not in SERIES:
        msg = f"task must be one of {', '.join(SERIES)}, not {name!r}"
        raise ValueError(msg)


def load_series(name: str, seed: int) -> SeriesSplit:
    """Load a task's signals, split as their data set splits them.

    Parameters
    ----------
    name
        One of `SERIES`.
    seed
        Of the split of the digits, of which a fifth is to judge by, and of the order of what is to
        judge by in the others, which is that of `ohmloom_sim.senses.samples.train_sense`.

    Raises
    ------
    ValueError
        Where there is no such task.
    ToolError
        Where the data sets aren't installed.
    """
    check_task(name)
    if name == "digits":
        return _digits(seed)
    train, train_labels = _part(name, "TRAIN")
    test, test_labels = _part(name, "TEST")
    order = np.random.default_rng(seed).permutation(len(test))
    return SeriesSplit(
        train=train,
        train_labels=train_labels,
        test=tuple(test[int(place)] for place in order),
        test_labels=test_labels[order],
    )


def _digits(seed: int) -> SeriesSplit:
    train, test, train_labels, test_labels = load_digits_split(seed)
    return SeriesSplit(
        train=tuple(train.reshape(-1, _SIDE, _SIDE)),
        train_labels=train_labels,
        test=tuple(test.reshape(-1, _SIDE, _SIDE)),
        test_labels=test_labels,
    )


def _part(name: str, part: Part) -> tuple[tuple[Floats, ...], Integers]:
    held = load_part(name, SENSES[name].dataset, part)
    places = {label: place for place, label in enumerate(SENSES[name].classes)}
    labels = np.array([places[label] for label in held.labels], dtype=np.int64)
    return tuple(signal.T for signal in held.series), labels
