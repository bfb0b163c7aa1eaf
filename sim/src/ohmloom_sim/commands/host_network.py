"""`ohmloom host load`, `infer` and `mvm`: networks and matrices on a chip."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ohmloom_sim.commands.boards import ImagesOption, ModelOption, TaskOption
from ohmloom_sim.commands.console import (
    JsonOption,
    number,
    output,
    progress,
    show_table,
    user_input,
)
from ohmloom_sim.commands.host_session import HostOptions, chip_session, host_task
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.host.network import load_network, run_network
from ohmloom_sim.host.session import settle
from ohmloom_sim.job import Job
from ohmloom_sim.matrix_job import judged, prepare_matrix
from ohmloom_sim.vectors import as_rows, in_shape_of

__all__ = ["infer", "load", "mvm"]


def load(context: typer.Context, *, task: TaskOption = None, model: ModelOption = None) -> None:
    """Load a network into the chip, and into its twin if it has one."""
    options: HostOptions = context.obj
    prepared = host_task(options, task, model)
    with chip_session(options, prepared) as session:
        loaded = settle(load_network(session.driver, prepared.mapping))
        behind = session.driver.features.behind
    show_table(
        prepared.task.name,
        [
            ("steps", number(len(prepared.mapping.table.steps))),
            ("tables", "loaded and read back" if loaded else "were there already"),
            ("cells", "read back" if behind == "twin" else "must hold the network already"),
        ],
    )


def infer(
    context: typer.Context,
    *,
    images: ImagesOption = None,
    task: TaskOption = None,
    model: ModelOption = None,
    json: JsonOption = None,
) -> None:
    """Classify samples that a network hasn't seen; the network is loaded if it isn't there."""
    options: HostOptions = context.obj
    prepared = host_task(options, task, model, images)
    with chip_session(options, prepared) as session:
        loaded = settle(load_network(session.driver, prepared.mapping))
        with progress("classifying", len(prepared.inputs)) as advance:
            outcome = settle(
                run_network(session.driver, prepared.mapping, prepared.inputs, on_progress=advance)
            )
    expected = prepared.integer.layers[-1]
    labels = prepared.task.labels
    figures: dict[str, Any] = {
        "images": len(prepared.inputs),
        "accuracy": float((outcome.winners == labels).mean()),
        "accuracy_float": float((prepared.float_predictions == labels).mean()),
        "accuracy_integer": float((expected.argmax(axis=1) == labels).mean()),
        "exact_results": int((outcome.results == expected).sum()),
        "results": int(expected.size),
        "clipped_conversions": outcome.counters.clipped,
        "conversions": outcome.counters.conversions,
        "cycles_per_inference": float(outcome.cycles.mean()),
        "spec_hash": options.spec.hash,
        "seed": options.board.seed,
    }
    show_table(
        f"{prepared.task.name} at {session.name}",
        [
            ("samples", number(len(prepared.inputs))),
            ("network", "loaded" if loaded else "was there already"),
            ("accuracy of the float network", f"{100 * figures['accuracy_float']:.2f} %"),
            ("accuracy of the integer model", f"{100 * figures['accuracy_integer']:.2f} %"),
            ("accuracy of the chip", f"{100 * figures['accuracy']:.2f} %"),
            (
                "results as in the integer model",
                f"{number(figures['exact_results'])} of {number(figures['results'])}",
            ),
            (
                "clipped conversions",
                f"{number(outcome.counters.clipped)} of {number(outcome.counters.conversions)}",
            ),
            ("clock cycles per inference", f"{figures['cycles_per_inference']:,.1f}"),
        ],
    )
    if json is not None:
        write_json(json, figures)


def mvm(
    context: typer.Context,
    *,
    matrix: Annotated[
        Path, typer.Option("--matrix", metavar="FILE", help="W, outputs x inputs, .npy or .csv.")
    ],
    vector: Annotated[
        Path, typer.Option("--input", metavar="FILE", help="x, one vector or many, one a row.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="y = W x, in the shape of the input.")
    ],
    json: JsonOption = None,
) -> None:
    """Multiply a matrix by vectors; cells of a twin are loaded, those of an array must hold it."""
    options: HostOptions = context.obj
    weights = np.atleast_2d(read_array(matrix, "matrix"))
    given = read_array(vector, "input")
    with user_input():
        vectors = as_rows(given, weights.shape[-1], "input", "one number a column of the matrix")
        job = prepare_matrix(options.spec, weights, vectors)
    array = Job.of(options.spec, job.mapping, job.inputs)
    with chip_session(options, array) as session:
        settle(load_network(session.driver, job.mapping))
        with progress("multiplying", len(vectors)) as advance:
            outcome = settle(
                run_network(session.driver, job.mapping, job.inputs, on_progress=advance)
            )
    result = judged(job, outcome.results)
    write_array(out, in_shape_of(given, result.product))
    figures = {"exact": job.exact, "vectors": len(vectors), "error": result.to_json()}
    show_table(
        f"Matrix times vectors at {session.name}",
        [
            ("matrix, outputs x inputs", f"{weights.shape[0]} x {weights.shape[1]}"),
            ("vectors", number(len(vectors))),
            ("numbers", "integers as they are" if job.exact else "scaled to the chip's integers"),
            ("largest error against W x", number(result.error_max)),
            ("rms error over rms of W x", number(result.error_relative)),
            ("clock cycles a vector", f"{outcome.cycles.mean():,.1f}"),
        ],
    )
    if json is not None:
        write_json(json, figures)
    output().print(f"products are in {out}", markup=False)
