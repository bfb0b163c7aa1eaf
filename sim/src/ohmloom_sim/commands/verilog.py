"""`ohmloom verilog`: the digital side of a chip, as files."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.spec import load_spec
from ohmloom_hw.emit import emit
from ohmloom_hw.features import BusName, Features, LinkName
from ohmloom_sim.commands.console import ChipOption, number, show_table, user_input
from ohmloom_sim.files import writing

__all__ = ["verilog"]


def verilog(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder; made if it isn't there.")
    ],
    chip: ChipOption = "default",
    link: Annotated[
        LinkName, typer.Option(help="Serial link: checked frames, or LiteX's plain bridge.")
    ] = "frame",
    bus: Annotated[BusName, typer.Option(help="Bus for a system on a chip.")] = "none",
    analyser: Annotated[
        int,
        typer.Option(metavar="N", help="Samples of a logic analyser; 0 leaves it out."),
    ] = 0,
) -> None:
    """Write the Verilog of a chip, its registers in every form, and its description."""
    spec = load_spec(chip)
    with user_input():
        features = Features(link=link, bus=bus, analyser_depth=analyser)
    with writing(out):
        files = emit(spec, out, features=features)
    written: list[Path] = [getattr(files, field.name) for field in fields(files)]
    rows = [(str(path), number(path.stat().st_size, "bytes")) for path in written]
    show_table(f"Chip {spec.name}, hash {spec.hash[:16]}", rows)
