import numpy as np
import pytest

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_sim.spiking.batch import Outcome, run_reference
from ohmloom_sim.spiking.task import SpikingTask, measure, predictions


@pytest.fixture
def task():
    # Two lines, each with a neuron that spikes at every second event of its line.
    hidden = SpikingLayer(
        weights=((1, 0), (0, 1)), neurons=(Neuron(kind="if", threshold=2, reset="subtract"),) * 2
    )
    readout = SpikingLayer(weights=((3, 0), (0, 4)), neurons=(Neuron(kind="li"),) * 2)
    one = np.array([[1, 0], [1, 0], [0, 0], [1, 1]], bool)
    two = np.array([[0, 1], [0, 1], [0, 1], [0, 1], [1, 0], [1, 0]], bool)
    return SpikingTask(
        name="digits",
        coding="delta",
        network=SpikingNetwork(layers=(hidden, readout)),
        weight_bits=4,
        events=(one, two, two),
        labels=np.array([0, 1, 0]),
        readout="membrane",
        float_predictions=np.array([0, 0, 0]),
        dense_predictions=np.array([0, 1, 1]),
        late=np.array([1, 0, 2]),
    )


def test_figures_are_those_counted_by_hand(task):
    figures = measure(task)
    assert figures.samples == 3
    assert figures.integer_accuracy == pytest.approx(2 / 3)
    assert figures.float_accuracy == pytest.approx(2 / 3)
    assert figures.dense_accuracy == pytest.approx(2 / 3)
    assert figures.chip_accuracy is None
    assert figures.disagreeing is None
    assert figures.differing is None
    assert figures.ticks == pytest.approx(16 / 3)
    assert figures.late == 1.0
    # Spikes in: 4, 6 and 6 events, then 1, 3 and 3 spikes; ticks: 3, 6 and 6, then 1, 3 and 3.
    assert figures.events.tolist() == pytest.approx([16 / 3, 7 / 3])
    assert figures.products.tolist() == pytest.approx([5, 7 / 3])


def test_runner_is_compared_with_the_reference(task):
    def chip(network, events):
        outcome = run_reference(network, events).outcome
        membranes = outcome.membranes.copy()
        membranes[1] = [9, 0]
        membranes[2] += 1
        return Outcome(counts=outcome.counts, membranes=membranes)

    figures = measure(task, chip)
    assert figures.chip_accuracy == pytest.approx(1 / 3)
    assert figures.disagreeing == 1
    assert figures.differing == 2
    faithful = measure(task, lambda network, events: run_reference(network, events).outcome)
    assert faithful.chip_accuracy == faithful.integer_accuracy
    assert (faithful.disagreeing, faithful.differing) == (0, 0)


def test_figures_go_into_json(task):
    found = measure(task).to_json()
    assert found["integer_accuracy"] == pytest.approx(2 / 3)
    assert found["products_per_sample"] == pytest.approx([5, 7 / 3])
    assert found["chip_accuracy"] is None


def test_class_is_read_off_membranes_or_counts():
    outcome = Outcome(counts=np.array([[1, 4], [2, 2]]), membranes=np.array([[5, -1], [-3, -2]]))
    assert predictions("membrane", outcome).tolist() == [0, 1]
    assert predictions("count", outcome).tolist() == [1, 0]


def test_first_samples_are_cut_off_alike(task):
    first = task.first(2)
    assert len(first.events) == 2
    for name in ("labels", "float_predictions", "dense_predictions", "late"):
        assert getattr(first, name).tolist() == getattr(task, name)[:2].tolist()
    for samples in (0, 4):
        message = rf"^samples must be from 1 to the 3 there are, not {samples}$"
        with pytest.raises(ValueError, match=message):
            task.first(samples)
