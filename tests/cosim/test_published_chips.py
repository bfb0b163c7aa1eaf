"""Presets after published chips: their Verilog with ideal arrays, against plain integers."""

import numpy as np
import pytest
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.job import Job
from ohmloom_sim.simulate import simulate

SIZES = [40, 12, 5]


@pytest.mark.parametrize("name", ["isaac", "puma", "neurram"])
def test_every_output_of_every_layer_is_exact(name, tmp_path):
    spec, rng = load_spec(name), np.random.default_rng(7)
    mapping = random_network(spec, SIZES, rng)
    inputs = random_inputs(spec, 2, SIZES[0], rng)
    job = Job.of(spec, mapping, inputs, engine="ideal", seed=5, probe=True)
    if name == "neurram":
        # Levels as they are; the errors that the preset leaves aren't of the gateware.
        exact = spec.without("programming_error")
        job = Job.of(exact, mapping, inputs, engine="ideal", seed=5, probe=True)
    answer = simulate(job, sim="icarus", folder=tmp_path)
    expected = [reference(spec, mapping, sample) for sample in inputs]
    assert answer.results.tolist() == [outcome.layers[-1] for outcome in expected]
    for sample, outcome in zip(answer.buffer, expected, strict=True):
        base = mapping.input_bases[1]
        assert sample[base : base + SIZES[1]].tolist() == outcome.layers[0]
    assert answer.clipped == sum(outcome.clipped for outcome in expected)
    # Every bit of an input is a pass of its own, in which all lines of a column are converted.
    passes = len(inputs) * 2 * spec.input.bits
    assert len(answer.recording.tile) == passes
    lines = sum(SIZES[1:]) * spec.lines_per_column
    assert answer.conversions == len(inputs) * spec.input.bits * lines


def test_an_array_of_isaac_with_weights_of_16_bits_multiplies_exactly(tmp_path):
    # As many bits as ISAAC's, over eight lines; the sums leave room for inputs of four bits.
    plain = load_spec("isaac").model_dump(mode="json", exclude_none=True)
    plain["tile"][0] |= {"count": 1, "columns": 16}
    plain |= {"weight_bits": 16, "input": {"bits": 4, "slice_bits": 1}}
    spec, rng = ChipSpec.parse(plain), np.random.default_rng(8)
    assert (spec.lines, spec.lines_per_column) == (128, 8)
    mapping = random_network(spec, [20, 6], rng)
    inputs = random_inputs(spec, 2, 20, rng)
    answer = simulate(
        Job.of(spec, mapping, inputs, engine="ideal", seed=5), sim="icarus", folder=tmp_path
    )
    layer = mapping.network.layers[0]
    assert answer.clipped == 0
    assert np.array_equal(answer.results, inputs @ layer.weights.T + layer.bias)
