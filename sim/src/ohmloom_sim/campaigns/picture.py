"""A measure of a campaign as a picture: over the first factor that is a number, with its intervals.

Every setting of the other factors has a line; where these are many, each value of the first of them
has a panel. A campaign that varies nothing shows how its chips are spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, PercentFormatter

from ohmloom_sim.campaigns.measures import MEASURES, Measure
from ohmloom_sim.campaigns.summary import Results, Summary, SummaryRow
from ohmloom_sim.campaigns.texts import factor_label, level_text, setting_text, value_text
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, figure, tidy

__all__ = ["measure_figure"]

# Told apart in grey, too, by their markers.
_LOOKS = (
    (MAIN, "o"),
    (ACCENT, "s"),
    ("#2f8f5b", "^"),
    ("#8458b3", "D"),
    (INK, "v"),
    ("#c2951f", "P"),
    ("#3fa7b5", "X"),
    ("#b0416b", "<"),
)

_WIDTH, _HEIGHT, _PANELS_A_ROW = 9.4, 3.6, 3
_DECADES = 100.0
_APART = 0.012
_MOST_TICKS = 10
_WITH_PREFIX = ("J", "s")
# An axis begins at 0 where that is no waste of it.
_FAR_BELOW = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    """By how much a point moves where it is to stand beside another."""

    reach: float
    decades: float

    def shifted(self, x: float, apart: float) -> float:
        if x and self.decades:
            return float(x * 10 ** (apart * self.decades))
        return x + apart * self.reach


def measure_figure(summary: Summary, results: Results, measure: str) -> Figure:
    """Draw a measure.

    Parameters
    ----------
    results
        What was summarised; its values are drawn where no factor has two of them.
    measure
        Name of the measure, one of the summary's.

    Raises
    ------
    ValueError
        Where it isn't.
    """
    if measure not in summary.measures:
        msg = f"measure must be one of {', '.join(summary.measures)}, not '{measure}'"
        raise ValueError(msg)
    rows = summary.of(measure)
    varied = [name for name in summary.factors if len(_levels(rows, name)) > 1]
    if not varied:
        return _spread(rows[0], [values[measure] for _, values in results])
    numeric = [name for name in varied if _is_numeric(_levels(rows, name))]
    across = numeric[0] if numeric else varied[0]
    others = [name for name in varied if name != across]
    lines = len({setting_text(row.settings, others) for row in rows})
    panel = others[0] if lines > len(_LOOKS) else None
    return _over(rows, across, panel, [name for name in others if name != panel])


def _levels(rows: Sequence[SummaryRow], name: str) -> list[Any]:
    """Return the values of a factor, each once, in their order."""
    return list({level_text(row.settings[name]): row.settings[name] for row in rows}.values())


def _is_numeric(levels: Sequence[Any]) -> bool:
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in levels)


def _over(
    rows: Sequence[SummaryRow], across: str, panel: str | None, others: Sequence[str]
) -> Figure:
    measure = MEASURES[rows[0].measure]
    panels = [None] if panel is None else _levels(rows, panel)
    count = min(_PANELS_A_ROW, len(panels))
    down = ceil(len(panels) / count)
    made = figure(_WIDTH, _HEIGHT if down == 1 else 3.0 * down)
    plots = made.subplots(down, count, squeeze=False, sharex=True, sharey=True).ravel()
    for place, (plot, level) in enumerate(zip(plots, panels, strict=False)):
        title = "" if panel is None else f"{panel} = {level_text(level)}"
        side = _axis_label(measure) if place % count == 0 else ""
        tidy(plot, x=factor_label(across), y=side, title=title)
        held = [row for row in rows if panel is None or row.settings[panel] == level]
        _draw(plot, held, across, others)
    for plot in plots[len(panels) :]:
        plot.set_visible(False)
    _scale_y(plots[0], measure, rows)
    if others:
        handles, labels = plots[0].get_legend_handles_labels()
        made.legend(
            handles,
            labels,
            loc="outside right upper" if down * count == 1 else "outside lower center",
            ncols=1 if down * count == 1 else _PANELS_A_ROW,
            frameon=False,
            fontsize=8,
            labelcolor=INK,
        )
    return made


def _draw(plot: Axes, rows: Sequence[SummaryRow], across: str, others: Sequence[str]) -> None:
    levels = _levels(rows, across)
    numeric = _is_numeric(levels)
    scale = _scale_x(plot, levels) if numeric else _name_x(plot, levels)
    groups: dict[str, list[SummaryRow]] = {}
    for row in rows:
        groups.setdefault(setting_text(row.settings, others), []).append(row)
    for place, ((label, line), (colour, marker)) in enumerate(
        zip(groups.items(), cycle(_LOOKS), strict=False)
    ):
        # Bars of lines that lie on each other stand side by side.
        apart = _APART * (place - (len(groups) - 1) / 2)
        names = [level_text(one) for one in levels]
        at = [
            row.settings[across] if numeric else names.index(level_text(row.settings[across]))
            for row in line
        ]
        ordered = sorted(zip((scale.shifted(x, apart) for x in at), line, strict=True),
                         key=lambda pair: pair[0])  # fmt: skip
        _bars(plot, ordered, label=label, colour=colour, style=marker + ("-" if numeric else ""))


def _bars(
    plot: Axes,
    line: Sequence[tuple[float, SummaryRow]],
    *,
    label: str,
    colour: str,
    style: str,
) -> None:
    means = np.array([row.mean for _, row in line])
    ends = np.array([row.interval or (row.mean, row.mean) for _, row in line])
    # A mean of equal values may be off its ends by rounding.
    below, above = np.maximum(0, means - ends[:, 0]), np.maximum(0, ends[:, 1] - means)
    plot.errorbar(
        [x for x, _ in line],
        means,
        yerr=np.stack([below, above]),
        fmt=style,
        ms=4,
        lw=1.2,
        capsize=2.5,
        color=colour,
        label=label,
    )


def _scale_x(plot: Axes, levels: Sequence[float]) -> _Scale:
    """Give the axis of a factor its scale."""
    positive = [one for one in levels if one > 0]
    wide = bool(positive) and max(positive) / min(positive) >= _DECADES and min(levels) >= 0
    if not wide:
        if len(levels) <= _MOST_TICKS:
            plot.set_xticks([float(one) for one in levels])
        return _Scale(reach=float(max(levels) - min(levels)), decades=0.0)
    least, most = min(positive), max(positive)
    decades = float(np.log10(most / least))
    if min(levels) > 0:
        plot.set_xscale("log")
        return _Scale(reach=0.0, decades=decades)
    plot.set_xscale("symlog", linthresh=least, linscale=0.7)
    powers = range(ceil(np.log10(least)), int(np.log10(most)) + 1)
    plot.set_xticks([0.0, *(10.0**power for power in powers)])
    plot.minorticks_off()
    return _Scale(reach=least, decades=decades)


def _name_x(plot: Axes, levels: Sequence[Any]) -> _Scale:
    plot.set_xticks(range(len(levels)), [level_text(one) for one in levels])
    plot.set_xlim(-0.5, len(levels) - 0.5)
    return _Scale(reach=float(len(levels)), decades=0.0)


def _axis_label(measure: Measure) -> str:
    # Units that take a prefix stand at the ticks.
    apart = measure.unit and measure.unit not in _WITH_PREFIX
    return f"{measure.label} [{measure.unit}]" if apart else measure.label


def _with_units(axis: Axis, measure: Measure) -> None:
    if measure.percent:
        axis.set_major_formatter(PercentFormatter(1.0))
    elif measure.unit in _WITH_PREFIX:
        axis.set_major_formatter(EngFormatter(measure.unit))


def _scale_y(plot: Axes, measure: Measure, rows: Sequence[SummaryRow]) -> None:
    ends = [end for row in rows for end in (row.mean, *(row.interval or ()))]
    low, high = min(ends), max(ends)
    if min(row.mean for row in rows) > 0 and low > 0 and high / low >= _DECADES:
        plot.set_yscale("log")
    elif measure.share:
        plot.set_ylim(max(-0.02, low - 0.1 * (1 - low)), 1.02)
    elif measure.least == 0 and low < _FAR_BELOW * high:
        plot.set_ylim(0, 1.06 * high)
    _with_units(plot.yaxis, measure)


def _spread(row: SummaryRow, values: Sequence[float]) -> Figure:
    """Draw how often the chips of one setting have which value."""
    measure = MEASURES[row.measure]
    made = figure(_WIDTH, _HEIGHT)
    plot = made.add_subplot()
    tidy(plot, x=_axis_label(measure), y="chips")
    plot.hist(values, bins=min(60, max(1, ceil(len(values) ** 0.5))), color=MAIN)
    mean = f"mean {value_text(measure, row.mean)}"
    if row.interval is not None:
        low, high = row.interval
        plot.axvspan(low, high, color=ACCENT, alpha=0.25, linewidth=0)
        ends = f"{value_text(measure, low)} to {value_text(measure, high)}"
        mean = f"{mean}, with 95 % confidence {ends}"
    plot.axvline(row.mean, color=ACCENT, linewidth=1.2, label=mean)
    _with_units(plot.xaxis, measure)
    plot.yaxis.set_major_locator(MaxNLocator(integer=True))
    plot.set_ylim(top=1.18 * plot.get_ylim()[1])
    plot.legend(frameon=False, fontsize=8, loc="upper left", labelcolor=INK)
    return made
