"""`ohmloom mvm`: a matrix times vectors on a chip."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.array_figures import settling_json
from ohmloom_sim.commands.console import (
    EngineName,
    JsonOption,
    SeedOption,
    SimOption,
    number,
    output,
    progress,
    show_table,
    user_input,
    work_folder,
)
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.matrix_job import MatrixJob, fitting_spec, multiply, prepare_matrix
from ohmloom_sim.report.tables import settling_rows
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import default_simulator
from ohmloom_sim.vectors import as_rows, in_shape_of

__all__ = ["mvm"]


class EncodingName(StrEnum):
    """Signed encodings."""

    DIFF_PAIR = "diff_pair"
    OFFSET_COLUMN = "offset_column"


def mvm(
    *,
    matrix: Annotated[
        Path,
        typer.Option("--matrix", metavar="FILE", help="W, outputs x inputs, .npy or .csv."),
    ],
    vector: Annotated[
        Path, typer.Option("--input", metavar="FILE", help="x, one vector or many, one a row.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="y = W x, in the shape of the input.")
    ],
    chip: Annotated[
        str | None,
        typer.Option(
            "--chip",
            metavar="FILE|PRESET",
            help="Chip.  [default: an ideal one is made that the matrix fits]",
        ),
    ] = None,
    encoding: Annotated[
        EncodingName | None,
        typer.Option(
            "--encoding", help="Of signed weights, on a chip that is made.  [default: diff_pair]"
        ),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Array engine.")
    ] = EngineName.NODAL,
    sim: SimOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Multiply a signed matrix by vectors: mapping, emitted Verilog and array, without a network.

    Without --chip the cells and converters are ideal and integers come out exactly; for wires,
    spread and noise give a chip, such as --chip default.
    """
    weights = np.atleast_2d(read_array(matrix, "matrix"))
    given = read_array(vector, "input")
    if chip is not None and encoding is not None:
        msg = "it is the chip's; give only one of --encoding and --chip"
        raise typer.BadParameter(msg, param_hint="--encoding")
    with user_input():
        vectors = as_rows(given, weights.shape[-1], "input", "one number a column of the matrix")
        spec = (
            load_spec(chip)
            if chip is not None
            else fitting_spec(weights, vectors, encoding=(encoding or EncodingName.DIFF_PAIR).value)
        )
        job = prepare_matrix(spec, weights, vectors)
    simulator = sim.value if sim else default_simulator().name
    with work_folder() as folder, progress("simulating", len(vectors)) as advance:
        result, answer = multiply(
            job,
            simulate,
            engine=engine.value,
            sim=simulator,
            seed=seed,
            folder=folder,
            on_progress=advance,
        )
    write_array(out, in_shape_of(given, result.product))
    figures: dict[str, Any] = {
        "outputs": weights.shape[0],
        "inputs": weights.shape[1],
        "vectors": len(vectors),
        "exact": job.exact,
        "engine": engine.value,
        "sim": simulator,
        "seed": seed,
        "error": result.to_json(),
        "clipped_conversions": answer.clipped,
        "cycles_per_vector": float(answer.cycles.mean()),
        "spec_hash": spec.hash,
        **settling_json(answer.settling),
    }
    if json is not None:
        write_json(json, figures)
    _show(job, spec, figures, settling_rows(answer.settling))
    _show_product(result.product)
    output().print(f"products are in {out}", markup=False)


def _show(
    job: MatrixJob, spec: ChipSpec, figures: dict[str, Any], settling: list[tuple[str, str]]
) -> None:
    taken = "integers as they are" if job.exact else "scaled to the chip's integers"
    tiles = len(job.mapping.placements)
    show_table(
        "Matrix times vectors",
        [
            ("matrix, outputs x inputs", f"{figures['outputs']} x {figures['inputs']}"),
            ("vectors", number(figures["vectors"])),
            ("numbers", taken),
            ("tiles", f"{tiles} of {spec.rows} x {spec.columns}, {spec.encoding}"),
            ("engine, simulator", f"{figures['engine']}, {figures['sim']}"),
            ("seed", str(figures["seed"])),
            ("largest error against W x", number(figures["error"]["max"])),
            ("rms error", number(figures["error"]["rms"])),
            ("rms error over rms of W x", number(figures["error"]["relative"])),
            ("clipped conversions", number(figures["clipped_conversions"])),
            ("clock cycles a vector", number(figures["cycles_per_vector"])),
            *settling,
            ("chip", f"{spec.name}, hash {spec.hash[:16]}"),
        ],
    )


def _show_product(product: NDArray[Any]) -> None:
    if product.size <= 16:
        for row in product:
            output().print("y = " + ", ".join(f"{value:.6g}" for value in row), markup=False)
