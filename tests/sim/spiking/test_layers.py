import numpy as np
import pytest

from ohmloom_sim.spiking.layers import FloatLayer, run_floats


def _layers(rng):
    first = FloatLayer(
        weights=rng.normal(0, 0.6, (4, 5)),
        bias=rng.normal(0, 0.1, 5),
        leak=rng.uniform(0, 0.5, 5),
    )
    last = FloatLayer(
        weights=rng.normal(0.2, 0.4, (5, 2)), bias=np.array([0.2, 0.3]), leak=np.zeros(2)
    )
    return first, last


def _by_hand(layers, sample):
    # One sample, neuron by neuron.
    states = [[0.0] * len(layer.bias) for layer in layers]
    counts, peaks = [0] * len(layers[-1].bias), [0.0] * len(layers)
    for inputs in sample:
        spikes = [bool(given) for given in inputs]
        for index, layer in enumerate(layers):
            after = []
            for neuron in range(len(layer.bias)):
                value = states[index][neuron] * (1 - layer.leak[neuron]) + layer.bias[neuron]
                for given, weight in zip(spikes, layer.weights[:, neuron], strict=True):
                    value += weight if given else 0.0
                peaks[index] = max(peaks[index], abs(value))
                spiking = layer.spiking and value >= 1
                states[index][neuron] = value - 1 if spiking else value
                after.append(spiking)
            spikes = after
        counts = [count + spike for count, spike in zip(counts, spikes, strict=True)]
    return counts, states[-1], peaks


@pytest.mark.parametrize("seed", range(5))
def test_layers_run_as_written(seed):
    rng = np.random.default_rng(seed)
    layers = _layers(rng)
    events = [rng.random((ticks, 4)) < 0.4 for ticks in (7, 12, 7)]
    found = run_floats(layers, events)
    expected = [_by_hand(layers, sample) for sample in events]
    assert found.counts.tolist() == [counts for counts, _, _ in expected]
    assert np.allclose(found.membranes, [last for _, last, _ in expected])
    assert np.allclose(found.peaks, np.max([peaks for _, _, peaks in expected], axis=0))


def test_layer_that_only_integrates_does_not_spike():
    layer = FloatLayer(weights=np.ones((1, 1)), bias=np.zeros(1), leak=np.zeros(1), spiking=False)
    found = run_floats([layer], [np.ones((6, 1), bool)])
    assert found.counts.tolist() == [[0]]
    assert found.membranes.tolist() == [[6.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.zeros(2)}, r"weights must be of shape inputs x neurons, not \(2,\)"),
        ({"bias": np.zeros(3)}, r"bias must have the shape \(2,\), not \(3,\)"),
        ({"leak": np.array([0.0, 1.5])}, r"leak must be in \[0, 1\], not \[0.  1.5\]"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, message):
    parts = {"weights": np.zeros((3, 2)), "bias": np.zeros(2), "leak": np.zeros(2)}
    with pytest.raises(ValueError, match=f"^{message}$"):
        FloatLayer(**(parts | change))
