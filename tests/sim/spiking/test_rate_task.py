import numpy as np
import pytest

from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.spec import load_spec
from ohmloom_sim.digits import load_digits_split
from ohmloom_sim.spiking.coding import rate_events
from ohmloom_sim.spiking.layers import run_floats
from ohmloom_sim.spiking.rate_task import rate_task, spiking_layers
from ohmloom_sim.spiking.size import tiles_of
from ohmloom_sim.spiking.task import measure


def _network(rng):
    return Network(
        layers=(
            DenseLayer(
                weights=rng.normal(0, 1, (6, 4)), bias=rng.normal(0, 0.3, 6), activation="relu"
            ),
            DenseLayer(weights=rng.normal(0, 1, (3, 6)), bias=rng.normal(0, 0.3, 3)),
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_membranes_come_to_what_the_dense_network_gives_in_many_ticks(seed):
    rng = np.random.default_rng(seed)
    network, values = _network(rng), rng.random((20, 4))
    dense = network.activations(values)[-1]
    errors = []
    for ticks in (50, 400):
        layers = spiking_layers(network, values, ticks=ticks, readout="membrane")
        found = run_floats(layers, [rate_events(one, ticks) for one in values]).membranes / ticks
        errors.append(np.abs(found * max(dense.max(), 0.0) - dense).max())
    assert errors[0] < 0.3
    assert errors[1] < 0.04


def test_counts_come_to_the_dense_outputs_above_zero():
    rng = np.random.default_rng(1)
    network, values = _network(rng), rng.random((20, 4))
    dense = network.activations(values)[-1]
    layers = spiking_layers(network, values, ticks=400, readout="count")
    found = run_floats(layers, [rate_events(one, 400) for one in values]).counts / 400
    assert np.abs(found * dense.max() - np.maximum(dense, 0)).max() < 0.05


@pytest.mark.parametrize("readout", ["membrane", "count"])
def test_digits_are_known_by_their_rates(readout):
    task = rate_task("digits", 0, readout=readout)
    figures = measure(task)
    assert task.late.tolist() == [0] * 360
    assert task.labels.tolist() == load_digits_split(0)[3].tolist()
    assert figures.ticks == 16
    assert figures.integer_accuracy > 0.95
    assert abs(figures.integer_accuracy - figures.float_accuracy) <= 0.02
    assert abs(figures.integer_accuracy - figures.dense_accuracy) <= 0.02
    spec = load_spec("spiking")
    assert tiles_of(task.network, spec) <= spec.tiles
    low, high = spec.weight_range
    for layer in task.network.layers:
        assert low <= np.min(layer.weights) <= np.max(layer.weights) <= high


@pytest.mark.parametrize(
    ("name", "least"), [("japanese-vowels", 0.95), ("basic-motions", 0.95), ("pickup-gesture", 0.6)]
)
def test_series_are_known_by_their_rates(name, least):
    task = rate_task(name, 0)
    assert measure(task).integer_accuracy >= least
    spec = load_spec("spiking")
    assert tiles_of(task.network, spec) <= spec.tiles
