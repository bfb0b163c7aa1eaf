import numpy as np
import pytest

from ohmloom_analog.spec import TiaSpec
from ohmloom_analog.tia import SATURATION, Tia


def _outputs(tia, currents, seed=0):
    lines = np.arange(len(currents))
    return tia.outputs(lines, np.asarray(currents), np.random.default_rng(seed))


def test_full_scale_current_gives_full_scale():
    tia = Tia(TiaSpec(), 3, 2e-5, np.random.default_rng(0))
    np.testing.assert_allclose(_outputs(tia, [0.0, 1e-5, 2e-5]), [0, 0.5, 1], rtol=1e-15)


def test_offset_and_gain_error_add_up():
    tia = Tia(TiaSpec(offset=0.02, gain_error=-0.1), 2, 2e-5, np.random.default_rng(0))
    np.testing.assert_allclose(_outputs(tia, [0.0, 1e-5]), [0.02, 0.47], rtol=1e-14)


def test_outputs_saturate_in_both_directions():
    tia = Tia(TiaSpec(), 2, 1.0, np.random.default_rng(0))
    assert _outputs(tia, [9.0, -9.0]).tolist() == [SATURATION, -SATURATION] == [1.25, -1.25]


def test_lines_keep_their_own_gain_and_offset():
    spec = TiaSpec(gain_spread=0.01, offset_spread=0.02)
    tia = Tia(spec, 4000, 1.0, np.random.default_rng(1))
    first = _outputs(tia, np.full(4000, 0.5))
    # 5 sigma of the estimate; gain and offset are independent.
    wanted = np.hypot(0.01 * 0.5, 0.02)
    assert first.std() == pytest.approx(wanted, rel=5 / np.sqrt(8000))
    assert np.array_equal(first, _outputs(tia, np.full(4000, 0.5), seed=9))
    picked = tia.outputs(np.array([7, 3]), np.full(2, 0.5), np.random.default_rng(0))
    assert picked.tolist() == [first[7], first[3]]


def test_noise_is_drawn_for_each_sample():
    tia = Tia(TiaSpec(noise=0.01), 20_000, 1.0, np.random.default_rng(1))
    noise = _outputs(tia, np.zeros(20_000))
    assert noise.std() == pytest.approx(0.01, rel=5 / np.sqrt(40_000))
    assert not np.array_equal(noise, _outputs(tia, np.zeros(20_000), seed=1))


def test_draws_do_not_depend_on_currents():
    spec = TiaSpec(noise=0.01)
    tia = Tia(spec, 2, 1.0, np.random.default_rng(1))
    one, other = np.random.default_rng(2), np.random.default_rng(2)
    tia.outputs(np.array([0, 1]), np.array([0.0, 0.0]), one)
    tia.outputs(np.array([1, 1]), np.array([5.0, -5.0]), other)
    assert one.random() == other.random()
