"""`ohmloom drift`: what the drift of phase-change cells costs, and what corrections give back."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_sim.commands.console import (
    JsonOption,
    SeedOption,
    check_picture,
    output,
    progress_of,
    seconds,
    user_input,
)
from ohmloom_sim.drift_compensation import CORRECTIONS, drift_errors
from ohmloom_sim.drift_picture import draw_drift
from ohmloom_sim.files import write_json

__all__ = ["drift"]

_AGES = (3600.0, 86400.0, 30 * 86400.0)


def drift(
    *,
    age: Annotated[
        list[float] | None,
        typer.Option(
            "--age",
            metavar="TIME",
            parser=seconds,
            help="Time since programming: seconds, or a number with s, h, d or y; may be repeated."
            "  [default: 1h, 1d, 30d]",
        ),
    ] = None,
    size: Annotated[int, typer.Option("--size", min=2, help="Rows and columns.")] = 32,
    arrays: Annotated[int, typer.Option("--arrays", min=2, help="Arrays that are drawn.")] = 20,
    quiet: Annotated[
        bool, typer.Option("--without-noise", help="Drift alone, without the cells' 1/f noise.")
    ] = False,
    seed: SeedOption = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.svg", help="Draw the errors.", dir_okay=False),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Age arrays of phase-change cells, and correct their products ever more thoroughly."""
    check_picture(plot)
    with user_input(), progress_of({"ageing arrays": arrays}) as move:
        found = drift_errors(
            list(age) if age else _AGES,
            size=size,
            arrays=arrays,
            seed=seed,
            read_noise=not quiet,
            on_progress=move["ageing arrays"],
        )
    if json is not None:
        write_json(
            json,
            {
                "size": size,
                "arrays": arrays,
                "seed": seed,
                "read_noise": not quiet,
                "points": [asdict(point) for point in found],
            },
        )
    if plot is not None:
        draw_drift(found, plot)
    table = Table(
        title=f"Relative error of products [%]: {arrays} arrays of {size} x {size}, seed {seed}",
        title_justify="left",
        title_style="bold",
    )
    for name in ("age [s]", "not corrected", "one factor", "a factor a column", "and an offset"):
        table.add_column(name, justify="right")
    for when in dict.fromkeys(point.age for point in found):
        at = {p.correction: p for p in found if p.age == when}
        shown = [f"{100 * at[c].mean:.1f} +- {100 * at[c].spread:.1f}" for c in CORRECTIONS]
        table.add_row(f"{when:g}", *shown)
    output().print(table)
    if plot is not None:
        output().print(f"the picture is in {plot}", markup=False)
