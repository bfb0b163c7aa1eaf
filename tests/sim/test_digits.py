import numpy as np
import pytest
from sklearn.datasets import load_digits

from ohmloom_sim.digits import load_digits_split, train_digits


@pytest.fixture(scope="module")
def task():
    return train_digits(0)


def test_a_fifth_of_every_class_is_held_out():
    _, held_x, train_y, held_y = load_digits_split(0)
    assert held_x.shape == (360, 64)
    for digit in range(10):
        held, trained = int((held_y == digit).sum()), int((train_y == digit).sum())
        assert abs(held / (held + trained) - 0.2) < 0.01


def test_every_digit_is_on_one_side_with_its_label():
    train_x, held_x, train_y, held_y = load_digits_split(5)
    pixels, labels = load_digits(return_X_y=True)
    before = sorted((*p, c) for p, c in zip(pixels.tolist(), labels.tolist(), strict=True))
    x, y = np.vstack([train_x, held_x]) * 16, np.concatenate([train_y, held_y])
    after = sorted((*p, c) for p, c in zip(x.tolist(), y.tolist(), strict=True))
    assert after == before


def test_seed_decides_what_is_held_out():
    assert not np.array_equal(load_digits_split(0)[3], load_digits_split(1)[3])


def test_network_is_64_32_10(task):
    assert [layer.weights.shape for layer in task.network.layers] == [(32, 64), (10, 32)]
    assert [layer.activation for layer in task.network.layers] == ["relu", "none"]


def test_float_accuracy_is_that_of_the_network_on_the_held_out_digits(task):
    hidden, last = task.network.layers
    right = 0
    for x, label in zip(task.held_out_inputs, task.held_out_labels, strict=True):
        inner = [
            max(0.0, float(w @ x) + b) for w, b in zip(hidden.weights, hidden.bias, strict=True)
        ]
        outer = [float(w @ inner) + b for w, b in zip(last.weights, last.bias, strict=True)]
        right += outer.index(max(outer)) == label
    assert task.float_accuracy == pytest.approx(right / 360)
    assert task.float_accuracy > 0.95
    assert task.held_out_inputs.max() == 1.0


def test_same_seed_trains_the_same_network(task):
    again = train_digits(0)
    for a, b in zip(task.network.layers, again.network.layers, strict=True):
        assert np.array_equal(a.weights, b.weights)
