"""Pictures of the array: conductances, and voltages along the wires."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ohmloom_analog.engines import NodeVoltages
from ohmloom_sim.report.canvas import INK, MUTED, axes, figure, tidy

__all__ = ["conductance_figure", "drop_figure"]

Floats = NDArray[np.float64]


def conductance_figure(conductance: Floats) -> Figure:
    """Draw the conductances of a tile, (R, lines + 1) [S], its reference line last."""
    made = figure(9.4, 4.0)
    plot = axes(made, x="bit line, the reference line last", y="word line")
    _map(made, plot, conductance * 1e6, "conductance [µS]", "viridis")
    plot.axvline(conductance.shape[1] - 1.5, color="white", linewidth=1.2)
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


def _map(made: Figure, plot: Axes, values: Floats, label: str, colors: str) -> None:
    image = plot.imshow(values, aspect="auto", cmap=colors, interpolation="nearest")
    bar = made.colorbar(image, ax=plot, pad=0.02)
    bar.set_label(label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=INK, color=MUTED)
    bar.outline.set_visible(False)
