import re
from dataclasses import replace

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_sim.senses import samples
from ohmloom_sim.senses.catalogue import SENSES
from ohmloom_sim.senses.samples import load_split, train_sense
from ohmloom_sim.senses.series import SeriesSet, load_series

SIZES = {
    "japanese-vowels": (270, 370, 12 * 5 + 1),
    "basic-motions": (40, 40, 6 * 5),
    "pickup-gesture": (50, 50, 8 + 9 + 1),
}


@pytest.fixture(scope="module")
def motions():
    return train_sense("basic-motions", 0)


def test_all_senses_have_their_sizes():
    assert set(SENSES) == set(SIZES)


@pytest.mark.parametrize("name", SIZES)
def test_parts_are_those_of_the_data_set(name):
    train, test, inputs = SIZES[name]
    split = load_split(name)
    assert split.train_inputs.shape == (train, inputs)
    assert split.test_inputs.shape == (test, inputs)
    for held in (split.train_inputs, split.test_inputs):
        assert held.min() == 0.0
        assert held.max() == 1.0
    classes = list(SENSES[name].classes)
    for labels, part in ((split.train_labels, "TRAIN"), (split.test_labels, "TEST")):
        names = load_series(name, SENSES[name].dataset, part).labels
        assert [classes[label] for label in labels] == list(names)


def test_scale_is_that_of_the_training_part():
    split = load_split("pickup-gesture")
    durations = {
        part: [one.shape[1] for one in load_series("t", "PickupGestureWiimoteZ", part).series]
        for part in ("TRAIN", "TEST")
    }
    low, high = min(durations["TRAIN"]), max(durations["TRAIN"])
    expected = np.log(np.array(durations["TEST"]) / low) / np.log(high / low)
    assert split.test_inputs[:, -1] == pytest.approx(np.clip(expected, 0, 1))


def test_training_knows_nothing_of_the_test_part(motions, monkeypatch):
    def other(task, dataset, part):
        held = load_series(task, dataset, part)
        if part == "TEST":
            upside_down = tuple(-3 * one for one in held.series)
            return SeriesSet(series=upside_down, labels=held.labels[::-1])
        return held

    monkeypatch.setattr(samples, "load_series", other)
    again = train_sense("basic-motions", 0)
    assert not np.array_equal(again.split.test_inputs, motions.split.test_inputs)
    for one, two in zip(motions.network.layers, again.network.layers, strict=True):
        assert np.array_equal(one.weights, two.weights)
        assert np.array_equal(one.bias, two.bias)


def test_test_samples_are_shuffled_with_their_labels(motions):
    split = load_split("basic-motions")
    before = [(*x, y) for x, y in zip(split.test_inputs, split.test_labels, strict=True)]
    after = [
        (*x, y) for x, y in zip(motions.split.test_inputs, motions.split.test_labels, strict=True)
    ]
    assert before != after
    assert sorted(before) == sorted(after)
    assert set(motions.split.test_labels[:20]) == {0, 1, 2, 3}


def test_class_that_is_not_known_is_refused(monkeypatch):
    def strange(task, dataset, part):
        held = load_series(task, dataset, part)
        return replace(held, labels=("Flying", *held.labels[1:]))

    monkeypatch.setattr(samples, "load_series", strange)
    message = "classes of BasicMotions must be Standing, Walking, Running, Badminton, not Flying"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        load_split("basic-motions")
