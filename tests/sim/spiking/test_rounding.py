import numpy as np
import pytest

from ohmloom_sim.spiking.batch import run_reference
from ohmloom_sim.spiking.layers import FloatLayer, run_floats
from ohmloom_sim.spiking.rounding import column_steps, rounded_network


def _layer(rng, shape, *, spiking=True, leak=0.0):
    columns = shape[1]
    return FloatLayer(
        weights=rng.normal(0, 0.5, shape),
        bias=rng.normal(0, 0.05, columns),
        leak=np.full(columns, leak),
        spiking=spiking,
    )


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_codes_and_gains_stand_for_the_weights(bits):
    rng = np.random.default_rng(bits)
    layer = _layer(rng, (6, 4), leak=0.25)
    (found,) = rounded_network([layer], bits=bits, peaks=[10.0]).layers
    top = 2 ** (bits - 1) - 1
    codes = np.array(found.weights)
    assert np.abs(codes).max(axis=0).tolist() == [top] * 4
    for column, neuron in enumerate(found.neurons):
        step = neuron.gain / 2**neuron.gain_shift / neuron.threshold
        largest = np.abs(layer.weights[:, column]).max()
        assert step * top == pytest.approx(largest, rel=1e-4)
        error = np.abs(codes[:, column] * step - layer.weights[:, column])
        assert error.max() <= 0.5001 * step
        assert neuron.kind == "lif"
        assert neuron.leak == 0.25 * 65536
        assert neuron.bias == pytest.approx(layer.bias[column] * neuron.threshold, abs=0.5)


def test_state_holds_the_peak_and_half_as_much_again():
    layer = _layer(np.random.default_rng(0), (3, 2))
    for peak in (0.1, 1.0, 7.0, 300.0):
        (found,) = rounded_network([layer], bits=5, peaks=[peak]).layers
        threshold = found.neurons[0].threshold
        assert 1.5 * max(peak, 1.0) * threshold <= 2**15
        assert 3.0 * max(peak, 1.0) * threshold > 2**15 - 1


def test_weights_that_are_integers_of_a_column_run_as_in_floating_point():
    rng = np.random.default_rng(4)
    steps = 2.0 ** rng.integers(-6, -3, 8)
    codes = rng.integers(-7, 8, (5, 8))
    codes[0] = 7
    hidden = FloatLayer(weights=codes * steps, bias=np.zeros(8), leak=np.zeros(8))
    readout = FloatLayer(
        weights=np.full((8, 3), 0.125) * [[7, -7, 7]] * (np.arange(8) < 8)[:, np.newaxis],
        bias=np.zeros(3),
        leak=np.zeros(3),
        spiking=False,
    )
    events = [rng.random((25, 5)) < 0.5 for _ in range(10)]
    floats = run_floats([hidden, readout], events)
    network = rounded_network([hidden, readout], bits=4, peaks=floats.peaks)
    found = run_reference(network, events).outcome
    scale = network.layers[1].neurons[0].threshold
    assert (found.membranes / scale).tolist() == floats.membranes.tolist()
    assert np.abs(floats.membranes).max() > 1


def test_kinds_follow_from_leak_and_readout():
    rng = np.random.default_rng(1)
    layers = [
        _layer(rng, (3, 2)),
        _layer(rng, (2, 2), leak=0.1),
        _layer(rng, (2, 1), spiking=False),
    ]
    network = rounded_network(layers, bits=5, peaks=[2.0, 2.0, 2.0])
    assert [layer.neurons[0].kind for layer in network.layers] == ["if", "lif", "li"]


def test_column_of_next_to_nothing_becomes_zeros():
    weights = np.array([[1e-20, 0.5], [0.0, -1.5]])
    assert column_steps(weights, 5).tolist() == [1.0, 0.1]
    layer = FloatLayer(weights=weights, bias=np.zeros(2), leak=np.zeros(2))
    (found,) = rounded_network([layer], bits=5, peaks=[1.0]).layers
    assert found.weights == ((0, 5), (0, -15))


def test_what_does_not_fit_is_refused():
    layer = _layer(np.random.default_rng(2), (3, 2))
    with pytest.raises(ValueError, match=r"^bits must be at least 2, not 1$"):
        rounded_network([layer], bits=1, peaks=[1.0])
    message = r"^largest membrane must be at most 21845 thresholds, not 30000$"
    with pytest.raises(ValueError, match=message):
        rounded_network([layer], bits=5, peaks=[30000.0])
