"""`ohmloom verilog`: the digital side of a chip, as files."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.spec import load_spec
from ohmloom_hw.emit import emit
from ohmloom_hw.features import BusName, Features
from ohmloom_sim.commands.boards import LinkOption
from ohmloom_sim.commands.console import ChipOption, number, show_table, user_input
from ohmloom_sim.commands.converters import ConvertersOption, chosen_converters
from ohmloom_sim.files import writing

__all__ = ["verilog"]


def verilog(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder; made if it isn't there.")
    ],
    chip: ChipOption = "default",
    link: LinkOption = "frame",
    bus: Annotated[BusName, typer.Option(help="Bus for a system on a chip.")] = "none",
    converters: ConvertersOption = None,
    analyser: Annotated[
        int,
        typer.Option(metavar="N", help="Samples of a logic analyser; 0 leaves it out."),
    ] = 0,
) -> None:
    """Write the Verilog of a chip, its registers in every form, and its description.

    With converters their pins take the place of the array ports, and their profile is written too.
    """
    spec = load_spec(chip)
    with user_input():
        profile = chosen_converters(converters, spec)
        features = Features(
            link=link,
            bus=bus,
            behind="pins" if profile is None else "converters",
            analyser_depth=analyser,
            converters=profile,
        )
    with writing(out):
        files = emit(spec, out, features=features)
    places: list[Path | None] = [getattr(files, field.name) for field in fields(files)]
    written = [path for path in places if path is not None]
    rows = [(str(path), number(path.stat().st_size, "bytes")) for path in written]
    show_table(f"Chip {spec.name}, hash {spec.hash[:16]}", rows)
