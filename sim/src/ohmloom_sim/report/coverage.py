"""The page of a regression: its tests, and what they have covered."""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.points import CoverPoint
from ohmloom_sim.coverage.result import GroupCoverage, group_coverage, total_coverage
from ohmloom_sim.files import write_json, write_text
from ohmloom_sim.regression import RegressionResult, merged_counts
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, axes, data_uri, figure, tidy
from ohmloom_sim.report.template import rendered

__all__ = ["codes_figure", "coverage_figure", "coverage_json", "write_coverage_report"]

_MOST_BINS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """A group as it stands on the page."""

    coverage: GroupCoverage
    detailed: Sequence[tuple[CoverPoint, list[tuple[str, int]]]]
    brief: Sequence[tuple[str, str, str, int, str]]
    absent: Sequence[tuple[str, str, str]]


def write_coverage_report(
    folder: Path, results: Sequence[RegressionResult], *, target: float | None
) -> Path:
    """Write the page of a regression into a folder, which is made if it isn't there.

    Beside `index.html`, which needs no other file, is `coverage.json`.

    Parameters
    ----------
    target
        Share of bins of each group that was asked for [%]; None where none was.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OhmloomError
        Where a file can't be written.
    """
    write_json(folder / "coverage.json", coverage_json(results, target=target))
    counts = merged_counts(results)
    groups = group_coverage(counts)
    context: dict[str, Any] = {
        "results": results,
        "target": target,
        "groups": [_group(counts, group) for group in groups],
        "missing_groups": _missing(counts.points, {group.name for group in groups}),
        "total": total_coverage(groups),
        "chips": [(r, group_coverage(r.counts)) for r in results],
        "tests": sum(result.tests for result in results),
        "failed": sum(len(result.failed) for result in results),
        "coverage_picture": data_uri(coverage_figure(groups, target)),
        "codes_picture": data_uri(codes_figure(results)),
        "version": importlib.metadata.version("ohmloom"),
    }
    page = folder / "index.html"
    write_text(page, rendered("coverage.html.j2", context))
    return page


def coverage_json(results: Sequence[RegressionResult], *, target: float | None) -> dict[str, Any]:
    """Return all that was counted as plain data; the same seed gives the same."""
    counts = merged_counts(results)
    groups = group_coverage(counts)
    return {
        "target_percent": target,
        "total_percent": round(total_coverage(groups), 3),
        "groups": {group.name: group.to_json() for group in groups},
        "hits": counts.to_json(),
        "absent": _absent(counts.points),
        "chips": [
            {
                "name": result.spec.name,
                "spec_hash": result.spec.hash,
                "simulator": f"{result.simulator} {result.version}",
                "seed": result.seed,
                "passed": list(result.passed),
                "failed": dict(result.failed),
                "total_percent": round(total_coverage(group_coverage(result.counts)), 3),
                "hits": result.counts.to_json(),
                "absent": _absent(result.counts.points),
            }
            for result in results
        ],
    }


def coverage_figure(groups: Sequence[GroupCoverage], target: float | None) -> Figure:
    """Draw the share of bins that was hit, a bar a group."""
    made = figure(9.4, 0.8 + 0.34 * len(groups))
    plot = axes(made, x="bins that were hit [%]", y="group")
    names = [group.name for group in groups]
    shares = [group.percent for group in groups]
    low = [target is not None and group.percent < target for group in groups]
    plot.barh(names, shares, color=[ACCENT if below else MAIN for below in low], height=0.62)
    for place, group in enumerate(groups):
        text = f"{group.covered} of {group.bins}"
        plot.text(101, place, text, va="center", fontsize=8, color=INK)
    if target is not None:
        plot.axvline(target, color=MUTED, linewidth=1, linestyle="--")
        plot.set_title(f"dashed: target {target:g} %", fontsize=9, color=INK, loc="left")
    plot.set_xlim(0, 112)
    plot.set_xticks(range(0, 101, 20))
    plot.invert_yaxis()
    return made


def codes_figure(results: Sequence[RegressionResult]) -> Figure:
    """Draw how often codes of the converters on either side of the arrays were seen.

    Chips differ in the widths of their codes, so a code is shown as a share of the highest one.
    """
    made = figure(9.4, 3.4)
    plots = made.subplots(1, 2, sharey=True)
    for plot, name, what in zip(
        plots, ("input code", "ADC code"), ("DAC codes", "ADC codes"), strict=True
    ):
        tidy(plot, x=f"{what} [% of the highest]", y="share of samples [%]")
        for result in results:
            edges, shares = _histogram(result.counts, name)
            plot.stairs(shares, edges, label=result.spec.name, linewidth=1.4, baseline=None)
        plot.set_xlim(0, 100)
        plot.set_yscale("log")
        plot.set_ylim(0.01, 100)
        plot.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g}"))
        plot.tick_params(labelleft=True)
    if len(results) > 1:
        plots[1].legend(frameon=False, fontsize=7, labelcolor=INK, ncols=2)
    return made


def _histogram(counts: CoverCounts, name: str) -> tuple[list[float], list[float]]:
    """Return edges and heights of the codes of a chip [%]."""
    point = next(p for p in counts.points if (p.group, p.name) == ("codes", name))
    hits = counts.hits(point)
    total = max(1, sum(hits.values()))
    every = sorted((*point.bins, *point.absent), key=_first)
    top = int(every[-1].rsplit(" ", maxsplit=1)[-1]) + 1
    edges = [100 * _first(bin_) / top for bin_ in every] + [100.0]
    return edges, [100 * hits.get(bin_, 0) / total for bin_ in every]


def _first(bin_: str) -> int:
    return int(bin_.split(" ", maxsplit=1)[0])


def _group(counts: CoverCounts, coverage: GroupCoverage) -> _Group:
    points = [point for point in counts.points if point.group == coverage.name]
    detailed, brief = [], []
    for point in points:
        hits = counts.hits(point)
        # Registers have a bin a bit; what counts of them is how many, and which are missing.
        if coverage.name in ("registers", "windows") or len(point.bins) > _MOST_BINS:
            missing = [bin_ for bin_, times in hits.items() if not times]
            share = f"{len(point.bins) - len(missing)} of {len(point.bins)}"
            brief.append((point.name, point.doc, share, sum(hits.values()), _some(missing)))
        elif point.bins:
            detailed.append((point, list(hits.items())))
    return _Group(
        coverage=coverage,
        detailed=detailed,
        brief=brief,
        absent=[(p.name, bins, why) for p in points for bins, why in _reasons(p)],
    )


def _missing(
    points: Sequence[CoverPoint], there: set[str]
) -> dict[str, list[tuple[str, str, str]]]:
    """Return what is absent of groups that no chip has a bin of."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for point in points:
        if point.group not in there:
            rows = [(point.name, bins, why) for bins, why in _reasons(point)]
            found.setdefault(point.group, []).extend(rows)
    return found


def _reasons(point: CoverPoint) -> list[tuple[str, str]]:
    """Return the bins that are absent, those of one reason together."""
    found: dict[str, list[str]] = {}
    for bin_, why in point.absent.items():
        found.setdefault(why, []).append(bin_)
    return [("; ".join(bins), why) for why, bins in found.items()]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_BINS])
    more = len(names) - _MOST_BINS
    return f"{shown} and {more} more" if more > 0 else shown


def _absent(points: Sequence[CoverPoint]) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for point in points:
        if point.absent:
            found.setdefault(point.group, {})[point.name] = dict(point.absent)
    return found
