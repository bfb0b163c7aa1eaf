"""`ohmloom verilog`: the digital side of a chip, as files."""

from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.spec import load_spec
from ohmloom_hw.emit import emit
from ohmloom_sim.commands.console import ChipOption, number, show_table
from ohmloom_sim.files import writing

__all__ = ["verilog"]


def verilog(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder; made if it isn't there.")
    ],
    chip: ChipOption = "default",
) -> None:
    """Write the Verilog of a chip, its register manual and its description."""
    spec = load_spec(chip)
    with writing(out):
        files = emit(spec, out)
    rows = [
        (str(path), number(path.stat().st_size, "bytes"))
        for path in (files.verilog, files.manual, files.registers, files.spec)
    ]
    show_table(f"Chip {spec.name}, hash {spec.hash[:16]}", rows)
