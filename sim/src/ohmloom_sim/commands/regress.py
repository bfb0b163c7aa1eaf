"""`ohmloom regress`: the tests that any chip must pass, on a simulator."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ohmloom_analog.spec import load_spec
from ohmloom_sim.commands.console import (
    ChipOption,
    JsonOption,
    SeedOption,
    SimOption,
    output,
    waiting,
    work_folder,
)
from ohmloom_sim.files import replaced, write_json
from ohmloom_sim.regression import run_regression

__all__ = ["regress"]


def regress(
    *,
    chip: ChipOption = "default",
    sim: SimOption = None,
    tests: Annotated[
        str | None,
        typer.Option("--tests", metavar="PATTERN", help="Only tests whose name matches."),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.", dir_okay=False),
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Run the cocotb regression on a chip's Verilog; fails if a test fails or none runs."""
    spec = load_spec(chip)
    place = nullcontext() if junit is None else replaced(junit)
    with place as beside, work_folder() as folder, waiting("running the regression"):
        result = run_regression(
            spec,
            sim=sim.value if sim else None,
            folder=folder,
            pattern=tests,
            junit=beside,
            seed=seed,
        )
    if json is not None:
        figures = {
            "sim": result.simulator,
            "seed": seed,
            "tests": result.tests,
            "passed": list(result.passed),
            "failed": result.failed,
            "spec_hash": spec.hash,
        }
        write_json(json, figures)
    table = Table(title=f"Regression of {spec.name} on {result.simulator}", title_justify="left")
    table.add_column("test")
    table.add_column("result")
    for name in result.passed:
        table.add_row(name, "passed")
    for name, message in result.failed.items():
        table.add_row(name, f"[red]failed[/red]: {escape(message)}")
    output().print(table)
    output().print(f"{result.tests} tests, {len(result.failed)} failed, seed {seed}")
    if result.failed or not result.tests:
        raise typer.Exit(1)
