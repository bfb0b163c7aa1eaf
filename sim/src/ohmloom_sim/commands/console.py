"""What all commands share: tables, progress, refusals and options."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    "check_picture",
    "number",
    "output",
    "progress",
    "progress_of",
    "seconds",
    "show_error",
    "show_table",
    "user_input",
    "waiting",
    "work_folder",
]

_MOST_SEED = 2**32 - 1

_UNITS = {"s": 1.0, "h": 3600.0, "d": 86400.0, "y": 365.25 * 86400.0}


class EngineName(StrEnum):
    """Array engines."""

    IDEAL = "ideal"
    NODAL = "nodal"
    NGSPICE = "ngspice"
    TRANSIENT = "transient"


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


def check_picture(plot: Path | None) -> None:
    """Refuse a picture that isn't one to be: SVG is all that is drawn.

    Raises
    ------
    OhmloomError
        Where the name ends otherwise.
    """
    if plot is not None and plot.suffix != ".svg":
        msg = f"plot must be a file ending in .svg, not '{plot}'"
        raise OhmloomError(msg)


def number(value: float, unit: str = "") -> str:
    """Return a figure with four digits, or as many as an integer has."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return f"{text} {unit}".rstrip()


def seconds(text: str | float) -> float:
    """Return a time that is written as seconds, or with s, h, d or y behind it [s].

    Raises
    ------
    typer.BadParameter
        Where it isn't a time of at least 0.
    """
    written = str(text).strip()
    factor = _UNITS.get(written[-1:], 0.0)
    try:
        value = float(written[:-1]) * factor if factor else float(written)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        msg = f"time must be seconds, or a number with s, h, d or y, not '{written}'"
        raise typer.BadParameter(msg)
    return value


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
    with progress_of({what: total}) as move:
        yield move[what]


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


@contextmanager
def progress_of(stages: Mapping[str, int]) -> Iterator[dict[str, Callable[[int], None]]]:
    """Show a bar for each of several things that follow each other, and what moves it."""
    with _bar() as bar:
        tasks = {what: bar.add_task(what, total=total) for what, total in stages.items()}

        def move(what: str) -> Callable[[int], None]:
            return lambda done: bar.update(tasks[what], completed=done)

        yield {what: move(what) for what in stages}


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """Show that something is going on, on stderr, where its end can't be foretold.

    The function that it gives tells at which stage that is.
    """
    with Console(stderr=True).status(what) as status:
        yield lambda stage: status.update(f"{what}: {stage}")


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
