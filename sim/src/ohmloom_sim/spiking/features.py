"""Signals of any length as a fixed number of values from 0 to 1: one an input line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["UnitScale", "resampled", "segment_features", "unit_scale"]

Floats = NDArray[np.float64]


def resampled(signal: Floats, samples: int) -> Floats:
    """Return a signal at evenly spaced times from its first sample to its last.

    Parameters
    ----------
    signal
        Samples of each channel, (before, channels).
    samples
        How many there are to be, at least 1.

    Returns
    -------
    numpy.ndarray
        The signal, (samples, channels), by straight lines between what was there.
    """
    before = np.arange(len(signal))
    times = np.linspace(0, len(signal) - 1, samples)
    return np.stack([np.interp(times, before, channel) for channel in signal.T], axis=1)


def segment_features(signal: Floats, segments: int, *, changes: bool) -> Floats:
    """Return each channel's mean, and its mean change from sample to sample, in parts of the time.

    Parameters
    ----------
    signal
        Samples of each channel, (samples, channels).
    segments
        How many parts of equal length the time is cut into; a sample may lie in two, with weight.
    changes
        Whether the means of the change's magnitude follow those of the signal.

    Returns
    -------
    numpy.ndarray
        Means, part by part, (segments x channels,), or twice as many with changes.
    """
    means = _segment_means(signal, segments).ravel()
    if not changes:
        return means
    change = np.abs(np.diff(signal, axis=0, prepend=signal[:1]))
    return np.concatenate([means, _segment_means(change, segments).ravel()])


def _segment_means(values: Floats, segments: int) -> Floats:
    length, channels = values.shape
    sums = np.vstack([np.zeros(channels), np.cumsum(values, axis=0)])
    edges = np.linspace(0, length, segments + 1)
    at_edges = [np.interp(edges, np.arange(length + 1), column) for column in sums.T]
    means: Floats = np.diff(np.stack(at_edges, axis=1), axis=0) * (segments / length)
    return means


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class UnitScale:
    """Takes each value's range in some samples to 0 to 1."""

    low: Floats
    """Least of each value, (values,)."""
    span: Floats
    """From the least to the greatest, and 1 where they are the same, (values,)."""

    def __call__(self, values: Floats) -> Floats:
        """Return values of (samples, values) from 0 to 1; what is outside is clipped."""
        return np.asarray(np.clip((values - self.low) / self.span, 0.0, 1.0))


def unit_scale(values: Sequence[Floats] | Floats) -> UnitScale:
    """Return the scale that takes the values of (samples, values) to 0 to 1."""
    rows = np.asarray(values)
    low, span = rows.min(axis=0), np.ptp(rows, axis=0)
    return UnitScale(low=low, span=np.where(span > 0, span, 1.0))
