import io

import numpy as np
import pytest
from campaign_points import a_point

from ohmloom_sim.campaigns.picture import measure_figure
from ohmloom_sim.campaigns.summary import summarise
from ohmloom_sim.report.canvas import save_svg


def drawn(factors, measure="mvm_error", value=lambda settings, seed: 1.0 + seed, seeds=3):
    """Draw a measure of a campaign whose settings are all combinations of the factors."""
    names, results = list(factors), []
    grid = [dict(zip(names, one, strict=True)) for one in combinations(list(factors.values()))]
    for settings in grid:
        for seed in range(seeds):
            point = a_point(len(results), measures=(measure,), settings=settings, seed=seed)
            results.append((point, {measure: value(settings, seed)}))
    summary = summarise(results)
    return summary, measure_figure(summary, results, measure)


def combinations(levels):
    if not levels:
        return [()]
    return [(one, *rest) for one in levels[0] for rest in combinations(levels[1:])]


def shown(figure):
    return [plot for plot in figure.axes if plot.get_visible()]


def labels(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_bars_are_the_intervals_of_the_summary():
    summary, figure = drawn(
        {"adc_bits": [6, 8]}, value=lambda settings, seed: settings["adc_bits"] * (1 + seed)
    )
    (plot,) = shown(figure)
    (bars,) = plot.containers
    segments = bars.lines[2][0].get_segments()
    assert [s[0][0] for s in segments] == [6, 8]
    for segment, row in zip(segments, summary.rows, strict=True):
        assert (segment[0][1], segment[1][1]) == pytest.approx(row.interval)
    assert list(bars.lines[0].get_ydata()) == [row.mean for row in summary.rows]
    assert plot.get_xlabel() == "bits of the ADCs [bit]"
    assert plot.get_ylabel() == "MVM error, rms [LSB]"
    assert not figure.legends


def test_each_setting_of_other_factors_has_a_line():
    _, figure = drawn(
        {"encoding": ["diff_pair", "offset_column"], "adc_bits": [6, 8], "wires": [1.0, 2.0]}
    )
    assert shown(figure)[0].get_xlabel() == "bits of the ADCs [bit]"
    assert labels(figure) == [
        "encoding = diff_pair, wires = 1",
        "encoding = diff_pair, wires = 2",
        "encoding = offset_column, wires = 1",
        "encoding = offset_column, wires = 2",
    ]


def test_many_lines_are_split_into_panels():
    _, figure = drawn({"adc_bits": [6, 8], "stuck": [0.0, 0.1, 0.2], "wires": [1.0, 2.0, 3.0, 4.0]})
    assert [plot.get_title(loc="left") for plot in shown(figure)] == [
        "stuck = 0",
        "stuck = 0.1",
        "stuck = 0.2",
    ]
    assert labels(figure) == [f"wires = {k}" for k in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("levels", "scale"),
    [
        ([60.0, 3600.0, 3e7], "log"),
        ([0.0, 60.0, 3e7], "symlog"),
        ([10.0, 20.0], "linear"),
        ([-300.0, 3.0, 400.0], "linear"),
    ],
)
def test_axis_is_logarithmic_where_a_factor_spans_decades(levels, scale):
    _, figure = drawn({"age": levels})
    assert shown(figure)[0].get_xscale() == scale


def test_names_stand_side_by_side_where_no_factor_is_a_number():
    _, figure = drawn({"encoding": ["diff_pair", "offset_column"], "flag": [True, False]})
    (plot,) = shown(figure)
    assert [text.get_text() for text in plot.get_xticklabels()] == ["diff_pair", "offset_column"]
    assert labels(figure) == ["flag = true", "flag = false"]


def test_shares_are_in_per_cent_and_energies_have_their_unit():
    _, figure = drawn({"adc_bits": [6, 8]}, "accuracy", lambda settings, seed: 0.9 + 0.01 * seed)
    figure.canvas.draw()
    ticks = [text.get_text() for text in shown(figure)[0].get_yticklabels()]
    assert all(text.endswith("%") for text in ticks)
    _, figure = drawn({"adc_bits": [6, 8]}, "energy", lambda settings, seed: 2e-7 + 1e-8 * seed)
    figure.canvas.draw()
    assert any(t.get_text() == "200 nJ" for t in shown(figure)[0].get_yticklabels())


def test_campaign_that_varies_nothing_shows_its_spread():
    values = np.random.default_rng(0).normal(5, 1, 100).tolist()
    _, figure = drawn({"adc_bits": [8]}, value=lambda settings, seed: values[seed], seeds=100)
    (plot,) = shown(figure)
    assert sum(bar.get_height() for bar in plot.containers[0]) == 100
    assert plot.get_xlabel() == "MVM error, rms [LSB]"
    assert plot.get_legend().get_texts()[0].get_text().startswith("mean ")


def test_picture_is_the_same_each_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        save_svg(drawn({"adc_bits": [6, 8], "wires": [1.0, 2.0]})[1], tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").stat().st_size > 10_000


def test_single_seeds_have_points_without_bars():
    _, figure = drawn({"adc_bits": [6, 8]}, seeds=1)
    figure.savefig(io.BytesIO(), format="png")
    segments = shown(figure)[0].containers[0].lines[2][0].get_segments()
    assert all(np.ptp(segment[:, 1]) == 0 for segment in segments)


def test_measure_that_isnt_there_is_refused():
    point = a_point(0, measures=("mvm_error",))
    results = [(point, {"mvm_error": 1.0})]
    with pytest.raises(ValueError, match=r"^measure must be one of mvm_error, not 'energy'$"):
        measure_figure(summarise(results), results, "energy")
