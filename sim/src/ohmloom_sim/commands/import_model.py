"""`ohmloom import`: networks of other formats, dense ones as files that every command takes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import save_network
from ohmloom_analog.onnx_network import load_onnx
from ohmloom_sim.commands.console import number, output, show_table, user_input
from ohmloom_sim.commands.import_nir import import_nir
from ohmloom_sim.files import replaced
from ohmloom_sim.tasks import model_task

__all__ = ["import_model"]


class ResetName(StrEnum):
    """What a spike does to a membrane."""

    TO_RESET = "to_reset"
    SUBTRACT = "subtract"


def import_model(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.onnx|FILE.nir",
            help="Gemm, MatMul, Add, Relu and Conv nodes; or a spiking network as a NIR graph.",
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.npz", help="Where a dense network is written."),
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Option("--samples", metavar="FILE.npz", help="Samples x and their labels y."),
    ] = None,
    dt: Annotated[
        float | None,
        typer.Option("--dt", help="Duration of a tick [s], which a NIR graph leaves open."),
    ] = None,
    bits: Annotated[
        int, typer.Option("--bits", help="Bits of a spiking network's weight with its sign.")
    ] = 8,
    state_bits: Annotated[
        int, typer.Option("--state-bits", help="Bits of a neuron's state with its sign.")
    ] = 16,
    reset: Annotated[
        ResetName,
        typer.Option("--reset", help="Whether a spike sets the membrane or subtracts."),
    ] = ResetName.TO_RESET,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.csv", help="Every rounding of every neuron."),
    ] = None,
) -> None:
    """Make dense layers of an ONNX network, or show what a chip makes of a NIR graph."""
    spiking = model.suffix == ".nir"
    _check_options(
        "a NIR graph" if spiking else "an ONNX network",
        needed=("--dt", dt) if spiking else ("--out", out),
        unused={"--out": out, "--samples": samples}
        if spiking
        else {"--dt": dt, "--report": report},
    )
    with user_input():
        if dt is not None:
            import_nir(
                model,
                dt=dt,
                bits=bits,
                state_bits=state_bits,
                reset=reset.value,
                report=report,
            )
        elif out is not None:
            _import_onnx(model, out, samples)


def _check_options(what: str, needed: tuple[str, object], unused: dict[str, object]) -> None:
    name, value = needed
    if value is None:
        msg = f"must be given for {what}"
        raise typer.BadParameter(msg, param_hint=name)
    for other, given in unused.items():
        if given is not None:
            msg = f"must not be given for {what}"
            raise typer.BadParameter(msg, param_hint=other)


def _import_onnx(model: Path, out: Path, samples: Path | None) -> None:
    network = load_onnx(model)
    arrays = {} if samples is None else _samples(samples)
    with replaced(out) as beside:
        save_network(network, beside, **arrays)
        if arrays:
            # What doesn't fit is refused before there is a file.
            model_task(beside, 0)
    sizes = [network.inputs, *(len(layer.bias) for layer in network.layers)]
    rows = [
        ("layers", "-".join(map(str, sizes))),
        ("activations", ", ".join(layer.activation for layer in network.layers)),
        ("weights", number(sum(layer.weights.size for layer in network.layers))),
    ]
    if arrays:
        rows.append(("samples", number(len(arrays["x"]))))
    show_table(model.name, rows)
    output().print(f"network is in {out}", markup=False)


def _samples(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
            found = {name: file[name] for name in ("x", "y") if name in file.files}
    except (OSError, ValueError, EOFError, AttributeError) as error:
        msg = f"samples must be an .npz file of plain arrays, not '{path}': {error}"
        raise MappingError(msg) from None
    missing = {"x", "y"} - set(found)
    if missing:
        msg = f"samples {path} must hold the arrays x and y, and lack {', '.join(sorted(missing))}"
        raise MappingError(msg)
    return {**found, "x": found["x"].reshape(len(found["x"]), -1)}
