import numpy as np
import pytest

from ohmloom_analog.spec import load_spec
from ohmloom_sim.spiking.coding import reconstruct
from ohmloom_sim.spiking.delta_task import DELTA_RECIPES, delta_task
from ohmloom_sim.spiking.series import load_series
from ohmloom_sim.spiking.size import tiles_of
from ohmloom_sim.spiking.task import measure


@pytest.mark.parametrize(
    ("name", "least", "apart"),
    [("japanese-vowels", 0.95, 0.03), ("basic-motions", 0.95, 0.05), ("pickup-gesture", 0.6, 0.1)],
)
def test_series_are_known_by_their_changes(name, least, apart):
    through = []
    task = delta_task(name, 0, on_epoch=through.append)
    figures = measure(task)
    assert through[-1] == DELTA_RECIPES[name].training.epochs
    assert figures.integer_accuracy >= least
    assert abs(figures.integer_accuracy - figures.float_accuracy) <= apart
    assert (figures.products < figures.ticks).all()
    spec = load_spec("spiking")
    assert tiles_of(task.network, spec) <= spec.tiles
    low, high = spec.weight_range
    for layer in task.network.layers:
        assert low <= np.min(layer.weights) <= np.max(layer.weights) <= high


def test_events_tell_the_signals_on_the_scale_of_those_learnt_from():
    task, split = delta_task("basic-motions", 1), load_series("basic-motions", 1)
    together = np.vstack(split.train)
    mean, deviation = together.mean(axis=0), together.std(axis=0)
    # Standing people move so little that hardly an event is late.
    quiet = [place for place, late in enumerate(task.late) if not late]
    assert quiet
    for place in quiet:
        told = reconstruct(task.events[place], DELTA_RECIPES["basic-motions"].threshold)
        error = np.abs(told * deviation + mean - split.test[place])
        assert (error <= 0.15 * deviation + 1e-9).all()
