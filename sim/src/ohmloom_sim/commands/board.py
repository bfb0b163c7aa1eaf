"""`ohmloom board`: bitstreams for open boards, and what they use of the parts."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.errors import ToolError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.boards.board import Board, board_names, load_board
from ohmloom_hw.boards.flow import (
    LOGIC,
    MEMORY,
    MULTIPLIERS,
    REPORT,
    BuildReport,
    build_bitstream,
    program_board,
    read_report,
)
from ohmloom_sim.commands.console import number, output, show_table, user_input, waiting
from ohmloom_sim.files import writing

__all__ = ["board"]

board = typer.Typer(no_args_is_help=True, help="Bitstreams for open boards.")

NameArgument = Annotated[str, typer.Argument(metavar="BOARD", help="As `board list` names it.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder.  [default: build/boards/BOARD]"),
]


@board.command("list")
def list_boards(
    *, names: Annotated[bool, typer.Option("--names", help="Only the names, one a line.")] = False
) -> None:
    """List the boards: built and simulated, not run on hardware here."""
    if names:
        for name in board_names():
            output().print(name, markup=False)
        return
    table = Table(title="Boards", title_justify="left", title_style="bold")
    for heading in ("board", "what it is", "clock", "lanes of the twin"):
        table.add_column(heading)
    for name in board_names():
        chosen = load_board(name)
        clock = f"{chosen.clock / 1e6:g} MHz"
        table.add_row(name, chosen.title, clock, str(chosen.lanes))
    output().print(table)
    output().print("All are built and simulated here, and none has been run on hardware.")


@board.command("build")
def build(
    *,
    name: NameArgument,
    out: OutOption = None,
    chip: Annotated[
        str | None,
        typer.Option("--chip", metavar="FILE|PRESET", help="Chip.  [default: the board's]"),
    ] = None,
    tiles: Annotated[int | None, typer.Option("--tiles", min=1, help="Tiles of the chip.")] = None,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="Rows of a tile.")] = None,
    columns: Annotated[
        int | None, typer.Option("--columns", min=1, help="Columns of a tile.")
    ] = None,
    lanes: Annotated[
        int | None, typer.Option("--lanes", min=1, max=64, help="Products a cycle of the twin.")
    ] = None,
    analyser: Annotated[
        int,
        typer.Option("--analyser", metavar="N", help="Samples of a logic analyser; 0 for none."),
    ] = 0,
) -> None:
    """Build a bitstream with the twin; fails if the clock of the board isn't met."""
    chosen = load_board(name)
    spec = _spec(chosen, chip, tiles=tiles, rows=rows, columns=columns)
    with user_input():
        features = replace(chosen.features, lanes=lanes or chosen.lanes, analyser_depth=analyser)
    folder = _folder(chosen, out)
    with writing(folder), waiting(f"building for {chosen.title}") as tell:
        report = build_bitstream(chosen, spec, features, folder, on_stage=tell)
    _show(chosen, report, folder)


@board.command("table")
def table(
    *,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the boards were built.")
    ] = Path("build/boards"),
) -> None:
    """Show what the boards that were built use of their parts."""
    reports = [read_report(path) for path in sorted(folder.glob(f"*/{REPORT}"))]
    if not reports:
        msg = f"{folder} must hold reports of boards; build one: ohmloom board build BOARD"
        raise ToolError(msg)
    shown = Table(title="Built, not run on hardware here", title_justify="left")
    for heading in (
        "board",
        "tiles",
        "lanes",
        "clock",
        "highest",
        "logic",
        "memory",
        "multipliers",
    ):
        shown.add_column(heading)
    for report in reports:
        shown.add_row(
            report.board,
            f"{report.tiles} of {report.rows} x {report.columns}",
            str(report.lanes),
            f"{report.clock / 1e6:g} MHz",
            f"{report.fmax / 1e6:.1f} MHz",
            *(_share(report, names) for names in (LOGIC, MEMORY, MULTIPLIERS)),
        )
    output().print(shown)


def _share(report: BuildReport, names: tuple[str, ...]) -> str:
    parts = [report.use[name] for name in names if name in report.use]
    return ", ".join(f"{part.used} of {part.available}" for part in parts) or "0"


@board.command("program")
def program(
    *,
    name: NameArgument,
    out: OutOption = None,
    flash: Annotated[
        bool, typer.Option("--flash", help="Write it to the flash, to survive power-off.")
    ] = False,
) -> None:
    """Load a bitstream that was built into the board."""
    chosen = load_board(name)
    program_board(chosen, _folder(chosen, out), flash=flash)


def _folder(chosen: Board, out: Path | None) -> Path:
    return out or Path("build") / "boards" / chosen.name


def _spec(
    chosen: Board,
    chip: str | None,
    *,
    tiles: int | None,
    rows: int | None,
    columns: int | None,
) -> ChipSpec:
    plain = load_spec(chip or chosen.chip).model_dump(mode="json")
    for place, group in enumerate(plain["tile"]):
        group["rows"] = rows or group["rows"]
        group["columns"] = columns or group["columns"]
        if tiles is not None and place == 0:
            group["count"] = tiles
    if tiles is not None:
        del plain["tile"][1:]
    plain |= {"clock": chosen.clock, "baud": chosen.baud}
    return ChipSpec.parse(plain, source=chosen.name)


def _show(chosen: Board, report: BuildReport, folder: Path) -> None:
    rows = [
        ("chip", f"{report.tiles} tiles of {report.rows} x {report.columns}"),
        ("lanes of the twin", number(report.lanes)),
        ("clock", f"{report.clock / 1e6:g} MHz"),
        ("highest frequency", f"{report.fmax / 1e6:.1f} MHz"),
    ]
    rows += [
        (name, f"{use.used:,} of {use.available:,}, {100 * use.used / use.available:.0f} %")
        for name, use in report.use.items()
    ]
    rows.append((str(folder / report.bitstream), number(report.bitstream_bytes, "bytes")))
    show_table(f"{chosen.title}: built, not run on hardware here", rows)
