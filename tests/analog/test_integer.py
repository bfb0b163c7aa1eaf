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


REISSUED = [
    {"adc": {"bits": 5, "range": 0.1}, "ecc": {"reissue": True}},
    {
        "adc": {"bits": 5, "range": 0.2},
        "input": {"bits": 7, "slice_bits": 3, "signed": True},
        "encoding": "offset_column",
        "weight_bits": 7,
        "ecc": {"reissue": True, "row_scale": True},
    },
    {"ecc": {"row_scale": True}, "input": {"bits": 6, "slice_bits": 6, "signed": True}},
    {"adc": {"bits": 16}, "ecc": {"reissue": True}},
]


@pytest.mark.parametrize("changes", REISSUED)
def test_half_slices_and_row_scale_equal_the_naive_reference(changes):
    tiles = [{"count": 6, "rows": 7, "columns": 4, "cell": {"levels": 4}}]
    spec = ChipSpec.parse({"tile": tiles, **changes})
    rng = np.random.default_rng(8)
    signed = spec.input.signed
    mapping = random_network(spec, [13, 4, 3], rng, signed=signed)
    inputs = random_inputs(spec, 12, 13, rng, signed=signed)
    scale = None
    if spec.ecc.row_scale:
        scale = rng.integers(0, 256, (6, 7), endpoint=True)
        scale[:, 0], scale[:, 1] = 256, 255
    run = run_integers(spec, mapping, inputs, row_scale=scale)
    expected = [reference(spec, mapping, sample, scale) for sample in inputs]
    for index, layer in enumerate(run.layers):
        assert layer.tolist() == [outcome.layers[index] for outcome in expected]
    assert run.clipped == sum(outcome.clipped for outcome in expected)
    assert run.reissued == sum(outcome.reissued for outcome in expected)
    assert (run.reissued > 0) == ("range" in changes.get("adc", {}))


def test_a_row_scale_of_one_changes_nothing():
    spec = ChipSpec.parse({"tile": [{"rows": 7, "columns": 4}], "ecc": {"row_scale": True}})
    rng = np.random.default_rng(1)
    mapping = random_network(spec, [7, 4], rng)
    inputs = random_inputs(spec, 5, 7, rng)
    plain = run_integers(spec, mapping, inputs)
    scaled = run_integers(spec, mapping, inputs, row_scale=np.full((1, 7), 256))
    assert scaled.layers[0].tolist() == plain.layers[0].tolist()


@pytest.mark.parametrize(
    ("ecc", "scale", "message"),
    [
        ({"average": 2}, [[256] * 7], "chip 'chip' must have ecc.row_scale to be given one"),
        ({"row_scale": True}, [[256] * 6], r"row scale must have shape \(1, 7\), not \(1, 6\)"),
        ({"row_scale": True}, [[256] * 6 + [257]], r"row scale must be in \[0, 256\], not 257"),
        ({"row_scale": True}, [[-1] + [0] * 6], r"row scale must be in \[0, 256\], not -1"),
    ],
)
def test_a_row_scale_that_does_not_fit_is_refused(ecc, scale, message):
    spec = ChipSpec.parse({"tile": [{"rows": 7, "columns": 4}], "ecc": ecc})
    rng = np.random.default_rng(1)
    mapping = random_network(spec, [7, 4], rng)
    with pytest.raises(ValueError, match=f"^{message}$"):
        run_integers(spec, mapping, np.zeros((1, 7), dtype=int), row_scale=np.array(scale))
