import numba
import numpy as np
import pytest

from ohmloom_analog.engines import lanes

RNG = np.random.default_rng(0)


@numba.njit
def _arithmetic(a, b, factor, out):
    x, y = lanes.load(a, 1), lanes.load(b, 0)
    lanes.store(out, 0, lanes.fused(factor, x, y))
    lanes.store(out, 8, x + y)
    lanes.store(out, 16, x - y)
    lanes.store(out, 24, factor * (x * y))
    lanes.store(out, 32, lanes.magnitude(x) + lanes.spread(factor))


@numba.njit
def _converted(a, singles, doubles):
    lanes.store(singles, 0, lanes.single(lanes.load(a, 0)))
    lanes.store(doubles, 0, lanes.double(lanes.load(a, 0)))


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_lanes_calculate_as_arrays_do(precision):
    a, b = RNG.uniform(-1, 1, 9).astype(precision), RNG.uniform(-1, 1, 8).astype(precision)
    out, factor = np.empty(40, precision), precision(-0.75)
    _arithmetic(a, b, factor, out)
    x = a[1:]
    wanted = [factor * x + b, x + b, x - b, factor * x * b, np.abs(x) + factor]
    tolerance = 4 * np.finfo(precision).eps
    np.testing.assert_allclose(out, np.concatenate(wanted), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_precision_is_changed_by_rounding(precision):
    a = RNG.uniform(-1, 1, lanes.WIDTH).astype(precision)
    singles, doubles = np.empty(8, np.float32), np.empty(8)
    _converted(a, singles, doubles)
    np.testing.assert_array_equal(singles, a.astype(np.float32))
    np.testing.assert_array_equal(doubles, a.astype(np.float64))


def test_what_is_no_number_stays_so():
    out = np.empty(40)
    _arithmetic(np.full(9, np.nan), np.full(8, np.inf), 1.0, out)
    assert np.isnan(out).all()
