"""`ohmloom solve`: currents of a crossbar, for those who want no more."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import Engine, make_engine
from ohmloom_sim.commands.console import (
    EngineName,
    JsonOption,
    number,
    output,
    progress,
    show_table,
    user_input,
)
from ohmloom_sim.files import read_array, write_array, write_json
from ohmloom_sim.vectors import as_rows, in_shape_of

__all__ = ["solve"]

Floats = NDArray[np.float64]

# So that the bar moves; the nodal engine still gets enough at once for its transfer matrix.
_VECTORS_AT_ONCE = 64


def solve(
    *,
    conductance: Annotated[
        Path, typer.Option("--conductance", metavar="FILE", help="R x L cells [S], .npy or .csv.")
    ],
    voltage: Annotated[
        Path,
        typer.Option("--voltage", metavar="FILE", help="R driver voltages [V]; many: one a row."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help="Currents of the L bit lines [A], same shape."),
    ],
    r_word: Annotated[
        float, typer.Option("--r-word", metavar="OHM", help="One segment of a word line.")
    ] = 0.0,
    r_bit: Annotated[
        float, typer.Option("--r-bit", metavar="OHM", help="One segment of a bit line.")
    ] = 0.0,
    r_source: Annotated[
        float, typer.Option("--r-source", metavar="OHM", help="Driver of each word line.")
    ] = 0.0,
    r_sense: Annotated[
        float, typer.Option("--r-sense", metavar="OHM", help="Input at the end of each bit line.")
    ] = 0.0,
    engine: Annotated[EngineName, typer.Option("--engine", help="Solver.")] = EngineName.NODAL,
    json: JsonOption = None,
) -> None:
    """Solve a crossbar with resistive lines for one or many vectors of voltages.

    Word lines are driven at their left end, through the source resistance and one segment; bit
    lines end in virtual grounds below the last row, through one segment and the sense resistance.
    """
    cells = read_array(conductance, "conductance")
    given = read_array(voltage, "voltage")
    solver = make_engine(engine)
    with user_input():
        crossbar = Crossbar(
            np.atleast_2d(cells), r_word=r_word, r_bit=r_bit, r_source=r_source, r_sense=r_sense
        )
        vectors = as_rows(given, crossbar.rows, "voltage", "one a row of the conductances")
        began = time.perf_counter()
        solver.load(crossbar)
        with progress("solving", len(vectors)) as advance:
            currents = _solved(solver, vectors, advance)
    seconds = time.perf_counter() - began
    write_array(out, in_shape_of(given, currents))
    largest = float(np.abs(currents).max())
    if json is not None:
        figures = {
            "rows": crossbar.rows,
            "lines": crossbar.lines,
            "vectors": len(vectors),
            "engine": str(engine),
            "largest_current": largest,
            "seconds": seconds,
        }
        write_json(json, figures)
    show_table(
        "Crossbar",
        [
            ("word lines x bit lines", f"{crossbar.rows} x {crossbar.lines}"),
            ("vectors", number(len(vectors))),
            ("engine", str(engine)),
            ("largest current", number(largest, "A")),
            ("solved in", number(seconds, "s")),
        ],
    )
    output().print(f"currents are in {out}", markup=False)


def _solved(solver: Engine, vectors: Floats, advance: Callable[[int], None]) -> Floats:
    parts = []
    for start in range(0, len(vectors), _VECTORS_AT_ONCE):
        parts.append(solver.currents(vectors[start : start + _VECTORS_AT_ONCE]))
        advance(min(start + _VECTORS_AT_ONCE, len(vectors)))
    return np.concatenate(parts)
