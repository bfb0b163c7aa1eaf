"""The bench as a picture: time and memory of every solver over the size of the crossbar."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from ohmloom_sim.bench.comparison import Round
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, figure, save_svg, tidy

__all__ = ["plot"]

_COLOURS = {"ohmloom": ACCENT, "superlu": MAIN, "badcrossbar": INK, "ngspice": MUTED}


def plot(rounds: Sequence[Round], path: Path) -> None:
    """Draw first calls of the hardest case that was asked for but `bad`, as SVG.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    cases = {found.case for found in rounds}
    case = next(name for name in ("hard", "easy", "bad") if name in cases)
    chosen = [found for found in rounds if found.case == case]
    counts = sorted({found.vectors for found in chosen})
    made = figure(3.2 * (len(counts) + 1), 2.9)
    panels = made.subplots(1, len(counts) + 1, squeeze=False)[0]
    for panel, count in zip(panels, counts, strict=False):
        title = f"{case}, {count} vector{'s' if count > 1 else ''}: first call"
        tidy(panel, x="word and bit lines", y="CPU time [s]", title=title)
        _lines(panel, [found for found in chosen if found.vectors == count], "best_call_s", 1.0)
    tidy(
        panels[-1],
        x="word and bit lines",
        y="memory of the process [MB]",
        title=f"{case}, {counts[-1]} vectors: peak memory",
    )
    last = [found for found in chosen if found.vectors == counts[-1]]
    _lines(panels[-1], last, "peak_rss_bytes", 1e-6)
    panels[0].legend(frameon=False, fontsize=8)
    save_svg(made, path)


def _lines(panel: Axes, rounds: Sequence[Round], name: str, scale: float) -> None:
    for solver, colour in _COLOURS.items():
        points = [
            (found.size, one.figures[name] * scale)
            for found in rounds
            for one in found.measurements
            if one.solver == solver and one.figures
        ]
        if points:
            points.sort()
            panel.plot(*zip(*points, strict=True), "o-", color=colour, label=solver, markersize=3)
    sizes = sorted({found.size for found in rounds})
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set_xticks(sizes, [str(size) for size in sizes])
