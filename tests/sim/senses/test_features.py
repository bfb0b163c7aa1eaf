import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_sim.senses.features import FeatureRange, SeriesFeatures, window_means


def refused(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


def drawn(seed, channels, points):
    return np.random.default_rng(seed).normal(size=(channels, points))


def quantile_by_hand(values, share):
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 40), st.integers(1, 9))
def test_window_means_are_those_of_points_cut_into_as_many_parts(seed, channels, points, windows):
    series = drawn(seed, channels, points)
    # Every point as so many equal parts, of which each window takes a whole number.
    parts = np.repeat(series, windows, axis=1).reshape(channels, windows, points)
    assert window_means(series, windows) == pytest.approx(parts.mean(axis=2), abs=1e-9)


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 30), st.integers(2, 9))
def test_features_are_means_then_quantiles_then_the_duration(seed, channels, points, quantiles):
    series = drawn(seed, channels, points)
    features = SeriesFeatures(windows=1, quantiles=quantiles, duration=True)
    (found,) = features.of([series])
    expected = [sum(one) / points for one in series.tolist()]
    expected += [
        quantile_by_hand(one, k / (quantiles - 1))
        for one in series.tolist()
        for k in range(quantiles)
    ]
    expected.append(math.log(points))
    assert found == pytest.approx(expected, abs=1e-9)
    assert len(found) == features.count(channels)


@pytest.mark.parametrize(
    ("chosen", "count"),
    [({"windows": 5}, 10), ({"quantiles": 3}, 6), ({"duration": True}, 1)],
)
def test_only_features_that_are_asked_for_are_taken(chosen, count):
    features = SeriesFeatures(**chosen)
    assert features.count(2) == count
    assert features.of([drawn(0, 2, 7), drawn(1, 2, 9)]).shape == (2, count)


def test_range_goes_from_0_to_1_and_clips_what_is_outside():
    span = FeatureRange.of(np.array([[1.0, 5.0, -2.0], [3.0, 5.0, 2.0]]))
    scaled = span.scaled(np.array([[1.0, 5.0, 0.0], [4.0, 6.0, -3.0], [2.5, 4.0, 2.0]]))
    assert scaled.tolist() == [[0.0, 0.0, 0.5], [1.0, 1.0, 0.0], [0.75, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({}, "features must be at least 1, not 0"),
        ({"windows": -1}, "windows must be at least 0, not -1"),
        ({"quantiles": 1}, "quantiles must be 0, or at least 2, not 1"),
        ({"quantiles": -2}, "quantiles must be 0, or at least 2, not -2"),
    ],
)
def test_features_that_cannot_be_are_refused(chosen, message):
    with refused(message):
        SeriesFeatures(**chosen)
