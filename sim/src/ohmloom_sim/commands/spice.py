"""`ohmloom spice`: one array of a chip as a netlist for ngspice."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.engines import ReadTiming
from ohmloom_analog.engines.deck import deck
from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.spec import load_spec
from ohmloom_analog.state import load_state
from ohmloom_sim.commands.console import ChipOption, output, show_table, user_input
from ohmloom_sim.files import read_array, write_text
from ohmloom_sim.vectors import as_rows

__all__ = ["spice"]


def spice(
    *,
    state: Annotated[
        Path, typer.Option("--state", metavar="FILE.npz", help="What the arrays hold.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Netlist, such as X.cir.")],
    chip: ChipOption = "default",
    tile: Annotated[int, typer.Option("--tile", min=0, help="Which array.")] = 0,
    voltage: Annotated[
        Path | None,
        typer.Option(
            "--voltage",
            metavar="FILE",
            help="R driver voltages [V], .npy or .csv.  [default: all at v_read]",
        ),
    ] = None,
    transient: Annotated[
        bool,
        typer.Option("--transient", help="Run the read in time, and print what is sampled."),
    ] = False,
) -> None:
    """Write an array as a netlist; `ngspice -b` runs it as it is and prints each line's current.

    The reference line is the last one. Noise of reads is left out.
    """
    spec = load_spec(chip)
    if tile >= spec.tiles:
        msg = f"tile must be below {spec.tiles}, not {tile}"
        raise OhmloomError(msg)
    held = AnalogChip.from_state(spec, load_state(state, spec), engine="ideal")
    crossbar = held.tiles[tile].crossbar
    levels = np.full(spec.rows, spec.dac.v_read)
    if voltage is not None:
        given = read_array(voltage, "voltage")
        rows = as_rows(given, spec.rows, "voltage", "one a row of the array")
        if len(rows) != 1:
            msg = f"voltage must be one vector, not {len(rows)}"
            raise OhmloomError(msg)
        levels = rows[0]
    with user_input():
        text = deck(
            crossbar,
            levels,
            title=f"tile {tile} of the chip {' '.join(spec.name.split())}",
            notes=[
                f"chip {spec.hash}",
                "vd<row> drive the word lines, vs<line> are the virtual grounds of the bit lines",
                "line<number> is printed in ampere; the last one is the reference line",
            ],
            timing=ReadTiming.of(spec) if transient else None,
        )
    write_text(out, text)
    show_table(
        f"Chip {spec.name}, hash {spec.hash[:16]}",
        [
            ("tile", str(tile)),
            ("word lines x bit lines", f"{crossbar.rows} x {crossbar.lines}"),
            ("analysis", "transient" if transient else "operating point"),
        ],
    )
    output().print(f"netlist is in {out}; run it with: ngspice -b {out}", markup=False)
