"""`ohmloom import`: networks of other formats as files that every command takes."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import save_network
from ohmloom_analog.onnx_network import load_onnx
from ohmloom_sim.commands.console import number, output, show_table, user_input
from ohmloom_sim.files import replaced
from ohmloom_sim.tasks import model_task

__all__ = ["import_model"]


def import_model(
    model: Annotated[
        Path, typer.Argument(metavar="FILE.onnx", help="Gemm, MatMul, Add, Relu and Conv nodes.")
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.npz", help="Where the network is written.")
    ],
    samples: Annotated[
        Path | None,
        typer.Option("--samples", metavar="FILE.npz", help="Samples x and their labels y."),
    ] = None,
) -> None:
    """Make dense layers of an ONNX network, convolutions unrolled, for `--model`."""
    with user_input():
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
