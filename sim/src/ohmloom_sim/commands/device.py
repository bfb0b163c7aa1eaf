"""`ohmloom device`: which devices there are, and what one of them does."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from ohmloom_analog.devices import device as device_of
from ohmloom_analog.devices import device_names
from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.commands.console import (
    JsonOption,
    SeedOption,
    number,
    output,
    show_table,
    user_input,
    waiting,
)
from ohmloom_sim.device_picture import device_picture
from ohmloom_sim.files import replaced, write_json

__all__ = ["device"]

_READ = 0.2
_FORMATS = (".png", ".svg", ".pdf")

device = typer.Typer(no_args_is_help=True, help="Devices that a cell can be made of.")


@device.command("list")
def list_devices(*, json: JsonOption = None) -> None:
    """List the devices: their conductances at a read of 0.2 V, and where they are valid."""
    table = Table(title="Devices", title_justify="left", title_style="bold")
    for heading in ("name", "technology", "µS at 0.2 V", "V", "K"):
        table.add_column(heading, no_wrap=True)
    figures = {}
    for name in device_names():
        made = device_of(name)
        least, most = made.window(_READ)
        valid = made.valid
        table.add_row(
            name,
            made.technology,
            f"{number(least * 1e6)} to {number(most * 1e6)}",
            f"{valid.voltage[0]:g} to {valid.voltage[1]:g}",
            f"{valid.temperature[0]:g} to {valid.temperature[1]:g}",
        )
        figures[name] = {
            "technology": made.technology,
            "window": [least, most],
            "voltage": list(valid.voltage),
            "temperature": list(valid.temperature),
            "source": valid.source,
            "spice": made.subcircuit("cell") is not None,
        }
    if json is not None:
        write_json(json, {"v_read": _READ, "devices": figures})
    output().print(table)


@device.command("plot")
def plot_device(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `device list` has it, or a CSV.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Picture: .png, .svg or .pdf.")
    ],
    seed: SeedOption = 0,
) -> None:
    """Draw a device's I-V loop, its conductance under pulses, and its retention."""
    if out.suffix not in _FORMATS:
        msg = f"picture must be one of {', '.join(_FORMATS)}, not {out.name!r}"
        raise OhmloomError(msg)
    with user_input():
        made = device_of(name)
    rng = np.random.default_rng(seed)
    with waiting(f"driving {name}"):
        picture = device_picture(made, _READ, rng)
    with replaced(out) as beside:
        picture.savefig(beside, format=out.suffix[1:], dpi=160)
    least, most = made.window(_READ)
    show_table(
        "Device",
        [
            ("name", name),
            ("source", made.valid.source),
            ("conductance at 0.2 V", f"{number(least, 'S')} to {number(most, 'S')}"),
            ("seed", number(seed)),
        ],
    )
    output().print(f"its picture is in {out}", markup=False)
