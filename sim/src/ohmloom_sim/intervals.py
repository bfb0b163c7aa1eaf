"""Confidence intervals of means and of shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

__all__ = ["MeanInterval", "share_interval", "student_interval", "wilson_interval"]

_CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanInterval:
    """A mean, and between which values the true one is with 95 % confidence."""

    mean: float
    """The mean."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""


def share_interval(shares: Sequence[float]) -> MeanInterval:
    """Return the mean of independent shares, with Student's interval, cut at 0 and 1.

    Raises
    ------
    ValueError
        Where there are fewer than two, or one is no share.
    """
    values = np.asarray(shares, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        msg = f"shares must be at least 2 in a row, not of shape {values.shape}"
        raise ValueError(msg)
    wrong = values[~((values >= 0) & (values <= 1))]
    if wrong.size:
        msg = f"shares must be in [0, 1], not {float(wrong[0])!r}"
        raise ValueError(msg)
    found = student_interval(shares)
    return MeanInterval(mean=found.mean, low=max(0.0, found.low), high=min(1.0, found.high))


def student_interval(values: Sequence[float]) -> MeanInterval:
    """Return the mean of independent values, with Student's interval.

    Raises
    ------
    ValueError
        Where there are fewer than two, or one isn't finite.
    """
    every = np.asarray(values, dtype=np.float64)
    if every.ndim != 1 or len(every) < 2:
        msg = f"values must be at least 2 in a row, not of shape {every.shape}"
        raise ValueError(msg)
    wrong = every[~np.isfinite(every)]
    if wrong.size:
        msg = f"values must be finite, not {float(wrong[0])!r}"
        raise ValueError(msg)
    mean = float(every.mean())
    error = float(every.std(ddof=1)) / len(every) ** 0.5
    reach = float(stdtrit(len(every) - 1, (1 + _CONFIDENCE) / 2)) * error
    return MeanInterval(mean=mean, low=mean - reach, high=mean + reach)


def wilson_interval(share: float, samples: float) -> MeanInterval:
    """Return a share of independent samples that are right, with Wilson's interval.

    Raises
    ------
    ValueError
        Where it is no share, or there isn't a sample.
    """
    if not 0 <= share <= 1:
        msg = f"share must be in [0, 1], not {share!r}"
        raise ValueError(msg)
    if not 1 <= samples < float("inf"):
        msg = f"samples must be finite and at least 1, not {samples!r}"
        raise ValueError(msg)
    square = float(ndtri((1 + _CONFIDENCE) / 2)) ** 2
    centre = (share + square / (2 * samples)) / (1 + square / samples)
    root = (share * (1 - share) / samples + square / (4 * samples**2)) ** 0.5
    reach = square**0.5 * root / (1 + square / samples)
    # Rounding must not leave the share itself outside.
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return MeanInterval(mean=share, low=min(low, share), high=max(high, share))
