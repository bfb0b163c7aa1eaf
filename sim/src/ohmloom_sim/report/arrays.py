"""Pictures of the array: conductances, and voltages along the wires."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ohmloom_analog.engines import NodeVoltages
from ohmloom_sim.report.canvas import INK, MUTED, axes, figure, tidy

__all__ = ["conductance_figure", "deviation_figure", "drop_figure"]

Floats = NDArray[np.float64]

_USUAL = 0.99


def conductance_figure(conductance: Floats) -> Figure:
    """Draw the conductances of a tile, (R, lines + 1) [S], its reference line last."""
    made = figure(9.4, 4.0)
    plot = axes(made, x="bit line, the reference line last", y="word line")
    _map(made, plot, conductance * 1e6, "conductance [µS]", "viridis")
    plot.axvline(conductance.shape[1] - 1.5, color="white", linewidth=1.2)
    return made


def deviation_figure(deviation: Floats) -> Figure:
    """Draw how far the cells of a tile are from their levels, (R, lines + 1) [S]."""
    made = figure(9.4, 4.0)
    plot = axes(made, x="bit line, the reference line last", y="word line")
    # A few stuck cells are ten times as far off as all others, which would look perfect then.
    size = np.abs(deviation)
    usual = float(np.quantile(size, _USUAL))
    most = max(usual if usual > 0 else float(size.max()), 1e-12) * 1e6
    _map(made, plot, deviation * 1e6, "conductance less that of the level [µS]", "RdBu", most=most)
    plot.axvline(deviation.shape[1] - 1.5, color=INK, linewidth=0.8)
    return made


def drop_figure(drivers: Floats, nodes: NodeVoltages) -> Figure:
    """Draw what is lost along word lines and what rises along bit lines.

    Parameters
    ----------
    drivers
        Voltages of the drivers, (R,) [V].
    nodes
        Voltages at the cells.
    """
    made = figure(9.4, 3.6)
    left, right = made.subplots(1, 2)
    tidy(left, x="bit line", y="word line", title="driver less word line")
    _map(made, left, (drivers[:, np.newaxis] - nodes.word) * 1e3, "drop [mV]", "magma")
    tidy(right, x="bit line", y="word line", title="bit line above ground")
    _map(made, right, nodes.bit * 1e3, "rise [mV]", "magma")
    return made


def _map(
    made: Figure,
    plot: Axes,
    values: Floats,
    label: str,
    colors: str,
    *,
    most: float | None = None,
) -> None:
    low = None if most is None else -most
    image = plot.imshow(
        values, aspect="auto", cmap=colors, interpolation="nearest", vmin=low, vmax=most
    )
    beyond = most is not None and float(np.abs(values).max()) > most
    extend = "both" if beyond else "neither"
    bar = made.colorbar(image, ax=plot, pad=0.02, extend=extend)
    bar.set_label(label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=INK, color=MUTED)
    bar.outline.set_visible(False)
