"""The page of a campaign, and the figures beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ohmloom_sim.campaigns.measures import MEASURES
from ohmloom_sim.campaigns.picture import measure_figure
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.rtl_check import RtlCheck
from ohmloom_sim.campaigns.summary import Results, Summary, SummaryRow, summarise
from ohmloom_sim.campaigns.texts import level_text, setting_text, value_text
from ohmloom_sim.files import write_json, write_text
from ohmloom_sim.report.canvas import data_uri, save_svg
from ohmloom_sim.report.template import rendered

__all__ = ["write_page"]

_MOST_ROWS, _MOST_FAILURES = 400, 40


def write_page(
    folder: Path,
    *,
    title: str,
    description: str,
    results: Results,
    failed: Sequence[tuple[Point, str]] = (),
    origin: Sequence[tuple[str, str]] = (),
    check: RtlCheck | None = None,
    total: int | None = None,
) -> Path:
    """Write the page of a campaign into a folder, which is made if it isn't there.

    Beside `index.html`, which needs no other file, are `summary.json`, `summary.csv` and a picture
    of each measure as SVG.

    Parameters
    ----------
    title
        What people call the campaign.
    description
        The TOML that it was read from.
    results
        Points that ended well, with their measures.
    failed
        Points that didn't, and why.
    origin
        Names and values of what is needed to make it again: seeds, versions.
    check
        What came of the emitted Verilog; None where it wasn't run.
    total
        Points that there are; None where all have ended.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ValueError
        Where no point ended well.
    OhmloomError
        Where a file can't be written.
    """
    summary = summarise(results)
    pictures = []
    for name in summary.measures:
        made = measure_figure(summary, results, name)
        save_svg(made, folder / f"{name}.svg")
        label = MEASURES[name].label
        pictures.append((label[0].upper() + label[1:], data_uri(made)))
    plain = summary.to_json() | {"check": None if check is None else check.to_json()}
    write_json(folder / "summary.json", plain)
    write_text(folder / "summary.csv", summary.to_csv())
    ended = len(results) + len(failed)
    context: dict[str, Any] = {
        "title": title,
        "description": description,
        "headlines": _headlines(summary, results, failed, check, ended if total is None else total),
        "pictures": pictures,
        "varied": bool(summary.factors),
        "factors": summary.factors,
        "measures": [MEASURES[name].label for name in summary.measures],
        "rows": _rows(summary),
        "hidden": max(0, len(summary.of(summary.measures[0])) - _MOST_ROWS),
        "failed": [_failure(point, reason) for point, reason in failed[:_MOST_FAILURES]],
        "unlisted": max(0, len(failed) - _MOST_FAILURES),
        "check": check,
        "checked": [] if check is None else _checked(check),
        "origin": list(origin),
        "files": [f"{name}.svg" for name in summary.measures],
    }
    page = folder / "index.html"
    write_text(page, rendered("campaign.html.j2", context))
    return page


def _headlines(
    summary: Summary,
    results: Results,
    failed: Sequence[tuple[Point, str]],
    check: RtlCheck | None,
    total: int,
) -> list[tuple[str, str, str]]:
    """Return value, name and remark of what a reader looks for first."""
    seeds = {row.count for row in summary.rows}
    most, least = max(seeds), min(seeds)
    each = f"{most:,}" if most == least else f"{least:,} to {most:,}"
    ended = len(results) + len(failed)
    codes = 0 if check is None else sum(point.codes for point in check.points)
    return [
        (f"{len(results):,}", "points measured", f"{ended:,} of {total:,} have ended"),
        (
            f"{len(summary.of(summary.measures[0])):,}",
            "settings",
            ", ".join(summary.factors) or "nothing is varied",
        ),
        (each, "seeds of each setting", "each is a chip of its own"),
        (
            "not run" if check is None else f"{codes:,}",
            "emitted Verilog" if check is None else "ADC codes equal to the Verilog's",
            "no point was checked" if check is None else f"points drawn: {len(check.points)}",
        ),
    ]


def _rows(summary: Summary) -> list[tuple[list[str], list[tuple[str, str]]]]:
    """Return the levels and seeds, and mean and interval of each measure, setting by setting."""
    columns = [summary.of(name)[:_MOST_ROWS] for name in summary.measures]
    return [
        (
            [*(level_text(rows[0].settings[name]) for name in summary.factors)],
            [(f"{rows[0].count:,}", ""), *(_figure(row) for row in rows)],
        )
        for rows in zip(*columns, strict=True)
    ]


def _figure(row: SummaryRow) -> tuple[str, str]:
    measure = MEASURES[row.measure]
    mean = value_text(measure, row.mean)
    if row.interval is None:
        return mean, ""
    low, high = (value_text(measure, end) for end in row.interval)
    return mean, f"{low} to {high}"


def _failure(point: Point, reason: str) -> tuple[str, str, str, str]:
    settings = setting_text(point.settings, tuple(point.settings))
    return str(point.index), settings, str(point.seed), reason


def _checked(check: RtlCheck) -> list[tuple[str, ...]]:
    return [
        (
            str(point.index),
            setting_text(point.settings, tuple(point.settings)),
            str(point.seed),
            f"{point.samples:,}",
            f"{point.codes:,}",
            f"{point.results:,}",
        )
        for point in check.points
    ]
