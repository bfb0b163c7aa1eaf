import re
from pathlib import Path

import numpy as np
import pytest
from behavioural_chip import simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import load_spec
from ohmloom_sim.matrix_job import fitting_spec, multiply, prepare_matrix

ENCODINGS = ["diff_pair", "offset_column"]


def product(spec, weights, vectors, *, engine="ideal"):
    job = prepare_matrix(spec, weights, vectors)
    result, answer = multiply(job, simulate, engine=engine, sim=None, seed=0, folder=Path("unused"))
    return job, result, answer


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_plain_lists_of_integers_multiply_exactly(encoding):
    weights, vectors = [[8, 3, -2], [-4, 7, 5], [3, 4, -12]], [[9, 15, 35]]
    spec = fitting_spec(weights, vectors, encoding=encoding)
    job, result, _ = product(spec, weights, vectors)
    assert job.exact
    assert result.product.tolist() == [[47, 244, -333]]
    assert result.to_json() == {"max": 0.0, "rms": 0.0, "relative": 0.0}


@settings(max_examples=40, deadline=None)
@given(data=st.data(), encoding=st.sampled_from(ENCODINGS))
def test_any_integers_that_fit_multiply_exactly(data, encoding):
    outputs = data.draw(st.integers(1, 6))
    inputs = data.draw(st.integers(1, 9))
    top, most = data.draw(st.sampled_from([0, 1, 7, 8, 300, 32767])), 4095
    low = data.draw(st.sampled_from([0, -1, -most]))
    weights = data.draw(
        st.lists(
            st.lists(st.integers(-top, top), min_size=inputs, max_size=inputs),
            min_size=outputs,
            max_size=outputs,
        )
    )
    vectors = data.draw(
        st.lists(
            st.lists(st.integers(low, most), min_size=inputs, max_size=inputs),
            min_size=1,
            max_size=2,
        )
    )
    spec = fitting_spec(weights, vectors, encoding=encoding)
    job = prepare_matrix(spec, weights, vectors)
    if top <= 300:
        assert job.exact
    _, result, answer = product(spec, weights, vectors)
    wanted = [[sum(w * x for w, x in zip(row, v, strict=True)) for row in weights] for v in vectors]
    if job.exact:
        assert result.product.tolist() == wanted
        assert answer.clipped == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_fitting_chip_is_lossless(encoding):
    rng = np.random.default_rng(1)
    spec = fitting_spec(
        rng.integers(-100, 100, (3, 256)), rng.integers(0, 4096, (1, 256)), encoding=encoding
    )
    assert spec.encoding == encoding
    assert spec.adc_shift == 0
    assert spec.adc.bits <= 16
    assert (spec.adc.noise, spec.adc.offset) == (0, 0)
    assert spec.tile[0].cell.spread == 0
    assert spec.tile[0].wires.r_word == spec.tile[0].wires.r_sense == 0
    assert not spec.input.signed


def test_matrix_larger_than_a_tile_is_split():
    rng = np.random.default_rng(2)
    weights, vectors = rng.integers(-3, 4, (3, 300)), rng.integers(0, 4, (1, 300))
    spec = fitting_spec(weights, vectors, encoding="diff_pair")
    job, result, _ = product(spec, weights, vectors)
    assert (spec.tiles, spec.rows) == (2, 150)
    assert len(job.mapping.placements) == 2
    assert result.product.tolist() == (vectors @ weights.T).tolist()


def test_fractions_are_scaled_and_their_error_reported():
    rng = np.random.default_rng(3)
    weights, vectors = rng.normal(size=(4, 20)), rng.normal(size=(5, 20))
    spec = fitting_spec(weights, vectors, encoding="diff_pair")
    job, result, _ = product(spec, weights, vectors)
    error = result.product - vectors @ weights.T
    assert not job.exact
    assert spec.input.signed
    assert result.error_max == pytest.approx(np.abs(error).max())
    assert result.error_rms == pytest.approx(np.sqrt(np.mean(error**2)))
    scale = np.sqrt(np.mean((vectors @ weights.T) ** 2))
    assert result.error_relative == pytest.approx(result.error_rms / scale)
    assert 0 < result.error_relative < 0.01


def test_zeros_give_zeros():
    weights, vectors = np.zeros((2, 3)), np.zeros((1, 3))
    spec = fitting_spec(weights, vectors, encoding="diff_pair")
    _, result, _ = product(spec, weights, vectors)
    assert result.product.tolist() == [[0, 0]]
    assert result.error_relative == 0.0


@pytest.mark.parametrize("shape", [(1, 7), (7, 1), (1, 1)])
def test_thin_matrices_work(shape):
    weights = np.arange(1, 1 + np.prod(shape)).reshape(shape)
    vectors = np.arange(2, 2 + shape[1])[np.newaxis]
    spec = fitting_spec(weights, vectors, encoding="offset_column")
    _, result, _ = product(spec, weights, vectors)
    assert result.product.tolist() == (vectors @ weights.T).tolist()


def test_integers_beyond_the_chip_are_scaled():
    weights, vectors = [[100, -50]], [[255, 3]]
    job = prepare_matrix(load_spec("default"), weights, vectors)
    assert not job.exact
    assert job.mapping.network.layers[0].weights.tolist() == [[15, -8]]


def test_integers_within_the_chip_are_kept():
    job = prepare_matrix(load_spec("default"), [[3, -2]], [[255, 3]])
    assert job.exact
    assert job.mapping.network.layers[0].weights.tolist() == [[3, -2]]


def test_vectors_of_another_width_are_refused():
    message = "input must have 3 numbers a vector, one a column of the matrix, not 2"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        prepare_matrix(load_spec("default"), [[1, 2, 3]], [[1, 2]])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_that_is_not_finite_is_refused(value):
    message = f"matrix[0, 1] must be finite, not {value!r}"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        prepare_matrix(load_spec("default"), [[1, value]], [[1, 2]])


def test_negative_input_on_an_unsigned_chip_is_refused():
    message = (
        "inputs must not be negative on a chip with input.signed = false, not -2: "
        "set input.signed = true"
    )
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        prepare_matrix(load_spec("default"), [[1, 2]], [[1, -2]])


def test_matrix_larger_than_any_chip_is_refused():
    message = "matrix must fit 64 tiles of one chip, not be 1x20000"
    with pytest.raises(MappingError, match=f"^{message}$"):
        fitting_spec(np.ones((1, 20000)), np.ones((1, 20000)), encoding="diff_pair")
