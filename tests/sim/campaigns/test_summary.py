import csv
import io
import json
import random

import numpy as np
import pytest
from campaign_points import a_point
from scipy import stats

from ohmloom_sim.campaigns.summary import summarise


def results_of(table, *, images=50):
    """Return points and measures from (settings, measures) pairs, one seed after the other."""
    return [
        (a_point(index, measures=values, settings=settings, images=images), values)
        for index, (settings, values) in enumerate(table)
    ]


def test_figures_are_students_over_the_seeds():
    values = np.random.default_rng(0).normal(5.0, 0.4, 7).tolist()
    found = summarise(results_of([({"a": 1}, {"mvm_error": value}) for value in values]))
    (row,) = found.rows
    wanted = stats.t.interval(0.95, 6, loc=np.mean(values), scale=stats.sem(values))
    assert row.interval == pytest.approx(wanted)
    assert (row.mean, row.least, row.most) == pytest.approx(
        (sum(values) / 7, min(values), max(values))
    )
    assert row.count == 7


def test_share_has_the_wider_end_of_wilson_and_student():
    alike, apart = [0.9, 0.9, 0.92], [0.2, 0.9, 0.5]
    table = [({"a": 0}, {"accuracy": value}) for value in alike]
    table += [({"a": 1}, {"accuracy": value}) for value in apart]
    first, second = summarise(results_of(table, images=50)).rows
    # 136 of 150, which are 45.33 of 50: Wilson's by its own formula.
    p, n, z = np.mean(alike), 50, stats.norm.ppf(0.975)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert first.interval == pytest.approx((centre - reach, centre + reach))
    student = stats.t.interval(0.95, 2, loc=np.mean(apart), scale=stats.sem(apart))
    assert student[0] < 0
    assert second.interval == (0.0, 1.0)


def test_one_seed_has_wilsons_interval_or_none():
    table = [({"a": 0}, {"accuracy": 0.8, "mvm_error": 2.0})]
    accuracy, error = summarise(results_of(table, images=10)).rows
    wanted = stats.binomtest(8, 10).proportion_ci(method="wilson")
    assert accuracy.interval == pytest.approx((wanted.low, wanted.high))
    assert error.interval is None
    assert error.to_json()["low"] is None


def test_interval_ends_where_the_measure_does():
    table = [({"a": 0}, {"clipped": value}) for value in (0.0, 0.0, 0.3)]
    (row,) = summarise(results_of(table)).rows
    low, high = stats.t.interval(0.95, 2, loc=0.1, scale=stats.sem([0.0, 0.0, 0.3]))
    assert low < 0
    assert row.interval == pytest.approx((0.0, high))


def test_intervals_hold_the_true_mean_as_often_as_they_say():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(400):
        table = [({}, {"mvm_error": value}) for value in rng.normal(3.0, 0.5, 5)]
        low, high = summarise(results_of(table)).rows[0].interval
        inside += low <= 3.0 <= high
    # 95 % of 400, give or take four standard deviations.
    assert 380 - 18 <= inside <= 380 + 18


def test_order_of_the_results_changes_nothing():
    table = [
        ({"b": level, "a": name}, {"mvm_error": level + seed / 7, "energy": 1e-9 / (seed + 3)})
        for level in (8, 6)
        for name in ("x", "y")
        for seed in range(3)
    ]
    results = results_of(table)
    wanted = summarise(results)
    mixed = results.copy()
    random.Random(0).shuffle(mixed)
    assert mixed != results
    assert summarise(mixed).to_csv() == wanted.to_csv()
    assert json.dumps(summarise(mixed).to_json()) == json.dumps(wanted.to_json())


def test_table_has_settings_in_the_order_of_their_points():
    table = [
        ({"adc_bits": bits, "encoding": name}, {"mvm_error": error})
        for bits, name, error in (
            (8, "diff_pair", 1.0),
            (8, "diff_pair", 2.0),
            (8, "offset_column", 4.0),
            (6, "diff_pair", 8.0),
        )
    ]
    lines = list(csv.reader(io.StringIO(summarise(results_of(table)).to_csv())))
    assert lines[0] == [
        "adc_bits",
        "encoding",
        *("measure", "unit", "mean", "low", "high", "min", "max", "n"),
    ]
    assert [line[:5] for line in lines[1:]] == [
        ["8", "diff_pair", "mvm_error", "LSB", "1.5"],
        ["8", "offset_column", "mvm_error", "LSB", "4.0"],
        ["6", "diff_pair", "mvm_error", "LSB", "8.0"],
    ]
    assert lines[1][7:] == ["1.0", "2.0", "2"]
    assert lines[2][5:7] == ["", ""]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], r"^points of a summary must be at least 1, not 0$"),
        (
            [({"a": 1}, {"mvm_error": float("nan")})],
            r"^mvm_error of point 0 must be finite, not nan$",
        ),
        (
            [({"a": 1}, {"mvm_error": 1.0}), ({"b": 1}, {"mvm_error": 1.0})],
            r"^factors of point 1 must be a, not b$",
        ),
        (
            [({"a": 1}, {"mvm_error": 1.0}), ({"a": 1}, {"energy": 1.0})],
            r"^measures of point 1 must be mvm_error, not energy$",
        ),
    ],
)
def test_results_that_are_no_campaign_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        summarise(results_of(table))


def test_point_that_is_there_twice_is_refused():
    twice = results_of([({"a": 1}, {"mvm_error": 1.0})]) * 2
    with pytest.raises(ValueError, match=r"^point 0 must be there once, not twice$"):
        summarise(twice)
