"""`ohmloom host repair`: a matrix on a chip with faulty cells, around these."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.repair import TileRepair, plan_repair
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.map_registers import has_maps
from ohmloom_hw.repair_driver import RepairDriver
from ohmloom_sim.commands.console import (
    JsonOption,
    number,
    output,
    progress,
    show_table,
    user_input,
)
from ohmloom_sim.commands.host_program import JournalOption, ToleranceOption
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.files import read_array, write_json
from ohmloom_sim.host.fault_files import read_faults
from ohmloom_sim.host.journal import Journal
from ohmloom_sim.host.programming import program_chip
from ohmloom_sim.host.session import settle
from ohmloom_sim.host.targets import TargetList, matrix_mapping
from ohmloom_sim.report.tables import program_rows
from ohmloom_sim.written_cells import program_figures

__all__ = ["repair"]

_MOST_SHOWN = 12


def repair(
    context: typer.Context,
    matrix: Annotated[
        Path, typer.Argument(metavar="W", help="Matrix, outputs x inputs, .npy or .csv.")
    ],
    *,
    faults: Annotated[
        Path, typer.Option("--faults", metavar="FILE.json", help="What test-array --out wrote.")
    ],
    tolerance: ToleranceOption = None,
    journal: JournalOption = None,
    json: JsonOption = None,
) -> None:
    """Write a matrix around faulty cells; exit status 1 if a weight stays wrong or a cell fails.

    The other cells of a weight make up for a bad one; where that isn't enough, and the chip has
    maps, columns and rows change places, spare ones first. The chip forgets its maps when it is
    reset; with a journal, the same command loads them again and writes nothing twice.
    """
    options: HostOptions = context.obj
    spec = options.spec
    with user_input():
        mapping = matrix_mapping(spec, np.atleast_2d(read_array(matrix, "matrix")))
        wrong = read_faults(faults, spec)
    used = sorted({place.tile for place in mapping.placements})
    for tile in used:
        write_spec_of(spec, tile)
    with chip_session(options, writes=True) as session:
        maps = has_maps(spec, session.driver.features)
        plans = plan_repair(spec, mapping, wrong, maps=maps)
        targets = _targets(spec, plans, wrong, used)
        cells = int((targets.with_reference() >= 0).sum())
        with (
            Journal(
                journal,
                chip_hash=spec.hash,
                target_hash=targets.hash,
                tolerance=write_spec_of(spec, used[0]).tolerance
                if tolerance is None
                else tolerance,
            ) as noted,
            progress("writing cells", cells) as advance,
            user_input(),
        ):
            if maps:
                settle(_load_maps(session.driver, spec, plans))
            found = settle(
                program_chip(
                    session.driver, spec, targets, noted, tolerance=tolerance, on_progress=advance
                )
            )
    figures = program_figures(spec, found)
    _show_plans(plans, used)
    show_table(f"Writing at {session.name}", program_rows(figures))
    left = sum(len(plans[tile].residue) + len(plans[tile].reference) for tile in used)
    if json is not None:
        tiles = [_plain(tile, plans[tile]) for tile in used]
        write_json(json, {"spec_hash": spec.hash, "tiles": tiles, "writing": figures.to_json()})
    if left or figures.failures:
        wrongs = f"{number(left)} weights or rows stay wrong"
        output().print(f"{wrongs}, {len(figures.failures)} cells were given up", markup=False)
        raise typer.Exit(1)


async def _load_maps(driver: Driver, spec: ChipSpec, plans: Sequence[TileRepair]) -> None:
    await RepairDriver(driver, spec).load_maps([plan.place for plan in plans])


def _targets(
    spec: ChipSpec,
    plans: Sequence[TileRepair],
    wrong: Sequence["np.typing.NDArray[np.uint8]"],
    used: Sequence[int],
) -> TargetList:
    levels = np.full((spec.tiles, spec.rows, spec.lines), -1, dtype=np.int64)
    for tile in used:
        levels[tile] = np.where(plans[tile].locked, -1, plans[tile].levels)
    return TargetList(levels=levels, spared=np.array([held[:, -1] != 0 for held in wrong]))


def _show_plans(plans: Sequence[TileRepair], used: Sequence[int]) -> None:
    table = Table(title="Repair", title_justify="left", title_style="bold")
    for name in ("tile", "measures", "error of all weights before", "after"):
        table.add_column(name, justify="right")
    for tile in used:
        plan = plans[tile]
        measures = ", ".join(plan.measures) or "none"
        table.add_row(str(tile), measures, number(plan.before), number(plan.after))
    output().print(table)
    lines = [
        f"tile {tile}, row {left.row}, column {left.column}: weight {left.weight} is off by "
        f"{left.error:+d}"
        for tile in used
        for left in plans[tile].residue
    ]
    lines += [
        f"tile {tile}, row {row}: its cell of the reference line isn't low"
        for tile in used
        for row in plans[tile].reference
    ]
    for line in lines[:_MOST_SHOWN]:
        output().print(line, markup=False)
    if len(lines) > _MOST_SHOWN:
        output().print(f"and {len(lines) - _MOST_SHOWN} more", markup=False)


def _plain(tile: int, plan: TileRepair) -> dict[str, object]:
    return {
        "tile": tile,
        "measures": list(plan.measures),
        "before": plan.before,
        "after": plan.after,
        "columns": list(plan.place.columns),
        "rows": list(plan.place.rows),
        "wrong": [
            {"row": left.row, "column": left.column, "weight": left.weight, "error": left.error}
            for left in plan.residue
        ],
        "reference_rows": list(plan.reference),
    }
