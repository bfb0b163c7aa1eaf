"""What a comparison found: agreement, ratios, and a table of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

__all__ = [
    "AGREEMENT",
    "Measurement",
    "Round",
    "as_data",
    "difference",
    "disagreements",
    "fastest_peer",
    "ratios",
    "table",
]

Floats = NDArray[np.float64]

AGREEMENT = 1e-9
"""What outputs may differ by, as a part of the largest."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Measurement:
    """One solver on one problem."""

    solver: str
    """Its name."""
    figures: dict[str, float]
    """As `measure` states them; empty where it failed."""
    difference: float | None = None
    """From our outputs, as a part of the largest."""
    failure: str | None = None
    """Why there are no figures."""

    @property
    def agrees(self) -> bool:
        """Whether there is an answer, and it is ours."""
        return self.difference is not None and self.difference <= AGREEMENT


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Round:
    """All solvers on one problem."""

    case: str
    """Of `CASES`."""
    size: int
    """Word lines, and bit lines."""
    vectors: int
    """How many at once."""
    measurements: Sequence[Measurement]
    """One a solver; the first is ours."""


def difference(currents: Floats, reference: Floats) -> float:
    """Return how far apart outputs are, as a part of the largest."""
    largest = float(np.abs(reference).max())
    return float(np.abs(currents - reference).max()) / (largest or 1.0)


def fastest_peer(found: Round) -> Measurement | None:
    """Return the exact peer that was fastest in a first call, if any has an answer."""
    peers = [one for one in found.measurements[1:] if one.agrees]
    return min(peers, key=lambda one: one.figures["best_call_s"], default=None)


def ratios(found: Round) -> dict[str, float]:
    """Return what the figures of one problem say about ours.

    `first` is how many times a first call of the fastest exact peer's takes, `later` the same on
    kept conductances, `memory` the same for what the process holds; `product` is how many times
    numpy's product with the dense map our later calls take, `update` what part of a first call one
    changed cell takes.
    """
    ours = found.measurements[0].figures
    if not ours:
        return {}
    answer = {
        "product": ours["later_s"] / ours["product_s"],
        "update": ours["update_s"] / ours["best_call_s"],
    }
    peers = [one.figures for one in found.measurements[1:] if one.agrees]
    for name, figure in (
        ("first", "best_call_s"),
        ("later", "later_s"),
        ("memory", "peak_rss_bytes"),
    ):
        if peers:
            answer[name] = min(one[figure] for one in peers) / ours[figure]
    return answer


def disagreements(rounds: Iterable[Round]) -> list[str]:
    """Return a line for each answer that isn't ours, and for each solver of ours that failed."""
    lines = []
    for found in rounds:
        where = f"{found.case} {found.size}, {found.vectors} vectors"
        ours = found.measurements[0]
        if ours.failure is not None:
            lines.append(f"{ours.solver} failed at {where}: {ours.failure}")
        lines += [
            f"{one.solver} differs by {one.difference:.1e} of the largest output at {where}"
            for one in found.measurements
            if one.difference is not None and not one.agrees
        ]
    return lines


def as_data(found: Round) -> dict[str, Any]:
    """Return plain data."""
    return {
        "case": found.case,
        "size": found.size,
        "vectors": found.vectors,
        "ratios": ratios(found),
        "solvers": {
            one.solver: {
                "figures": one.figures,
                "difference": one.difference,
                "failure": one.failure,
            }
            for one in found.measurements
        },
    }


def table(rounds: Sequence[Round]) -> Table:
    """Return all rounds as a table: CPU milliseconds, memory, ratios."""
    names = list(dict.fromkeys(one.solver for found in rounds for one in found.measurements))
    shown = Table(title="First calls in CPU ms, peak memory in MB", title_justify="left")
    for heading in ("case", "size", "vectors", *names):
        shown.add_column(heading, justify="left" if heading == "case" else "right")
    for heading in ("times faster", "later", "x product", "update"):
        shown.add_column(heading, justify="right")
    for found in rounds:
        cells = {one.solver: _cell(one) for one in found.measurements}
        said = ratios(found)
        shown.add_row(
            found.case,
            str(found.size),
            str(found.vectors),
            *(cells.get(name, "") for name in names),
            *(
                f"{said[name]:.3g}" if name in said else ""
                for name in ("first", "later", "product", "update")
            ),
        )
    return shown


def _cell(one: Measurement) -> str:
    if not one.figures:
        return "failed"
    memory = one.figures["peak_rss_bytes"] / 1e6
    mark = "" if one.agrees else " (differs)"
    return f"{one.figures['best_call_s'] * 1e3:.4g} / {memory:.0f}{mark}"
