import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import DenseLayer, Network, from_matrix
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec


def chip(**changes):
    return ChipSpec.parse(
        {
            "tile": [{"rows": 8, "columns": 8}],
            "weight_bits": 5,
            "input": {"bits": 8, "slice_bits": 4},
            **changes,
        }
    )


def two_layers(activation="relu"):
    rng = np.random.default_rng(2)
    return Network(
        layers=(
            DenseLayer(
                weights=rng.normal(size=(6, 4)), bias=rng.normal(size=6), activation=activation
            ),
            DenseLayer(weights=rng.normal(size=(3, 6)), bias=rng.normal(size=3)),
        )
    )


def test_integers_times_their_size_are_the_network():
    rng = np.random.default_rng(3)
    network, samples = two_layers(), rng.random((50, 4))
    integers = quantise(chip(), network, samples)
    sizes = [integers.input_lsb, integers.layers[0].output_lsb]
    for layer, whole, lsb in zip(network.layers, integers.layers, sizes, strict=True):
        error = np.abs(whole.weights * whole.weight_lsb - layer.weights)
        assert error.max() <= whole.weight_lsb / 2 * (1 + 1e-9)
        assert np.abs(whole.weights).max() == 15
        sum_lsb = lsb * whole.weight_lsb
        assert np.abs(whole.bias * sum_lsb - layer.bias).max() <= sum_lsb / 2 * (1 + 1e-9)
    hidden = integers.layers[0]
    ratio = integers.input_lsb * hidden.weight_lsb / hidden.output_lsb
    assert hidden.scale.multiplier / 2**hidden.scale.shift == pytest.approx(ratio, rel=2**-14)
    peak = network.activations(samples)[0].max()
    assert peak / hidden.output_lsb == pytest.approx(255)


def test_bias_outside_the_accumulator_is_clipped_and_counted():
    network = Network(
        layers=(DenseLayer(weights=np.eye(2), bias=np.array([1e9, 0.0]), activation="none"),)
    )
    spec = chip()
    integers = quantise(spec, network, [[1.0, 1.0]])
    assert integers.layers[0].clipped_biases == 1
    assert integers.layers[0].bias.tolist() == [2 ** (spec.total_bits - 1) - 1, 0]


def test_exact_takes_integers_as_they_are_and_counts_what_does_not_fit():
    integers = quantise(chip(), from_matrix([[3, -15], [16, 0]]), [[1, 2]], exact=True)
    assert integers.layers[0].weights.tolist() == [[3, -15], [15, 0]]
    assert integers.layers[0].clipped_weights == 1
    assert integers.input_lsb == integers.layers[0].weight_lsb == 1.0


def test_inputs_are_rounded_and_those_beyond_the_range_counted():
    whole, clipped = quantise_inputs(chip(), [[0.0, 1.26, 30.0]], 0.1)
    assert whole.tolist() == [[0, 13, 255]]
    assert clipped == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0.0, np.nan]], "inputs must be finite, not nan at (0, 1)"),
        (
            [[-1.0, 0.0]],
            (
                "inputs must not be negative on a chip with input.signed = false, not -1: "
                "set input.signed = true"
            ),
        ),
    ],
)
def test_bad_inputs_are_refused(values, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        quantise_inputs(chip(), values, 1.0)


def test_hidden_layer_without_relu_needs_signed_inputs():
    message = "layer 0 must have ReLU, not none, unless the chip has input.signed = true"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        quantise(chip(), two_layers("none"), np.ones((1, 4)))
    signed = chip(input={"bits": 7, "slice_bits": 4, "signed": True})
    layers = quantise(signed, two_layers("none"), np.ones((1, 4))).layers
    assert [layer.signed for layer in layers] == [False, True]


def test_samples_of_another_width_are_refused():
    message = "samples must be of shape n x 4 with n > 0, not (1, 3)"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        quantise(chip(), two_layers(), np.ones((1, 3)))


def test_layer_that_never_fires_is_refused():
    network = Network(
        layers=(
            DenseLayer(weights=-np.eye(2), bias=np.zeros(2), activation="relu"),
            DenseLayer(weights=np.eye(2), bias=np.zeros(2)),
        )
    )
    message = "layer 0 must have an output other than zero for some sample"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        quantise(chip(), network, [[1.0, 1.0]])
