"""The fit of columns, against numpy's and the statistics that it should have."""

import numpy as np
import pytest
import scipy.stats

from ohmloom_analog.calibration_fit import fit_columns


def test_it_is_the_line_of_least_squares():
    rng = np.random.default_rng(0)
    expected = rng.normal(0, 1000, (16, 5))
    measured = expected * rng.uniform(0.8, 1.2, 5) + rng.normal(0, 50, 5)
    measured += rng.normal(0, 10, measured.shape)
    fit = fit_columns(measured, expected)
    for column in range(5):
        slope, start = np.polyfit(measured[:, column], expected[:, column], 1)
        assert fit.gain[column] == pytest.approx(slope, rel=1e-9)
        assert -fit.offset[column] * fit.gain[column] == pytest.approx(start, abs=1e-6)
        left = np.abs(slope * measured[:, column] + start - expected[:, column]).max()
        assert fit.left[column] == pytest.approx(left, rel=1e-9)


def test_points_on_a_line_are_met_exactly():
    fit = fit_columns([[110.0], [610.0], [360.0]], [[0.0], [1000.0], [500.0]])
    assert (fit.gain[0], fit.offset[0], fit.left[0], fit.sigma[0]) == (2.0, 110.0, 0.0, 0.0)


def test_a_column_that_should_stay_where_it_is_only_gets_an_offset():
    fit = fit_columns([[7.0, 1.0], [9.0, 2.0], [8.0, 3.0]], [[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]])
    assert (fit.gain[0], fit.offset[0]) == (1.0, 8.0)


def test_bound_is_five_sigma_of_the_largest_deviation_that_is_not_refuted():
    rng = np.random.default_rng(3)
    expected = np.linspace(0, 1000, 20)[:, np.newaxis].repeat(3, axis=1)
    fit = fit_columns(expected + rng.normal(0, 4, expected.shape), expected)
    quantile = scipy.stats.chi2.ppf(0.01, 18)
    np.testing.assert_allclose(fit.bound(), 5 * fit.sigma * np.sqrt(18 / quantile))


@pytest.mark.parametrize("points", [8, 16, 32, 64])
def test_uncertainty_of_a_gain_falls_with_the_root_of_the_points(points):
    rng = np.random.default_rng(points)
    expected = np.linspace(-2000, 2000, points)[:, np.newaxis].repeat(4000, axis=1)
    fit = fit_columns(expected + rng.normal(0, 4, expected.shape), expected)
    sigma = 4 / np.sqrt(points * expected[:, 0].var())
    assert fit.gain.std() == pytest.approx(sigma, rel=0.05)


# Errors at the worst of all points of a 12-bit scale, 99 % of cases, with noise of 4 LSB.
SHEET = {8: 7.3, 16: 5.4, 32: 3.9, 64: 2.7}


@pytest.mark.parametrize(("points", "worst"), SHEET.items())
def test_worst_point_errors_are_those_of_the_design_sheet(points, worst):
    rng = np.random.default_rng(points)
    expected = np.linspace(0, 4095, points)[:, np.newaxis].repeat(20_000, axis=1)
    fit = fit_columns(expected + rng.normal(0, 4, expected.shape), expected)
    ends = np.array([[0.0], [4095.0]])
    off = np.abs((ends - fit.offset) * fit.gain - ends).max(axis=0)
    assert np.quantile(off, 0.99) == pytest.approx(worst, rel=0.06)


@pytest.mark.parametrize(
    ("measured", "expected", "message"),
    [
        ([[1.0], [2.0]], [[1.0], [2.0]], "points must be at least 3, not 2"),
        (
            [[1.0]] * 3,
            [[1.0]] * 3,
            "points must differ in what some column should give, not all 3 be alike",
        ),
        (
            [[1.0], [2.0]],
            [[1.0, 2.0], [2.0, 3.0]],
            r"measured and expected must be points x columns, not \(2, 1\) and \(2, 2\)",
        ),
        (
            [[1.0], [np.nan], [3.0]],
            [[1.0], [2.0], [3.0]],
            r"measured must be finite, not nan at \(1, 0\)",
        ),
        (
            [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]],
            [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]],
            "column 1 must move with its inputs, not give 5 always",
        ),
        (
            [[1.0], [2.0], [3.0]],
            [[3.0], [2.0], [1.0]],
            r"gain of column 0 must be within \(0, 4\), not -1",
        ),
    ],
)
def test_what_can_not_be_fitted_is_refused(measured, expected, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        fit_columns(measured, expected)
