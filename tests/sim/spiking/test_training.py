import math

import numpy as np
import pytest

from ohmloom_sim.spiking.layers import run_floats
from ohmloom_sim.spiking.training import TrainingRecipe, _Network, train_layers


def _slopes_by_hand(batch, labels, first, last, leak):
    # The chain rule written out over every spike of every neuron of every sample.
    ticks, samples, lines = batch.shape
    hidden, classes = last.shape
    down_first, down_last = np.zeros((lines, hidden)), np.zeros((hidden, classes))
    for sample in range(samples):
        reached, total = np.zeros((ticks, hidden)), np.zeros(hidden)
        for neuron in range(hidden):
            state = 0.0
            for tick in range(ticks):
                state = state * (1 - leak[neuron]) + batch[tick, sample] @ first[:, neuron]
                reached[tick, neuron] = state
                if state >= 1:
                    state -= 1
                    total[neuron] += 1
        grown = [math.exp(0.3 * (total @ last[:, k])) for k in range(classes)]
        error = [0.3 * (g / sum(grown) - (k == labels[sample])) for k, g in enumerate(grown)]
        for neuron in range(hidden):
            wanted = sum(error[k] * last[neuron, k] for k in range(classes))
            for k in range(classes):
                down_last[neuron, k] += total[neuron] * error[k] / samples
            for tick in range(ticks):
                steep = wanted / (1 + 5 * abs(reached[tick, neuron] - 1)) ** 2
                for earlier in range(tick + 1):
                    kept = (1 - leak[neuron]) ** (tick - earlier)
                    down_first[:, neuron] += steep * kept * batch[earlier, sample] / samples
    return down_first, down_last


def test_slopes_are_those_of_the_chain_rule():
    rng = np.random.default_rng(1)
    leak = np.array([0.1, 0.4, 0.02])
    network = _Network(2, 2, leak, 12, rng)
    batch = (rng.random((6, 4, 2)) < 0.7).astype(np.float32)
    labels = np.array([0, 1, 1, 0])
    spiking, readout = network.layers()
    expected = _slopes_by_hand(batch, labels, spiking.weights, readout.weights, leak)
    found = network.slopes(batch, labels)
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(one, other, atol=2e-3 * np.abs(other).max())
        assert np.abs(other).max() > 0


def _orders(rng, samples):
    # A burst on each of two lines, in the one order or the other, at a time of their own.
    labels = rng.integers(0, 2, samples)
    events = []
    for label in labels:
        sample = np.zeros((rng.integers(16, 20), 2), bool)
        start = rng.integers(0, 8)
        sample[start : start + 4, label] = sample[start + 4 : start + 8, 1 - label] = True
        events.append(sample)
    return events, labels


def test_order_of_events_is_learnt():
    rng = np.random.default_rng(0)
    events, labels = _orders(rng, 120)
    others, other_labels = _orders(rng, 60)
    recipe = TrainingRecipe(hidden=16, epochs=30, shortest=2.0, longest=10.0, rate=2e-2)
    through = []
    layers = train_layers(events, labels, recipe, bits=5, rng=rng, on_epoch=through.append)
    assert through == list(range(1, 31))
    found = run_floats(layers, others).membranes.argmax(axis=1)
    assert (found == other_labels).mean() > 0.95


def test_same_generator_trains_the_same_weights():
    events, labels = _orders(np.random.default_rng(0), 20)
    recipe = TrainingRecipe(hidden=4, epochs=2)
    one, other = (
        train_layers(events, labels, recipe, bits=5, rng=np.random.default_rng(7)) for _ in range(2)
    )
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a.weights, b.weights)
    constants = 1 / one[0].leak
    assert ((constants >= 5) & (constants <= 100)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 0}, "hidden must be at least 1, not 0"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"batch": -1}, "batch must be at least 1, not -1"),
        ({"shortest": 1.0}, "time constants must be above 1 tick and the shortest first, not 1.0"),
        ({"longest": 4.0}, "time constants must be above 1 tick and the shortest first, not 5.0"),
        ({"rate": 0.0}, "rate must be above 0 and decay at least 0, not 0.0"),
    ],
)
def test_recipes_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        TrainingRecipe(**change)
