"""`ohmloom host calibrate` and `refresh`: columns corrected, and kept right as cells drift."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_sim.column_checks import job_checks
from ohmloom_sim.commands.boards import ModelOption, TaskOption
from ohmloom_sim.commands.console import JsonOption, number, output, progress, show_table
from ohmloom_sim.commands.host_session import HostOptions, chip_session, host_task
from ohmloom_sim.commands.run_calibration import POINTS
from ohmloom_sim.files import write_json
from ohmloom_sim.host.calibration import calibrate_chip, calibration_task
from ohmloom_sim.host.calibration_file import Calibration
from ohmloom_sim.host.check_tables import load_check_tables
from ohmloom_sim.host.drift_factor import DriftError, refresh_chip
from ohmloom_sim.host.network import load_network
from ohmloom_sim.host.session import settle

__all__ = ["calibrate", "refresh"]


class MeasureName(StrEnum):
    """What tells how far a chip has drifted."""

    COLUMNS = "columns"
    REFERENCE = "reference"


def calibrate(
    context: typer.Context,
    *,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE.json", help="The calibration.", dir_okay=False),
    ],
    task: TaskOption = None,
    model: ModelOption = None,
    points: Annotated[
        int, typer.Option("--points", min=3, help="Samples at which columns are read.")
    ] = POINTS,
    reads: Annotated[
        int, typer.Option("--reads", min=1, help="Reads of each sample, which are averaged.")
    ] = 1,
    json: JsonOption = None,
) -> None:
    """Measure offset and gain of each column through the chip, and load what corrects them.

    The cells must hold the network, whose own samples are the inputs.
    """
    options: HostOptions = context.obj
    spec, prepared = options.spec, host_task(options, task, model)
    rng = np.random.default_rng((options.board.seed, 2))
    read = calibration_task(spec, prepared.mapping, prepared.task.typical, points, rng, reads=reads)
    with chip_session(options, prepared) as session:
        settle(load_network(session.driver, prepared.mapping))
        with progress("reading columns", points) as advance:
            measured = settle(calibrate_chip(session.driver, read, on_progress=advance))
        found = measured.calibration
        checks = job_checks(spec, prepared.mapping)
        if checks is not None:
            settle(load_check_tables(session.driver, spec, checks[0].tolist(), found.bounds))
    found.save(out)
    gains = [g for used in found.tiles for g in found.gains[used.tile][: used.columns]]
    offsets = [o for used in found.tiles for o in found.offsets[used.tile][: used.columns]]
    bound = max(map(max, found.bounds))
    figures = {
        "points": points,
        "reads": reads,
        "clipped_conversions": measured.clipped,
        "conversions": measured.conversions,
        "gain": [min(gains), max(gains)],
        "offset": [min(offsets), max(offsets)],
        "left": found.left,
        "bound": bound,
        "confidence": found.confidence,
        "spec_hash": spec.hash,
    }
    show_table(
        f"Calibration at {session.name}",
        [
            ("columns", number(len(gains))),
            ("points, reads of each", f"{number(points)}, {number(reads)}"),
            (
                "clipped conversions",
                f"{number(measured.clipped)} of {number(measured.conversions)}",
            ),
            ("gains", f"{min(gains):.4f} to {max(gains):.4f}"),
            ("offsets", f"{number(min(offsets))} to {number(max(offsets))} sum LSB"),
            ("largest error of a point afterwards", f"{number(found.left)} sum LSB"),
            (
                f"largest bound of a column, {100 * found.confidence:g} % confidence",
                f"{number(bound)} sum LSB",
            ),
        ],
    )
    if json is not None:
        write_json(json, figures)
    if measured.clipped:
        output().print(
            "conversions out of range spoil a fit: give the converters more headroom, by a larger "
            "adc.offset or adc.range",
            markup=False,
        )
    output().print(f"calibration is in {out}", markup=False)


def refresh(
    context: typer.Context,
    *,
    calibration: Annotated[
        Path,
        typer.Option("--calibration", metavar="FILE.json", help="As `calibrate` has written it."),
    ],
    by: Annotated[
        MeasureName,
        typer.Option("--by", help="Columns with weights, or those with known cells."),
    ] = MeasureName.COLUMNS,
    reads: Annotated[int, typer.Option("--reads", min=1, help="Reads that are averaged.")] = 16,
    task: TaskOption = None,
    model: ModelOption = None,
    json: JsonOption = None,
) -> None:
    """Load a calibration with the factor that makes up for drift and temperature since then.

    Ends with status 1 where the factor isn't in [0.5, 2): then cells must be written again. A
    model matters to a virtual board of the command's own only.
    """
    options: HostOptions = context.obj
    held = Calibration.load(calibration, options.spec)
    prepared = host_task(options, task, model) if options.port == "sim" else None
    try:
        with chip_session(options, prepared) as session:
            found = settle(
                refresh_chip(session.driver, options.spec, held, measure=by.value, reads=reads)
            )
    except DriftError as error:
        output().print(f"alarm: {error}", markup=False)
        raise typer.Exit(1) from None
    rows = [("drift factor", f"{found.factor:.4f}"), ("by columns", f"{found.by_columns:.4f}")]
    if found.by_reference is not None and found.offset is not None:
        rows += [
            ("by reference columns", f"{found.by_reference:.4f}"),
            ("offset that came since", f"{number(found.offset)} sum LSB"),
        ]
    show_table(f"Drift at {session.name}", rows)
    if json is not None:
        write_json(json, {**asdict(found), "by": by.value, "spec_hash": options.spec.hash})
