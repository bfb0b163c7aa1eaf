"""What the points of a campaign come to: a mean over the seeds, with its interval.

The interval, of 95 % confidence, is Student's over the seeds, cut where the measure ends. For a
share of samples there is Wilson's, too, for the samples of one run, since all seeds see the same
ones, and on each side whichever of both reaches further counts: chips differ, and samples are a
sample. One seed alone gives none but Wilson's.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

from ohmloom_sim.campaigns.measures import MEASURES, Measure
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.texts import level_text
from ohmloom_sim.intervals import MeanInterval, student_interval, wilson_interval

__all__ = ["Results", "Summary", "SummaryRow", "summarise"]

Results: TypeAlias = Sequence[tuple[Point, Mapping[str, float]]]
"""Points, each with its measures by their names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryRow:
    """One measure at one setting of the factors, over all seeds."""

    settings: Mapping[str, Any]
    """Value of each factor."""
    measure: str
    """Name of the measure."""
    mean: float
    """Mean over the seeds [the measure's unit]."""
    interval: tuple[float, float] | None
    """Between what the true mean is with 95 % confidence; None where one seed can't tell."""
    least: float
    """Smallest value of a seed."""
    most: float
    """Largest value of a seed."""
    count: int
    """Seeds."""

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        low, high = (None, None) if self.interval is None else self.interval
        return {
            "settings": dict(self.settings),
            "measure": self.measure,
            "unit": MEASURES[self.measure].unit,
            "mean": self.mean,
            "low": low,
            "high": high,
            "min": self.least,
            "max": self.most,
            "n": self.count,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """All rows, setting by setting in the order of the points, measure by measure in each."""

    factors: tuple[str, ...]
    """Names of the factors."""
    measures: tuple[str, ...]
    """Names of the measures."""
    rows: tuple[SummaryRow, ...]
    """One a setting and measure."""

    def of(self, measure: str) -> tuple[SummaryRow, ...]:
        """Return the rows of one measure."""
        return tuple(row for row in self.rows if row.measure == measure)

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return {
            "factors": list(self.factors),
            "measures": list(self.measures),
            "rows": [row.to_json() for row in self.rows],
        }

    def to_csv(self) -> str:
        """Return the summary as CSV: factors first, one row a setting and measure."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        figures = ("measure", "unit", "mean", "low", "high", "min", "max", "n")
        writer.writerow([*self.factors, *figures])
        for row in self.rows:
            plain = row.to_json()
            settings = [level_text(row.settings[name]) for name in self.factors]
            writer.writerow([*settings, *(plain[name] for name in figures)])
        return text.getvalue()


def summarise(results: Results) -> Summary:
    """Group points by the settings of their factors, and summarise each group.

    Parameters
    ----------
    results
        In any order: the summary of the same points is always the same.

    Raises
    ------
    ValueError
        Where there are none, one is there twice, lacks a measure that it was asked for, or has
        other factors than the others; or a measure isn't finite.
    """
    if not results:
        msg = "points of a summary must be at least 1, not 0"
        raise ValueError(msg)
    ordered = sorted(results, key=lambda result: result[0].index)
    first = ordered[0][0]
    groups: dict[str, list[tuple[Point, Mapping[str, float]]]] = {}
    for place, (point, values) in enumerate(ordered):
        if place and point.index == ordered[place - 1][0].index:
            msg = f"point {point.index} must be there once, not twice"
            raise ValueError(msg)
        _check(first, point, values)
        groups.setdefault(json.dumps(point.settings, sort_keys=True), []).append((point, values))
    return Summary(
        factors=tuple(first.settings),
        measures=first.measures,
        rows=tuple(_row(group, name) for group in groups.values() for name in first.measures),
    )


def _check(first: Point, point: Point, values: Mapping[str, float]) -> None:
    for what, wanted, there in (
        ("factors", tuple(first.settings), tuple(point.settings)),
        ("measures", first.measures, tuple(values)),
    ):
        if set(wanted) != set(there):
            msg = f"{what} of point {point.index} must be {_listed(wanted)}, not {_listed(there)}"
            raise ValueError(msg)
    for name, value in values.items():
        if not isfinite(value):
            msg = f"{name} of point {point.index} must be finite, not {value!r}"
            raise ValueError(msg)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _row(group: Results, name: str) -> SummaryRow:
    values = [found[name] for _, found in group]
    mean, interval = _estimate(MEASURES[name], values, group[0][0].task.images)
    return SummaryRow(
        settings=group[0][0].settings,
        measure=name,
        mean=mean,
        interval=interval,
        least=min(values),
        most=max(values),
        count=len(values),
    )


def _estimate(
    measure: Measure, values: Sequence[float], samples: int
) -> tuple[float, tuple[float, float] | None]:
    found: list[MeanInterval] = []
    if len(values) > 1:
        found.append(student_interval(values))
    mean = found[0].mean if found else values[0]
    if measure.share:
        found.append(wilson_interval(mean, samples))
    if not found:
        return mean, None
    low = min(one.low for one in found)
    high = max(one.high for one in found)
    return mean, (max(low, measure.least), min(high, measure.most))
