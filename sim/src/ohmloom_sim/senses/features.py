"""From time series of any length to inputs of a chip: a fixed number of values from 0 to 1.

Three kinds of features, each with its reason:

*   means of windows, equal stretches of the series: its course, with lengths evened out. Where a
    stretch ends between two points, the point counts with its share.
*   quantiles of a channel, evenly from its least to its greatest value: how strong a movement is,
    whenever it comes.
*   the duration, as the logarithm of the number of points.

Inputs of most chips have no sign, so each feature is moved and scaled until those of the training
samples go from 0 to 1. What other samples have beyond is clipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FeatureRange", "SeriesFeatures", "window_means"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesFeatures:
    """Which features are taken of a series."""

    windows: int = 0
    """Windows of each channel; 0 for none."""
    quantiles: int = 0
    """Quantiles of each channel, the least and the greatest value included; 0 for none."""
    duration: bool = False
    """Whether the duration is one."""

    def __post_init__(self) -> None:
        """Check that there are some."""
        if self.windows < 0:
            msg = f"windows must be at least 0, not {self.windows}"
            raise ValueError(msg)
        if self.quantiles < 0 or self.quantiles == 1:
            msg = f"quantiles must be 0, or at least 2, not {self.quantiles}"
            raise ValueError(msg)
        if not (self.windows or self.quantiles or self.duration):
            msg = "features must be at least 1, not 0"
            raise ValueError(msg)

    def count(self, channels: int) -> int:
        """Return how many features a series of so many channels has."""
        return channels * (self.windows + self.quantiles) + self.duration

    def of(self, series: Sequence[Floats]) -> Floats:
        """Return the features, samples x features, of series of channels x points.

        Means come first, channel by channel, then quantiles likewise, then the duration.
        """
        shares = np.linspace(0.0, 1.0, self.quantiles)
        return np.array(
            [
                np.concatenate(
                    [
                        window_means(one, self.windows).ravel(),
                        np.quantile(one, shares, axis=1).T.ravel(),
                        [np.log(one.shape[1])] if self.duration else [],
                    ]
                )
                for one in series
            ]
        )


def window_means(series: Floats, windows: int) -> Floats:
    """Return the means of equal stretches, channels x windows, of a series of channels x points."""
    points = series.shape[1]
    ends = np.linspace(0.0, points, windows + 1)
    summed = np.cumsum(np.pad(series, ((0, 0), (1, 0))), axis=1)
    at_ends = np.array([np.interp(ends, np.arange(points + 1), one) for one in summed])
    means: Floats = np.diff(at_ends, axis=1) * windows / points
    return means


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class FeatureRange:
    """What features go from and to."""

    low: Floats
    """Least value of each."""
    high: Floats
    """Greatest value of each."""

    @classmethod
    def of(cls, features: Floats) -> "FeatureRange":
        """Return the range of features, samples x features."""
        return cls(low=features.min(axis=0), high=features.max(axis=0))

    def scaled(self, features: Floats) -> Floats:
        """Return features from 0 to 1, clipped where they are outside the range.

        A feature that has one value in the whole range says nothing, and becomes 0 at that value.
        """
        width = self.high - self.low
        scaled: Floats = np.clip((features - self.low) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        return scaled
