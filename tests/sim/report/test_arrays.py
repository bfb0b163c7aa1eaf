import numpy as np
import pytest

from ohmloom_sim.report.arrays import deviation_figure


def _range(deviation):
    image = deviation_figure(deviation).axes[0].images[0]
    return image.get_clim()


def test_stuck_cell_does_not_make_all_others_look_perfect():
    deviation = np.random.default_rng(0).uniform(-1e-6, 1e-6, (32, 33))
    deviation[4, 7] = 90e-6
    low, high = _range(deviation)
    assert high == pytest.approx(1.0, abs=0.02)
    assert low == -high


def test_single_deviation_is_shown_in_full():
    deviation = np.zeros((32, 33))
    deviation[4, 7] = -90e-6
    assert _range(deviation) == pytest.approx((-90.0, 90.0))
