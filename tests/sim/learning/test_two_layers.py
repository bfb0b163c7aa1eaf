"""A hidden layer that learns from errors led back: what one layer can't do, two can."""

import numpy as np
import pytest

from ohmloom_sim.learning.pair_cells import PairModel
from ohmloom_sim.learning.two_layers import TwoLayers, TwoLayerSettings

# Exclusive or: no line separates the classes.
SAMPLES = np.array([[-100, -100], [-100, 100], [100, -100], [100, 100]])
LABELS = np.array([0, 1, 1, 0])
SEEDS = range(10)


def solved(seed, **how):
    """Return whether all samples are right after one of 70 epochs."""
    network = TwoLayers(
        2, 2, TwoLayerSettings(**how), PairModel(step=0.5), np.random.default_rng(seed)
    )
    order = np.random.default_rng(seed + 1000)
    for _ in range(70):
        chosen = order.permutation(4)
        network.learn(SAMPLES[chosen], LABELS[chosen].tolist())
        if np.array_equal(network.winners(SAMPLES), LABELS):
            return True
    return False


def test_exclusive_or_is_learnt_with_errors_led_back():
    assert sum(solved(seed) for seed in SEEDS) >= 9


def test_without_them_most_random_hidden_layers_do_not_do():
    assert sum(solved(seed, back=False) for seed in SEEDS) <= 6


def test_hidden_errors_are_those_of_the_transposed_weights():
    settings = TwoLayerSettings(hidden=8, threshold=0, error_shift=0)
    network = TwoLayers(2, 2, settings, PairModel(), np.random.default_rng(3))
    first, last = (cells.levels[0] - cells.levels[1] for cells in (network.first, network.last))
    sample = np.array([50, 0])
    hidden = np.clip(np.array([50, 0, 100]) @ first >> 6, 0, 255)
    errors = np.array([100, -100]) - (np.append(hidden, 100) @ last >> 6)
    wanted = (last[:8] @ np.clip(errors, -255, 255)) * ((hidden > 0) & (hidden < 255))
    assert 0 < np.count_nonzero(wanted) < 8
    before = network.first.wear.sum(axis=0).copy()
    network.learn(sample[np.newaxis], [0])
    pulsed = network.first.wear.sum(axis=0) - before
    # A pulse wherever input and error aren't 0, on either cell of the pair.
    assert np.array_equal(pulsed > 0, np.outer([True, False, True], wanted != 0))


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"^hidden must be in \[2, 4096\], not 1$"):
        TwoLayerSettings(hidden=1)
