import numpy as np
from sklearn.datasets import load_digits

from ohmloom_sim.learning.tasks import digits_task, letters_task


def test_letters_are_thirty_patterns_one_or_no_pixel_from_three_drawings():
    task = letters_task()
    assert task.train_inputs.shape == (30, 10)
    assert np.bincount(task.train_labels).tolist() == [10, 10, 10]
    assert set(np.unique(task.train_inputs)) == {-1, 1}
    assert (task.train_inputs[:, -1] == 1).all()
    drawings = {
        0: "###.#.###",
        1: "#.##.#.#.",
        2: ".#.#.##.#",
    }
    for label, drawing in drawings.items():
        letter = np.array([1 if pixel == "#" else -1 for pixel in drawing])
        patterns = task.train_inputs[task.train_labels == label, :9]
        flips = (patterns != letter).sum(axis=1)
        assert sorted(flips) == [0] + [1] * 9
        assert len(np.unique(patterns, axis=0)) == 10
    assert len(np.unique(task.train_inputs, axis=0)) == 30


def test_digits_are_split_and_have_pixels_of_four_bits_and_a_bias():
    task = digits_task(3)
    pixels, labels = load_digits(return_X_y=True)
    assert len(task.train_labels) + len(task.test_labels) == len(labels)
    assert len(task.test_labels) == 360
    assert (task.inputs, task.classes) == (65, 10)
    every = np.vstack([task.train_inputs, task.test_inputs])
    assert every.min() == 0
    assert every.max() == 15
    assert (every[:, -1] == 15).all()
    expected = np.floor(pixels * 15 / 16 + 0.5)
    # Halves are rounded to even: one level at most.
    assert np.abs(np.sort(every[:, :-1].sum(axis=1)) - np.sort(expected.sum(axis=1))).max() <= 64
    assert len(np.unique(task.test_labels)) == 10


def test_the_seed_decides_what_is_held_out():
    assert np.array_equal(digits_task(1).test_inputs, digits_task(1).test_inputs)
    assert not np.array_equal(digits_task(1).test_inputs, digits_task(2).test_inputs)
