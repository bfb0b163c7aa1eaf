import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_sim.spiking.features import resampled, segment_features, unit_scale


def test_resampled_signal_keeps_its_ends_and_its_lines():
    signal = np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 2.0]])
    assert resampled(signal, 5).tolist() == [[0, 5], [1, 5], [2, 5], [3, 3.5], [4, 2]]
    assert resampled(signal, 3).tolist() == signal.tolist()


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 12), segments=st.integers(1, 6), seed=st.integers(0, 1000))
def test_segments_are_means_of_what_is_held_for_a_time_each(length, segments, seed):
    signal = np.random.default_rng(seed).normal(size=(length, 2))
    found = segment_features(signal, segments, changes=True)
    # Each sample in as many copies as there are segments: these divide evenly.
    change = np.abs(np.vstack([np.zeros((1, 2)), signal[1:] - signal[:-1]]))
    expected = [
        part.mean(axis=0)
        for values in (signal, change)
        for part in np.split(np.repeat(values, segments, axis=0), segments)
    ]
    assert np.allclose(found, np.concatenate(expected))
    assert np.allclose(segment_features(signal, segments, changes=False), found[: 2 * segments])


def test_scale_takes_a_range_to_0_and_1_and_clips_the_rest():
    scale = unit_scale(np.array([[1.0, 3.0], [3.0, 3.0], [2.0, 3.0]]))
    found = scale(np.array([[1.0, 3.0], [2.5, 3.5], [9.0, 0.0]]))
    assert found.tolist() == [[0.0, 0.0], [0.75, 0.5], [1.0, 0.0]]


@pytest.mark.parametrize("length", [1, 4])
def test_a_constant_signal_has_its_mean_and_no_change(length):
    found = segment_features(np.full((length, 1), 2.5), 3, changes=True)
    assert np.allclose(found, [2.5, 2.5, 2.5, 0, 0, 0])
