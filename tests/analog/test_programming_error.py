"""Published programming errors; the numbers are those of the publications' own codes."""

import re

import numpy as np
import pytest

from ohmloom_analog.programming_error import (
    cmo_relaxed,
    programming_error,
    programming_error_names,
)

MICRO = 1e-6
CELLS = 100_000


@pytest.mark.parametrize(
    ("name", "targets", "expected", "digits"),
    [
        ("pcm", [0, 2.5, 12.5, 25], [0.2635, 0.4482, 0.952705, 1.0554], 1e-4),
        ("neurram-1s", [0, 10, 20, 30, 40], [0.348, 2.258, 2.023, 1.533, 1.103], 5e-4),
        ("neurram-1d", [0, 10, 20, 30, 40], [0.701, 3.721, 3.909, 3.366, 2.651], 5e-4),
        ("neurram-2d", [0, 40], [0.782, 2.677], 5e-4),
        ("cmo-0.2", [50], [0.0543], 1e-4),
        ("cmo-2", [50], [0.5757], 1e-4),
        ("milo", [50, 225], [4.326971, 2.733246], 1e-6),
    ],
)
def test_sigma_is_the_published_one(name, targets, expected, digits):
    found = programming_error(name).sigma(np.array(targets) * MICRO) / MICRO
    np.testing.assert_allclose(found, expected, atol=digits)


def test_pcm_agrees_with_the_other_fit_of_the_same_data():
    """CrossSim's fit to the same devices, within a percent from the middle upwards."""
    targets = np.array([12.5, 18.0, 25.0])
    other = -0.00178767 * targets**2 + 0.07585724 * targets + 0.28638599
    found = programming_error("pcm").sigma(targets * MICRO) / MICRO
    np.testing.assert_allclose(found, other, rtol=0.011)


@pytest.mark.parametrize("name", ["pcm", "neurram-1s", "neurram-1d", "neurram-2d"])
def test_error_of_a_window_scales_with_it(name):
    own = programming_error(name)
    scaled = programming_error(name, g_max=own.highest / 4)
    shares = np.linspace(0, 1, 9)
    np.testing.assert_allclose(
        scaled.sigma(shares * scaled.highest) * 4, own.sigma(shares * own.highest), rtol=1e-12
    )


def test_neurram_at_another_window_has_its_own_sigma():
    """The case that a published simulator gets wrong: 1.105 instead of 0.689 uS."""
    found = programming_error("neurram-1s", g_max=25e-6).sigma(25e-6)
    assert float(found) == pytest.approx(0.689e-6, abs=1e-9)


@pytest.mark.parametrize(("target", "sigma"), [(25.0, 1.05538), (12.5, 0.952705)])
def test_programmed_cells_spread_as_they_should(target, sigma):
    model = programming_error("pcm")
    cells = model.programmed(np.full(CELLS, target * MICRO), np.random.default_rng(2)) / MICRO
    assert abs(cells.mean() - target) < 3 * sigma / np.sqrt(CELLS)
    assert abs(cells.std() - sigma) < 3 * sigma / np.sqrt(2 * CELLS)


def test_cells_programmed_to_nothing_are_clipped_at_nothing():
    """Half a normal distribution: mean sigma / sqrt(2 pi), variance (1 - 1 / pi) / 2."""
    cells = programming_error("pcm").programmed(np.zeros(CELLS), np.random.default_rng(3)) / MICRO
    assert cells.min() == 0.0
    assert abs(cells.mean() - 0.1051) < 3 * 0.154 / np.sqrt(CELLS)
    assert abs(cells.std() - 0.1538) < 1e-3


@pytest.mark.parametrize(("name", "expected"), [("relative", 1.0), ("uniform", 2.0)])
def test_plain_error_is_a_fraction_of_the_target_or_of_the_window(name, expected):
    model = programming_error(name, g_max=40e-6, fraction=0.05)
    assert float(model.sigma(20e-6)) == pytest.approx(expected * MICRO, rel=1e-12)


def test_relaxed_cmo_cells_shift_and_spread_with_the_logarithm_of_time():
    day = 86400.0
    cells = cmo_relaxed(np.full(CELLS, 50e-6), day, np.random.default_rng(4)) / MICRO - 50
    shift, sigma = -1.011599, 0.889181
    assert abs(cells.mean() - shift) < 3 * sigma / np.sqrt(CELLS)
    assert abs(cells.std() - sigma) < 3 * sigma / np.sqrt(2 * CELLS)


def test_ends_of_a_range_bear_rounding():
    steps = 50e-6 + (225e-6 - 50e-6) / 15 * np.arange(16)
    assert programming_error("milo").sigma(steps).shape == (16,)


@pytest.mark.parametrize(
    ("name", "target", "span"),
    [
        ("milo", 40e-6, "5e-05 to 0.000225"),
        ("milo", np.nan, "5e-05 to 0.000225"),
        ("cmo-2", 91e-6, "8e-06 to 9e-05"),
        ("pcm", 26e-6, "0 to 2.5e-05"),
        ("neurram-1d", -1e-6, "0 to 4e-05"),
    ],
)
def test_target_outside_the_fit_is_refused(name, target, span):
    message = f"target of the programming error '{name}' must be from {span} S, not {target!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        programming_error(name).sigma([target])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "pcm", "g_max": 0.0}, "g_max must be finite and above 0 S, not 0.0"),
        (
            {"name": "pcm", "fraction": 0.1},
            "fraction must be None with the programming error 'pcm', not 0.1",
        ),
        (
            {"name": "milo", "g_max": 300e-6},
            "g_max must be from 5e-05 to 0.000225 S with the programming error 'milo', not 0.0003",
        ),
        (
            {"name": "relative", "fraction": 0.1},
            "g_max must be given with the programming error 'relative', not None",
        ),
        (
            {"name": "uniform", "g_max": 1e-6, "fraction": 5},
            (
                "fraction of the programming error 'uniform' must be from 0 to 1 "
                "(0.05 for 5 percent), not 5"
            ),
        ),
        (
            {"name": "uniform", "g_max": 1e-6},
            (
                "fraction of the programming error 'uniform' must be from 0 to 1 "
                "(0.05 for 5 percent), not None"
            ),
        ),
        (
            {"name": "neuram"},
            (
                f"programming error must be one of {', '.join(programming_error_names())}, "
                "not 'neuram'; nearest: neurram-2d"
            ),
        ),
    ],
)
def test_model_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        programming_error(**arguments)


def test_relaxation_before_its_first_second_is_refused():
    message = "age of a CMO/HfOx cell must be finite and at least 1 s, not 0.5"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cmo_relaxed([50e-6], 0.5, np.random.default_rng(0))
