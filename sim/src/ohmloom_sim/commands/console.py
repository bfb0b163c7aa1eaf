"""What all commands share: tables, progress, refusals and options."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from ohmloom_analog.errors import OhmloomError

__all__ = [
    "ChipOption",
    "EngineName",
    "JsonOption",
    "SeedOption",
    "SimName",
    "SimOption",
    "number",
    "output",
    "progress",
    "show_error",
    "show_table",
    "user_input",
    "waiting",
    "work_folder",
]

_MOST_SEED = 2**32 - 1


class EngineName(StrEnum):
    """Array engines."""

    IDEAL = "ideal"
    NODAL = "nodal"
    NGSPICE = "ngspice"


class SimName(StrEnum):
    """Simulators of the Verilog."""

    ICARUS = "icarus"
    VERILATOR = "verilator"


ChipOption = Annotated[
    str,
    typer.Option("--chip", metavar="FILE|PRESET", help="Chip: a TOML file, or a preset's name."),
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", min=0, max=_MOST_SEED, help="Of all randomness; it is printed."),
]
SimOption = Annotated[
    SimName | None,
    typer.Option("--sim", help="Simulator of the Verilog.  [default: the first that is there]"),
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Also write the figures as JSON.", dir_okay=False),
]


def output() -> Console:
    """Return the console of what was asked for."""
    return Console(highlight=False)


def show_error(message: str) -> None:
    """Print why nothing came of it, in red on stderr."""
    console = Console(stderr=True, highlight=False)
    console.print(f"ohmloom: {message}", style="red", markup=False, soft_wrap=True)


def show_table(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print names and values."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in rows:
        table.add_row(name, value)
    output().print(table)


def number(value: float, unit: str = "") -> str:
    """Return a figure with four digits, or as many as an integer has."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return f"{text} {unit}".rstrip()


@contextmanager
def user_input() -> Iterator[None]:
    """Turn a `ValueError`, raised over what the user gave, into a plain refusal."""
    try:
        yield
    except OhmloomError:
        raise
    except ValueError as error:
        raise OhmloomError(str(error)) from error


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr, and give the function that moves it to a number of done things."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something is going on, on stderr, where its end can't be foretold."""
    with Console(stderr=True).status(what):
        yield


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a new folder, which is removed at the end, or kept and named where the work fails."""
    folder = Path(tempfile.mkdtemp(prefix="ohmloom-"))
    try:
        yield folder
    except BaseException:
        if any(folder.iterdir()):
            show_error(f"what was built is kept in {folder}")
        else:
            folder.rmdir()
        raise
    shutil.rmtree(folder)
