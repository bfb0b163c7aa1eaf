import numpy as np
import pytest
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.integer import run_integers
from ohmloom_analog.spec import ChipSpec

CHIPS = [
    {"adc": {"bits": 16}},
    {"adc": {"bits": 5}, "encoding": "offset_column"},
    {
        "adc": {"bits": 5, "range": 0.2},
        "input": {"bits": 6, "slice_bits": 4, "signed": True},
        "encoding": "offset_column",
        "weight_bits": 7,
    },
    {"input": {"bits": 7, "slice_bits": 1}},
]


@pytest.mark.parametrize("changes", CHIPS)
def test_integer_model_equals_the_naive_reference(changes):
    tiles = [{"count": 6, "rows": 7, "columns": 4, "cell": {"levels": 4}}]
    spec = ChipSpec.parse({"tile": tiles, **changes})
    rng = np.random.default_rng(4)
    signed = spec.input.signed
    mapping = random_network(spec, [13, 4, 3], rng, signed=signed)
    inputs = random_inputs(spec, 12, 13, rng, signed=signed)
    run = run_integers(spec, mapping, inputs)
    expected = [reference(spec, mapping, sample) for sample in inputs]
    for index, layer in enumerate(run.layers):
        assert layer.tolist() == [outcome.layers[index] for outcome in expected]
    assert run.clipped == sum(outcome.clipped for outcome in expected)
    assert (run.clipped > 0) == ("range" in changes.get("adc", {}))
