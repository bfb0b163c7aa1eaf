"""`ohmloom campaign`: many chips drawn and measured over a grid of factors, stored as they end."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_sim.campaigns.description import example_names, load_campaign
from ohmloom_sim.campaigns.measures import MEASURES
from ohmloom_sim.campaigns.page import write_page
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.result import CampaignResult
from ohmloom_sim.campaigns.rtl_check import check_points
from ohmloom_sim.campaigns.runner import run_campaign
from ohmloom_sim.campaigns.store import CampaignStore
from ohmloom_sim.campaigns.summary import Summary
from ohmloom_sim.campaigns.table import point_table
from ohmloom_sim.campaigns.texts import level_text, setting_text, value_text
from ohmloom_sim.campaigns.workers import Workers, cluster_workers, local_jobs, local_workers
from ohmloom_sim.commands.console import (
    JsonOption,
    SimName,
    SimOption,
    number,
    output,
    progress,
    show_error,
    waiting,
    work_folder,
)
from ohmloom_sim.files import write_json, write_text

__all__ = ["campaign"]

_STOPPED = 130
_SHOWN_FAILURES = 10


def campaign(
    *,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|EXAMPLE",
            help=f"Campaign: a TOML file, or one of {', '.join(example_names())}.",
        ),
    ],
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="FILE.sqlite",
            help="Where points are stored as they end.  [default: the campaign's name, here]",
            dir_okay=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes on this machine.  [default: its cores]"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler."
        ),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Run the points that failed once more.")
    ] = False,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table", metavar="FILE.csv", help="Write all points as CSV.", dir_okay=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FOLDER", help="Write a page.", file_okay=False),
    ] = None,
    sim: SimOption = None,
    json: JsonOption = None,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the description, as to begin one's own.")
    ] = False,
) -> None:
    """Run a campaign; one that was stopped goes on where it was, with nothing run twice.

    Exit status 1 tells that points failed, 130 that it was stopped.
    """
    described = load_campaign(file)
    if show:
        typer.echo(described.text, nl=False)
        return
    with waiting("checking the points"):
        plan = Plan.of(described)
    path = Path(f"{plan.spec.name}.sqlite") if store is None else store
    with CampaignStore(path, plan) as held:
        if retry:
            held.forget_failed()
        _run(plan, held, jobs, scheduler)
        if table is not None:
            write_text(table, point_table(plan, held))
        _check(plan, held, sim)
        result = CampaignResult.of(plan, held)
    if json is not None:
        write_json(json, result.to_json())
    if report is not None:
        _report(result, report)
    _show(result, path)
    if result.failed:
        raise typer.Exit(1)


def _run(plan: Plan, store: CampaignStore, jobs: int | None, scheduler: str | None) -> None:
    total, there = len(plan.points), len(store.done())
    if there:
        output().print(f"{there:,} of {total:,} points were there already", markup=False)
    if there == total:
        return
    try:
        with _workers(jobs, scheduler) as workers, progress("measuring points", total) as move:
            run_campaign(plan, store, workers, on_progress=move)
    except KeyboardInterrupt:
        show_error(
            f"stopped; {len(store.done()):,} of {total:,} points are in '{store.path}', "
            "and the same command goes on from there"
        )
        raise typer.Exit(_STOPPED) from None


def _workers(jobs: int | None, scheduler: str | None) -> AbstractContextManager[Workers]:
    if scheduler is None:
        return local_workers(local_jobs() if jobs is None else jobs)
    if jobs is not None:
        msg = "--jobs must be left out with --scheduler, whose workers are those of the cluster"
        raise typer.BadParameter(msg)
    return cluster_workers(scheduler)


def _check(plan: Plan, store: CampaignStore, sim: SimName | None) -> None:
    wanted, measured = plan.spec.check, store.values()
    if not measured or not wanted.points or store.check() is not None:
        return
    count = min(wanted.points, len(measured))
    with work_folder() as folder, progress("points through the Verilog", count) as move:
        found = check_points(
            [plan.points[index] for index in measured],
            count=count,
            seed=wanted.seed,
            samples=wanted.samples,
            folder=folder,
            sim=None if sim is None else sim.value,
            on_progress=move,
        )
    store.note_check(found)


def _report(result: CampaignResult, folder: Path) -> None:
    if not result.measured:
        show_error("no page is written, as every point failed")
        return
    page = write_page(
        folder,
        title=result.plan.spec.heading,
        description=result.plan.text,
        results=result.measured,
        failed=result.failed,
        origin=result.origin,
        check=result.check,
        total=len(result.plan.points),
    )
    output().print(f"the page is {page}", markup=False)


def _show(result: CampaignResult, path: Path) -> None:
    summary = result.summary()
    if summary is not None:
        _show_summary(result.plan.spec.heading, summary)
    for point, why in result.failed[:_SHOWN_FAILURES]:
        settings = setting_text(point.settings, tuple(point.settings))
        where = ", ".join(part for part in (settings, f"seed {point.seed}") if part)
        show_error(f"point {point.index}, {where} failed: {why}")
    if len(result.failed) > _SHOWN_FAILURES:
        show_error(f"{len(result.failed):,} points failed in all; --table writes them down")
    seeds = result.plan.spec.seeds
    output().print(
        f"{len(result.plan.points):,} points, {len(result.failed):,} failed, seeds {seeds.first} "
        f"to {seeds.first + seeds.count - 1}; the store is {path}",
        markup=False,
    )


def _show_summary(title: str, summary: Summary) -> None:
    shown = Table(title=title, title_justify="left", title_style="bold")
    for name in (*summary.factors, "measure", "mean", "95 % interval", "seeds"):
        shown.add_column(name, justify="left" if name == "measure" else "right")
    for row in summary.rows:
        measure = MEASURES[row.measure]
        ends = [value_text(measure, end) for end in row.interval or ()]
        shown.add_row(
            *(level_text(row.settings[name]) for name in summary.factors),
            row.measure,
            value_text(measure, row.mean),
            " to ".join(ends),
            number(row.count),
        )
    output().print(shown)
