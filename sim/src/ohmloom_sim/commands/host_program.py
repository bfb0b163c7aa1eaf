"""`ohmloom host program`: cells of a chip, written to a matrix or to a list of targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.errors import MappingError
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.commands.console import (
    JsonOption,
    number,
    output,
    progress,
    show_table,
    user_input,
)
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.files import read_array, write_json
from ohmloom_sim.host.journal import Journal
from ohmloom_sim.host.programming import program_chip
from ohmloom_sim.host.session import settle
from ohmloom_sim.host.target_files import (
    read_conductances,
    read_target_list,
    write_target_list,
)
from ohmloom_sim.host.targets import TargetList, matrix_mapping, targets_of
from ohmloom_sim.report.tables import program_rows
from ohmloom_sim.written_cells import program_figures

__all__ = ["JournalOption", "ToleranceOption", "program"]

ToleranceOption = Annotated[
    float | None,
    typer.Option(
        "--tolerance",
        metavar="LEVELS",
        help="How far a cell may be from its level, up to 0.5.  [default: the chip's]",
    ),
]
JournalOption = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        dir_okay=False,
        help="Note what is done; given again, a job that was cut short goes on.",
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    targets: TargetList
    what: str


def program(
    context: typer.Context,
    matrix: Annotated[
        Path | None,
        typer.Argument(metavar="[W]", help="Matrix, outputs x inputs, .npy or .csv."),
    ] = None,
    *,
    targets: Annotated[
        Path | None,
        typer.Option("--targets", metavar="FILE.csv", help="List of cells, in place of a matrix."),
    ] = None,
    conductances: Annotated[
        Path | None,
        typer.Option(
            "--conductances",
            metavar="FILE.csv",
            help="Export of aihwkit's fusion_export, in place of a matrix.",
        ),
    ] = None,
    signs: Annotated[
        list[Path] | None,
        typer.Option(
            "--signs", metavar="FILE", help="Signs of a layer of --conductances; one for each."
        ),
    ] = None,
    tolerance: ToleranceOption = None,
    journal: JournalOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try cells again that the journal has as given up.")
    ] = False,
    by_line: Annotated[
        bool, typer.Option("--by-line", help="Line by line, not row by row.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE.csv", help="Write the list of cells, too."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Write cells and verify them; exit status 1 if any was given up.

    Integers that the chip can hold are taken as they are, all else is scaled as `ohmloom mvm`
    does it. Cells that hold nothing of the matrix stay as they are.
    """
    options: HostOptions = context.obj
    spec = options.spec
    with user_input():
        wanted = _wanted(spec, matrix, targets, conductances, signs or ())
        for tile in wanted.targets.tiles:
            write_spec_of(spec, tile)
    if export is not None:
        write_target_list(spec, wanted.targets, export)
    first = write_spec_of(spec, wanted.targets.tiles[0]).tolerance
    levels = wanted.targets.with_reference()
    with (
        Journal(
            journal,
            chip_hash=spec.hash,
            target_hash=wanted.targets.hash,
            tolerance=first if tolerance is None else tolerance,
        ) as noted,
        chip_session(options, writes=True) as session,
    ):
        if retry:
            noted.forget_failures()
        before = sum(len(noted.outcomes(tile)) for tile in range(spec.tiles))
        with progress("writing cells", int((levels >= 0).sum())) as advance, user_input():
            cells = settle(
                program_chip(
                    session.driver,
                    spec,
                    wanted.targets,
                    noted,
                    tolerance=tolerance,
                    by_line=by_line,
                    on_progress=advance,
                )
            )
        worn = noted.wear(levels.shape)
        sessions = noted.session
    figures = program_figures(spec, cells)
    rows = [
        ("written", wanted.what),
        ("tiles", ", ".join(map(str, wanted.targets.tiles))),
        *program_rows(figures),
        ("wear of the tiles, SET and RESET", _pair(worn.sum(axis=(0, 1, 2)))),
    ]
    if journal is not None:
        rows.append(("session", f"{sessions}; {number(before)} cells were done before"))
    show_table(f"Writing at {session.name}", rows)
    if json is not None:
        data = {"spec_hash": spec.hash, "target_hash": wanted.targets.hash, **figures.to_json()}
        write_json(json, {**data, "sessions": sessions, "worn": worn.sum(axis=(0, 1, 2)).tolist()})
    if figures.failures:
        output().print(f"{len(figures.failures)} cells were given up", markup=False)
        raise typer.Exit(1)


def _wanted(
    spec: ChipSpec,
    matrix: Path | None,
    targets: Path | None,
    conductances: Path | None,
    signs: Sequence[Path],
) -> _Wanted:
    given = [path for path in (matrix, targets, conductances) if path is not None]
    if len(given) != 1:
        msg = f"one of W, --targets and --conductances must be given, not {len(given)}"
        raise MappingError(msg)
    if signs and conductances is None:
        msg = "--signs must be given with --conductances, not without"
        raise MappingError(msg)
    if matrix is not None:
        weights = np.atleast_2d(read_array(matrix, "matrix"))
        shape = f"matrix of {weights.shape[0]} outputs x {weights.shape[1]} inputs"
        return _Wanted(targets=targets_of(spec, matrix_mapping(spec, weights)), what=shape)
    if targets is not None:
        return _Wanted(targets=read_target_list(spec, targets), what=f"cells of {targets.name}")
    assert conductances is not None
    matrices = [np.atleast_2d(read_array(path, "signs")) for path in signs]
    found, clipped = read_conductances(spec, conductances, signs=matrices)
    what = f"conductances of {conductances.name}, {number(clipped)} of them clipped"
    return _Wanted(targets=found, what=what)


def _pair(counts: "np.typing.NDArray[np.int64]") -> str:
    return f"{int(counts[0]):,}, {int(counts[1]):,}"
