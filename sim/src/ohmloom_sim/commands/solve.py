"""`ohmloom solve`: currents of a crossbar, for those who want no more."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ohmloom_analog.cells import OHMIC, Accessed, CellLaw, Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import Engine, TimedEngine, make_engine
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.settling import Settling
from ohmloom_sim.bench.measure import peak_rss_bytes
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
_VECTORS_AT_ONCE = 128


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
    r_access: Annotated[
        float | None,
        typer.Option("--r-access", metavar="OHM", help="Transistor in series with each cell."),
    ] = None,
    selector_is: Annotated[
        float | None,
        typer.Option("--selector-is", metavar="A", help="Selector: I = IS sinh(V / VS)."),
    ] = None,
    selector_vs: Annotated[
        float | None,
        typer.Option("--selector-vs", metavar="V", help="Selector's voltage scale."),
    ] = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="Solver.")] = EngineName.NODAL,
    nodes: Annotated[
        Path | None,
        typer.Option("--nodes", metavar="FILE", help="Voltages at the cells, .npz: word, bit [V]."),
    ] = None,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, help="Solve all vectors so often, for timing.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads of the linear algebra.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Solve a crossbar with resistive lines for one or many vectors of voltages.

    Word lines are driven at their left end, through the source resistance and one segment; bit
    lines end in virtual grounds below the last row, through one segment and the sense resistance.
    """
    cells = read_array(conductance, "conductance")
    given = read_array(voltage, "voltage")
    with user_input(), _threads(threads):
        crossbar = Crossbar(
            np.atleast_2d(cells),
            r_word=r_word,
            r_bit=r_bit,
            r_source=r_source,
            r_sense=r_sense,
            law=_law(r_access, selector_is, selector_vs),
        )
        vectors = as_rows(given, crossbar.rows, "voltage", "one a row of the conductances")
        # Imports, and code that is compiled or read from the cache, once a process.
        began = time.process_time()
        solver = make_engine(engine)
        if isinstance(solver, NodalEngine):
            solver.prepare(crossbar, min(len(vectors), _VECTORS_AT_ONCE))
        start_s = time.process_time() - began
        began, clock = time.process_time(), time.perf_counter()
        solver.load(crossbar)
        errors: list[Floats] = []
        with progress("solving", len(vectors)) as advance:
            currents = _solved(solver, vectors, advance, errors)
        first_call_s, seconds = time.process_time() - began, time.perf_counter() - clock
        per_vector_s = _per_vector(solver, vectors, repeat - 1, first_call_s)
        if nodes is not None:
            _write_nodes(nodes, solver, vectors, given.ndim == 1)
    write_array(out, in_shape_of(given, currents))
    largest = float(np.abs(currents).max())
    residual = solver.residual if isinstance(solver, NodalEngine) else None
    settling = Settling().after(currents, np.concatenate(errors), np.inf) if errors else None
    if json is not None:
        figures: dict[str, Any] = {
            "rows": crossbar.rows,
            "lines": crossbar.lines,
            "vectors": len(vectors),
            "engine": str(engine),
            "largest_current": largest,
            "residual": residual,
            "seconds": seconds,
            "start_s": start_s,
            "first_call_s": first_call_s,
            "per_vector_s": per_vector_s,
            "peak_rss_bytes": int(peak_rss_bytes()),
        }
        if settling is not None:
            figures["settling_error"] = {
                "amperes": settling.error,
                "relative": settling.relative,
            }
        write_json(json, figures)
    show_table(
        "Crossbar",
        [
            ("word lines x bit lines", f"{crossbar.rows} x {crossbar.lines}"),
            ("vectors", number(len(vectors))),
            ("engine", str(engine)),
            ("largest current", number(largest, "A")),
            *(
                [("error of the currents, at most", f"{residual:.1e}")]
                if residual is not None
                else []
            ),
            *(
                [
                    (
                        "settling error, worst",
                        f"{settling.error:.3g} A, {settling.relative:.2g} of the largest current",
                    )
                ]
                if settling is not None
                else []
            ),
            ("solved in", number(seconds, "s")),
            *([("later, a vector in", number(per_vector_s, "s"))] if repeat > 1 else []),
        ],
    )
    output().print(f"currents are in {out}", markup=False)


def _law(r_access: float | None, selector_is: float | None, selector_vs: float | None) -> CellLaw:
    if (selector_is is None) != (selector_vs is None):
        msg = "--selector-is and --selector-vs must be given together"
        raise ValueError(msg)
    if selector_is is not None and selector_vs is not None:
        if r_access is not None:
            msg = "a cell must have a transistor or a selector, not both"
            raise ValueError(msg)
        return Selected(i_s=selector_is, v_s=selector_vs)
    return OHMIC if r_access is None else Accessed(r_access=r_access)


def _threads(count: int | None) -> AbstractContextManager[object]:
    return nullcontext() if count is None else threadpool_limits(limits=count)


def _per_vector(solver: Engine, vectors: Floats, passes: int, first: float) -> float:
    """Return CPU seconds a vector: the best of later passes, or else those of the first."""
    best = np.inf
    for _ in range(passes):
        began = time.process_time()
        for start in range(0, len(vectors), _VECTORS_AT_ONCE):
            solver.currents(vectors[start : start + _VECTORS_AT_ONCE])
        best = min(best, time.process_time() - began)
    return (best if passes else first) / len(vectors)


def _write_nodes(path: Path, solver: Engine, vectors: Floats, single: bool) -> None:
    found = [solver.node_voltages(vector) for vector in vectors]
    word, bit = np.array([one.word for one in found]), np.array([one.bit for one in found])
    with path.open("wb") as file:
        np.savez(file, word=word[0] if single else word, bit=bit[0] if single else bit)


def _solved(
    solver: Engine, vectors: Floats, advance: Callable[[int], None], errors: list[Floats]
) -> Floats:
    """Return the currents of all vectors; add how far they were from settled, where it's known."""
    parts = []
    for start in range(0, len(vectors), _VECTORS_AT_ONCE):
        parts.append(solver.currents(vectors[start : start + _VECTORS_AT_ONCE]))
        if isinstance(solver, TimedEngine):
            errors.append(solver.settling_error)
        advance(min(start + _VECTORS_AT_ONCE, len(vectors)))
    return np.concatenate(parts)
