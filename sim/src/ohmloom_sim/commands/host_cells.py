"""`ohmloom host read-weights` and `test-array`: what the cells of a chip hold, and their faults."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.errors import MappingError
from ohmloom_analog.level_program import write_spec_of
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_sim.commands.console import (
    JsonOption,
    number,
    output,
    show_table,
    user_input,
    waiting,
)
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.host.fault_files import fault_name, write_faults
from ohmloom_sim.host.session import settle
from ohmloom_sim.host.targets import matrix_mapping
from ohmloom_sim.host.weights import weights_by_products, weights_of_cells

__all__ = ["check_array", "read_weights"]


class MethodName(StrEnum):
    """How weights are read."""

    CELLS = "cells"
    LSTSQ = "lstsq"


def read_weights(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Weights, outputs x inputs.")],
    shape: Annotated[
        str | None,
        typer.Option("--shape", metavar="OUTPUTSxINPUTS", help="Of the matrix on the chip."),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            "--like",
            metavar="FILE",
            help="The matrix that was written: gives shape and scale, and is compared with.",
        ),
    ] = None,
    method: Annotated[
        MethodName,
        typer.Option(
            "--method", help="Cell by cell, or by least squares from products of random inputs."
        ),
    ] = MethodName.CELLS,
    vectors: Annotated[
        int | None,
        typer.Option(
            "--vectors", min=1, help="Products of lstsq.  [default: four times the inputs]"
        ),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Read the weights that the cells hold; what they hold stays as it is."""
    options: HostOptions = context.obj
    spec = options.spec
    with user_input():
        wanted = None if like is None else np.atleast_2d(read_array(like, "matrix"))
        rows, columns = _shape(shape) if wanted is None else wanted.shape
        zeros = np.zeros((rows, columns))
        mapping = matrix_mapping(spec, zeros if wanted is None else wanted)
    count = 4 * columns if vectors is None else vectors
    by_cells = method is MethodName.CELLS
    with (
        chip_session(options, writes=by_cells) as session,
        user_input(),
        waiting("reading weights"),
    ):
        if by_cells:
            found = settle(weights_of_cells(session.driver, spec, mapping))
        else:
            rng = np.random.default_rng(options.board.seed)
            work = weights_by_products(session.driver, spec, mapping, vectors=count, rng=rng)
            found = settle(work)
    found *= mapping.network.layers[0].weight_lsb if wanted is not None else 1.0
    write_array(out, found)
    figures = {"method": method.value, "outputs": rows, "inputs": columns}
    table = [
        ("matrix, outputs x inputs", f"{rows} x {columns}"),
        ("read", "cell by cell" if by_cells else f"from {number(count)} products"),
    ]
    if wanted is not None:
        error = found - wanted
        errors = {"rms": float(np.sqrt((error**2).mean())), "max": float(np.abs(error).max())}
        figures |= errors
        largest = float(np.abs(wanted).max()) or 1.0
        table += [
            ("rms error", f"{errors['rms']:.4g}, {errors['rms'] / largest:.3g} of the largest"),
            ("largest error", f"{errors['max']:.4g}"),
        ]
    show_table(f"Weights at {session.name}", table)
    if json is not None:
        write_json(json, {"spec_hash": spec.hash, **figures})
    output().print(f"weights are in {out}", markup=False)


def check_array(
    context: typer.Context,
    *,
    erase: Annotated[
        bool,
        typer.Option("--erase", help="Must be given, since what the cells hold is lost."),
    ] = False,
    tiles: Annotated[
        list[int] | None,
        typer.Option("--tile", min=0, help="Tile, may be repeated.  [default: all]"),
    ] = None,
    pulses: Annotated[
        int | None,
        typer.Option(
            "--pulses", min=1, max=255, help="Of each write of the test.  [default: the chip's]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.json", help="Fault map, for `repair`.", dir_okay=False),
    ] = None,
) -> None:
    """Find cells that are stuck, or that can't be raised or lowered; exit status 1 if any is."""
    options: HostOptions = context.obj
    spec = options.spec
    with user_input():
        if not erase:
            msg = "--erase must be given, since the test overwrites all cells that it tests"
            raise MappingError(msg)
        chosen = sorted(set(tiles or range(spec.tiles)))
        if chosen[-1] >= spec.tiles:
            msg = f"tile must be in [0, {spec.tiles - 1}], not {chosen[-1]}"
            raise MappingError(msg)
        for tile in chosen:
            write_spec_of(spec, tile)
    with chip_session(options, writes=True) as session, user_input(), waiting("testing cells"):
        cells = CellDriver(session.driver, spec)
        found = {tile: settle(cells.march(tile, pulses=pulses)) for tile in chosen}
    wrong = [
        (tile, row, line, cell)
        for tile, rows in found.items()
        for row, held in enumerate(rows)
        for line, cell in enumerate(held)
        if cell
    ]
    _show_faults(session.name, wrong)
    tested = len(chosen) * spec.rows * (spec.lines + 1)
    if out is not None:
        write_faults(out, spec, {tile: found[tile] for tile in chosen})
    output().print(f"{number(len(wrong))} of {number(tested)} cells are faulty", markup=False)
    if wrong:
        raise typer.Exit(1)


def _show_faults(name: str, wrong: list[tuple[int, int, int, CellFault]]) -> None:
    table = Table(title=f"Faults at {name}", title_justify="left", title_style="bold")
    for heading in ("tile", "row", "line", "fault"):
        table.add_column(heading)
    for tile, row, line, cell in wrong:
        table.add_row(str(tile), str(row), str(line), fault_name(cell))
    output().print(table)


def _shape(text: str | None) -> tuple[int, int]:
    parts = (text or "").lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        given = "left out" if text is None else f"'{text}'"
        msg = f"--shape must be OUTPUTSxINPUTS, such as 10x32, without --like, not {given}"
        raise MappingError(msg)
    return int(parts[0]), int(parts[1])
