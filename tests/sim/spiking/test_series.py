import numpy as np
import pytest

from ohmloom_sim.digits import load_digits_split
from ohmloom_sim.senses.samples import train_sense
from ohmloom_sim.spiking.delta_task import delta_task
from ohmloom_sim.spiking.rate_task import rate_task
from ohmloom_sim.spiking.series import SERIES, load_series

# From the descriptions of the data sets: training samples, others, channels, shortest, longest.
SIZES = {
    "japanese-vowels": (270, 370, 12, 7, 29, 9),
    "basic-motions": (40, 40, 6, 100, 100, 4),
    "pickup-gesture": (50, 50, 1, 29, 361, 10),
}


@pytest.mark.parametrize("name", list(SIZES))
def test_data_sets_have_their_sizes(name):
    split = load_series(name, 0)
    signals = split.train + split.test
    lengths = [len(signal) for signal in signals]
    assert len(split.train) == len(split.train_labels)
    assert len(split.test) == len(split.test_labels)
    found = (len(split.train), len(split.test), signals[0].shape[1], min(lengths), max(lengths))
    assert (*found, len(set(split.train_labels.tolist()))) == SIZES[name]
    assert set(split.test_labels.tolist()) == set(range(SIZES[name][-1]))
    assert all(np.isfinite(signal).all() for signal in signals)


def test_a_digit_is_swept_row_by_row():
    train, test, train_labels, test_labels = load_digits_split(3)
    split = load_series("digits", 3)
    assert np.array_equal(np.stack(split.train).reshape(-1, 64), train)
    assert np.array_equal(np.stack(split.test).reshape(-1, 64), test)
    assert np.array_equal(split.train_labels, train_labels)
    assert np.array_equal(split.test_labels, test_labels)
    assert split.train[0].shape == (8, 8)


@pytest.mark.parametrize("make", [load_series, rate_task, delta_task])
def test_other_tasks_are_refused(make):
    message = f"^task must be one of {', '.join(SERIES)}, not 'smells'$"
    with pytest.raises(ValueError, match=message):
        make("smells", 0)


def test_what_is_to_judge_by_has_all_classes_soon():
    assert len(set(load_series("basic-motions", 0).test_labels[:20].tolist())) == 4


def test_what_is_to_judge_by_comes_as_for_the_dense_network():
    split, sense = load_series("japanese-vowels", 4), train_sense("japanese-vowels", 4).split
    assert split.test_labels.tolist() == sense.test_labels.tolist()
    assert split.train_labels.tolist() == sense.train_labels.tolist()
    # The duration is the last of the features.
    lengths = np.array([len(signal) for signal in split.test])
    order = np.argsort(lengths, kind="stable")
    assert (np.diff(sense.test_inputs[order, -1]) >= 0).all()
