"""How pictures of the report look, and how they get into a page.

Figures are made without pyplot, so nothing of matplotlib's global state is touched.
"""

import base64
import io
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ohmloom_sim.files import replaced

__all__ = [
    "ACCENT",
    "INK",
    "MAIN",
    "MUTED",
    "PALE",
    "axes",
    "data_uri",
    "figure",
    "save_svg",
    "tidy",
]

INK = "#1f2933"
MUTED = "#7b8794"
PALE = "#d9e2ec"
MAIN = "#1f6fb2"
ACCENT = "#d9622b"

_DPI = 160


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches that will show at 100 pixels an inch."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def axes(made: Figure, *, x: str = "", y: str = "") -> Axes:
    """Return the only axes of a figure."""
    plot = made.add_subplot()
    tidy(plot, x=x, y=y)
    return plot


def tidy(plot: Axes, *, x: str = "", y: str = "", title: str = "") -> None:
    """Give axes the report's look and their labels."""
    for side in ("top", "right"):
        plot.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        plot.spines[side].set_color(MUTED)
    plot.tick_params(colors=INK, labelsize=8, color=MUTED)
    plot.set_xlabel(x, fontsize=9, color=INK)
    plot.set_ylabel(y, fontsize=9, color=INK)
    if title:
        plot.set_title(title, fontsize=9, color=INK, loc="left")


def save_svg(made: Figure, path: Path) -> None:
    """Write a figure as SVG; the same figure gives the same bytes.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    with rc_context({"svg.hashsalt": "ohmloom"}), replaced(path) as beside:
        made.savefig(beside, format="svg", metadata={"Date": None, "Creator": None})


def data_uri(made: Figure) -> str:
    """Return a figure as a PNG that can stand in a page."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
