"""Errors of aged arrays as a picture: over the age, a line a correction."""

from collections.abc import Sequence
from pathlib import Path

from ohmloom_sim.drift_compensation import CORRECTIONS, DriftError
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, axes, figure, save_svg

__all__ = ["draw_drift"]

_DAY = 86400.0
_LOOKS = {
    "none": (ACCENT, "not corrected"),
    "global": (MAIN, "one factor for all columns"),
    "column": (INK, "one factor a column"),
    "line": (MUTED, "factor and offset a column"),
}


def draw_drift(found: Sequence[DriftError], path: Path) -> None:
    """Draw it as SVG; bars are standard deviations over the arrays.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    made = figure(5.2, 3.2)
    plot = axes(made, x="age [days]", y="relative error of products [%]")
    for place, name in enumerate(CORRECTIONS):
        points = sorted((e for e in found if e.correction == name), key=lambda e: e.age)
        colour, label = _LOOKS[name]
        # Bars of lines that lie on each other stand side by side.
        days = [max(e.age, 1.0) / _DAY * (1 + 0.04 * place) for e in points]
        plot.errorbar(
            days,
            [100 * e.mean for e in points],
            yerr=[100 * e.spread for e in points],
            fmt="o-" if name != "line" else "s--",
            ms=3,
            lw=1.2,
            color=colour,
            label=label,
        )
    plot.set_xscale("log")
    plot.set_ylim(bottom=0)
    plot.legend(frameon=False, fontsize=8, labelcolor=INK)
    save_svg(made, path)
