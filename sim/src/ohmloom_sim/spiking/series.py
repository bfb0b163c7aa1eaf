"""Signals to know: digits, vowels, motions and gestures, as they are sampled.

Vowels, motions and gestures come with the package `aeon`, in files that are read here without
importing it. A digit is a signal of eight channels, its columns, which is swept row by row.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import ToolError
from ohmloom_sim.digits import load_digits_split

__all__ = ["SERIES", "SeriesSplit", "load_series"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SERIES: Mapping[str, str] = {
    "digits": "scikit-learn digits",
    "japanese-vowels": "JapaneseVowels",
    "basic-motions": "BasicMotions",
    "pickup-gesture": "PickupGestureWiimoteZ",
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


def load_series(name: str, seed: int) -> SeriesSplit:
    """Load a task's signals, split as their data set splits them.

    Parameters
    ----------
    name
        One of `SERIES`.
    seed
        Of the split of the digits, of which a fifth is to judge by; the others have one of theirs.

    Raises
    ------
    ValueError
        Where there is no such task.
    ToolError
        Where `aeon` is not installed.
    """
    if name not in SERIES:
        msg = f"task must be one of {', '.join(SERIES)}, not {name!r}"
        raise ValueError(msg)
    if name == "digits":
        return _digits(seed)
    folder = _folder() / SERIES[name]
    train, train_names = _read(folder / f"{SERIES[name]}_TRAIN.ts")
    test, test_names = _read(folder / f"{SERIES[name]}_TEST.ts")
    classes = {label: place for place, label in enumerate(sorted(set(train_names)))}
    return SeriesSplit(
        train=tuple(train),
        train_labels=np.array([classes[label] for label in train_names], dtype=np.int64),
        test=tuple(test),
        test_labels=np.array([classes[label] for label in test_names], dtype=np.int64),
    )


def _digits(seed: int) -> SeriesSplit:
    train, test, train_labels, test_labels = load_digits_split(seed)
    return SeriesSplit(
        train=tuple(train.reshape(-1, _SIDE, _SIDE)),
        train_labels=train_labels,
        test=tuple(test.reshape(-1, _SIDE, _SIDE)),
        test_labels=test_labels,
    )


def _folder() -> Path:
    found = importlib.util.find_spec("aeon")
    if found is None or found.origin is None:
        msg = "the package aeon must be installed for this data set: pip install 'ohmloom[senses]'"
        raise ToolError(msg)
    return Path(found.origin).parent / "datasets" / "data"


def _read(path: Path) -> tuple[list[Floats], list[str]]:
    # After a line @data, a sample a line: channels and the class between colons.
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.strip().lower() == "@data":
            break
    signals, labels = [], []
    for line in lines:
        *channels, label = line.strip().split(":")
        if channels:
            rows = [np.array(channel.split(","), dtype=np.float64) for channel in channels]
            signals.append(np.stack(rows, axis=1))
            labels.append(label)
    return signals, labels
