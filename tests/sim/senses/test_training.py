import numpy as np
import pytest
from sklearn.datasets import load_iris

from ohmloom_sim.senses.training import jittered, train_hardened


@pytest.fixture(scope="module")
def samples():
    x, y = load_iris(return_X_y=True)
    return (x - x.min(axis=0)) / np.ptp(x, axis=0), y


@pytest.fixture(scope="module")
def network(samples):
    return train_hardened(*samples, hidden=8, copies=3, penalty=1.0, seed=4)


def test_copies_are_moved_by_a_tenth_and_stay_inside():
    inputs = np.full((50, 4), 0.5)
    moved = jittered(inputs, 100, np.random.default_rng(0))
    assert moved.shape == (5000, 4)
    # The standard error of a deviation is 1 / sqrt(2 n) of it.
    assert abs(moved.std() / 0.1 - 1) < 4 / np.sqrt(2 * moved.size)
    assert abs(moved.mean() - 0.5) < 4 * 0.1 / np.sqrt(moved.size)
    edge = jittered(np.array([[0.0, 1.0]]), 100, np.random.default_rng(0))
    assert (edge.min(), edge.max()) == (0.0, 1.0)
    assert len(np.unique(edge[:, 0])) > 30


def test_copies_of_a_sample_follow_each_other():
    inputs = np.array([[0.1], [0.9]])
    moved = jittered(inputs, 20, np.random.default_rng(1))[:, 0]
    assert moved[:20].mean() < 0.2
    assert moved[20:].mean() > 0.8


def test_network_has_one_hidden_layer_and_tells_classes_apart(network, samples):
    x, y = samples
    assert [layer.weights.shape for layer in network.layers] == [(8, 4), (3, 8)]
    assert [layer.activation for layer in network.layers] == ["relu", "none"]
    assert (network.activations(x)[-1].argmax(axis=1) == y).mean() > 0.9


def test_penalty_keeps_weights_small(network, samples):
    free = train_hardened(*samples, hidden=8, copies=3, penalty=1e-4, seed=4)
    for kept, large in zip(network.layers, free.layers, strict=True):
        assert np.abs(kept.weights).max() < 0.8 * np.abs(large.weights).max()


def test_seed_decides_what_is_trained(network, samples):
    again = train_hardened(*samples, hidden=8, copies=3, penalty=1.0, seed=4)
    other = train_hardened(*samples, hidden=8, copies=3, penalty=1.0, seed=5)
    for layer, same, differing in zip(network.layers, again.layers, other.layers, strict=True):
        assert np.array_equal(layer.weights, same.weights)
        assert not np.array_equal(layer.weights, differing.weights)
