"""`ohmloom regress`: the tests that any chip must pass, on a simulator, and what they covered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.console import (
    JsonOption,
    SeedOption,
    SimOption,
    output,
    show_error,
    waiting,
    work_folder,
)
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.result import (
    DEFAULT_TARGET,
    GroupCoverage,
    group_coverage,
    shortfalls,
    total_coverage,
)
from ohmloom_sim.files import replaced, write_json
from ohmloom_sim.junit import Check, write_junit
from ohmloom_sim.regression import RegressionResult, merged_counts, run_regressions
from ohmloom_sim.report.coverage import write_coverage_report

__all__ = ["regress"]


def regress(
    *,
    chip: Annotated[
        list[str] | None,
        typer.Option(
            "--chip",
            metavar="FILE|PRESET",
            help="Chip: a TOML file, or a preset's name, such as 'default', which is taken where "
            "none is given. Several add up to one coverage.",
        ),
    ] = None,
    sim: SimOption = None,
    tests: Annotated[
        str | None,
        typer.Option("--tests", metavar="PATTERN", help="Only tests whose name matches."),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            "--target",
            metavar="PERCENT",
            min=0,
            max=100,
            help=f"Coverage that each group must reach; {DEFAULT_TARGET:g} where nothing is said, "
            "but none with --tests.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FOLDER", help="Also write a report.", file_okay=False),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.", dir_okay=False),
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Run the cocotb regression on the Verilog of chips, and count what it covers.

    Fails if a test fails or none runs, or where coverage is below its target.
    """
    specs = [load_spec(name) for name in chip or ["default"]]
    if target is None and tests is None:
        target = DEFAULT_TARGET
    with work_folder() as folder, waiting("running the regression") as stage:
        results = run_regressions(
            specs,
            sim=sim.value if sim else None,
            folder=folder,
            pattern=tests,
            seed=seed,
            on_stage=stage,
        )
        counts = merged_counts(results)
        groups = group_coverage(counts)
        missing = () if target is None else shortfalls(groups, target)
        if junit is not None:
            _write_junit(junit, results, groups, target)
    if report is not None:
        write_coverage_report(report, results, target=target)
    if json is not None:
        write_json(json, _figures(results, groups, target))
    for result in results:
        _show_tests(result)
    _show_coverage(counts, groups, target)
    failed = sum(len(result.failed) for result in results)
    ran = sum(result.tests for result in results)
    output().print(f"{ran} tests, {failed} failed, seed {seed}")
    for sentence in missing:
        show_error(sentence)
    if failed or not ran or missing:
        raise typer.Exit(1)


def _write_junit(
    path: Path,
    results: Sequence[RegressionResult],
    groups: Sequence[GroupCoverage],
    target: float | None,
) -> None:
    missing = () if target is None else shortfalls(groups, target)
    failure = "\n".join(missing) or None
    checks = [] if target is None else [Check(name=f"at least {target:g} %", failure=failure)]
    with replaced(path) as beside:
        write_junit(
            beside,
            [(result.spec.name, result.results) for result in results],
            [("coverage", checks)],
        )


def _figures(
    results: Sequence[RegressionResult], groups: Sequence[GroupCoverage], target: float | None
) -> dict[str, Any]:
    first = results[0]
    return {
        "sim": first.simulator,
        "seed": first.seed,
        "tests": sum(result.tests for result in results),
        "passed": [name for result in results for name in result.passed],
        "failed": {name: why for result in results for name, why in result.failed.items()},
        "spec_hash": first.spec.hash,
        "chips": [
            {
                "name": result.spec.name,
                "spec_hash": result.spec.hash,
                "passed": list(result.passed),
                "failed": result.failed,
            }
            for result in results
        ],
        "target_percent": target,
        "total_percent": round(total_coverage(groups), 3),
        "coverage": {group.name: group.to_json() for group in groups},
    }


def _show_tests(result: RegressionResult) -> None:
    title = f"Regression of {result.spec.name} on {result.simulator}"
    table = Table(title=title, title_justify="left")
    table.add_column("test")
    table.add_column("result")
    for name in result.passed:
        table.add_row(name, "passed")
    for name, message in result.failed.items():
        table.add_row(name, f"[red]failed[/red]: {escape(message)}")
    output().print(table)


def _show_coverage(
    counts: CoverCounts, groups: Sequence[GroupCoverage], target: float | None
) -> None:
    absent: dict[str, int] = {}
    for point in counts.points:
        absent[point.group] = absent.get(point.group, 0) + len(point.absent)
    table = Table(title="Coverage", title_justify="left")
    table.add_column("group")
    for name in ("bins hit", "of", "covered", "samples", "bins of other chips"):
        table.add_column(name, justify="right")
    for group in groups:
        share = f"{group.percent:.1f} %"
        if target is not None and group.percent < target:
            share = f"[red]{share}[/red]"
        other = str(absent.pop(group.name))
        numbers = (str(group.covered), str(group.bins), share, f"{group.hits:,}", other)
        table.add_row(group.name, *numbers)
    for name, bins in absent.items():
        table.add_row(name, "", "", "not of these", "", str(bins))
    table.add_section()
    table.add_row("mean", "", "", f"{total_coverage(groups):.1f} %")
    output().print(table)
