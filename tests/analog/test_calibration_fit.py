import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ohmloom_analog.calibration_fit import fit_columns


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(3, 80),
    columns=st.integers(1, 8),
)
def test_fit_is_the_line_of_polyfit(seed, points, columns):
    rng = np.random.default_rng(seed)
    expected = rng.integers(-3000, 3000, (points, columns)).astype(float)
    gain, offset = rng.uniform(0.6, 1.6, columns), rng.uniform(-500, 500, columns)
    measured = expected * gain + offset + rng.normal(0, 5, expected.shape)
    fit = fit_columns(measured, expected)
    for column in range(columns):
        slope, start = np.polyfit(measured[:, column], expected[:, column], 1)
        assert fit.gain[column] == pytest.approx(slope, rel=1e-9)
        assert -fit.gain[column] * fit.offset[column] == pytest.approx(start, rel=1e-6, abs=1e-6)
        errors = np.polyval([slope, start], measured[:, column]) - expected[:, column]
        assert fit.left[column] == pytest.approx(np.abs(errors).max(), rel=1e-6, abs=1e-6)
        rms = np.sqrt((errors**2).sum() / (points - 2))
        assert fit.sigma[column] == pytest.approx(rms, rel=1e-6, abs=1e-6)


def test_without_noise_a_fit_takes_back_what_a_column_does():
    expected = np.array([[0, -40], [100, 10], [250, 3]], dtype=float)
    fit = fit_columns(expected * [0.8, 1.25] + [7, -30], expected)
    assert fit.gain == pytest.approx([1.25, 0.8])
    assert fit.offset == pytest.approx([7, -30])
    assert fit.left == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("points", [8, 16, 64])
def test_gain_is_as_uncertain_as_the_formula_says(points):
    # sigma / sqrt(N var X), of 4000 columns that are the same.
    sigma, columns = 4.0, 4000
    rng = np.random.default_rng(points)
    expected = np.linspace(0, 4095, points)[:, np.newaxis].repeat(columns, axis=1)
    fit = fit_columns(expected + rng.normal(0, sigma, expected.shape), expected)
    assert fit.gain.std() == pytest.approx(sigma / np.sqrt(points * expected[:, 0].var()), rel=0.04)


@pytest.mark.parametrize(
    ("points", "worst"), [(2, 11.4), (8, 7.3), (16, 5.4), (32, 3.9), (64, 2.7)], ids=str
)
def test_worst_point_errors_are_those_of_the_design_sheet(points, worst):
    # Error of the fitted line at its worst, 99th percentile; sigma 4 LSB on a scale of 12 bits.
    rng, columns = np.random.default_rng(1), 20_000
    expected = np.linspace(0, 4095, points)[:, np.newaxis].repeat(columns, axis=1)
    fit = fit_columns(expected + rng.normal(0, 4, expected.shape), expected)
    ends = np.array([[0.0], [4095.0]])
    errors = np.abs((ends - fit.offset) * fit.gain - ends).max(axis=0)
    assert np.quantile(errors, 0.99) == pytest.approx(worst, rel=0.06)


@pytest.mark.parametrize("points", [5, 16, 64])
def test_bounds_hold_the_true_deviation_as_often_as_they_say(points):
    rng, columns, sigma = np.random.default_rng(2), 4000, 3.0
    expected = rng.uniform(0, 1000, (points, columns))
    fit = fit_columns(expected + rng.normal(0, sigma, expected.shape), expected)
    for confidence in (0.9, 0.99):
        held = (fit.bound(5.0, confidence) / 5 >= sigma * fit.gain).mean()
        allowed = 4 * np.sqrt(confidence * (1 - confidence) / columns)
        assert held == pytest.approx(confidence, abs=allowed)
    free = points - 2
    factor = 2 * np.sqrt(free / stats.chi2.ppf(0.05, free))
    assert fit.bound(2.0, 0.95) == pytest.approx(factor * fit.sigma)


def test_a_column_without_weights_keeps_its_gain_and_loses_its_offset():
    expected = np.array([[0, 1], [0, 5], [0, 9]], dtype=float)
    fit = fit_columns(expected + [12, 0], expected)
    assert fit.gain.tolist() == [1, 1]
    assert fit.offset.tolist() == [12, 0]


@pytest.mark.parametrize(
    ("measured", "expected", "message"),
    [
        (
            [[0, 5], [1, 5], [2, 5]],
            [[0, 0], [1, 1], [2, 2]],
            "column 1 must move with its inputs, not give 5 always",
        ),
        (
            [[0], [1], [2]],
            [[2], [1], [0]],
            "gain of column 0 must be within (0, 4), not -1",
        ),
        (
            [[0], [1], [2]],
            [[0], [10], [20]],
            "gain of column 0 must be within (0, 4), not 10",
        ),
        (
            [[0], [np.nan], [2]],
            [[0], [1], [2]],
            "measured must be finite, not nan at (1, 0)",
        ),
        (
            [[0], [1], [2]],
            [[0], [1], [np.inf]],
            "expected must be finite, not inf at (2, 0)",
        ),
        (
            [[0]],
            [[0]],
            "points must be at least 2, not 1",
        ),
        (
            [[0], [1], [2]],
            [[0, 1], [1, 2], [2, 3]],
            "measured and expected must be points x columns, not (3, 1) and (3, 2)",
        ),
        (
            [[0], [1], [2]],
            [[7], [7], [7]],
            "points must differ in what some column should give, not all 3 be alike",
        ),
    ],
)
def test_what_is_no_calibration_is_refused(measured, expected, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fit_columns(measured, expected)


def test_two_points_give_a_line_and_no_bound():
    fit = fit_columns([[10.0], [30.0]], [[0.0], [10.0]])
    assert (fit.gain.tolist(), fit.offset.tolist()) == ([0.5], [10.0])
    assert fit.bound().tolist() == [np.inf]


def test_a_confidence_is_a_share():
    fit = fit_columns([[0.0], [1], [2]], [[0.0], [1], [2]])
    with pytest.raises(ValueError, match=r"^confidence must be within \(0, 1\), not 1$"):
        fit.bound(5.0, 1)
