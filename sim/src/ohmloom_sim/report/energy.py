"""Picture of what an inference takes: stacked bars by component, and of conventional datapaths."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmloom_sim.energy.model import Component, EnergyReport
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, PALE, figure, tidy

__all__ = ["energy_figure"]

# What is the same thing in two bars has the same colour.
_COLOURS = {
    "array": MAIN,
    "arrays": MAIN,
    "DACs": ACCENT,
    "amplifiers": "#6ea8d6",
    "ADCs": INK,
    "digital": "#f0b38e",
    "shift and add": "#f0b38e",
    "buffers": MUTED,
    "word lines": PALE,
    "word lines settle": ACCENT,
    "conversions": INK,
    "digital side alone": "#f0b38e",
    # Of the tables of published chips.
    "crossbars": MAIN,
    "sample and hold": "#6ea8d6",
    "input register": MUTED,
    "output register": PALE,
    "share of a core": "#5b4a8a",
    "share of a tile": "#8f7fbf",
    "share of a chip": "#c9bfe3",
    "share of a node": "#c9bfe3",
    "neurons": INK,
    "inputs": ACCENT,
}
_SRAM = 2


def energy_figure(report: EnergyReport) -> Figure:
    """Draw energy and latency of an inference and area of the chip, each by component."""
    made = figure(9.4, 3.9)
    energy, latency, area = made.subplots(1, 3, width_ratios=(1.7, 1, 1))
    tidy(energy, y="energy of an inference [nJ]", title="energy, and of 8-bit datapaths")
    _stack(energy, 0, report.energy, 1e-9)
    # Those with DRAM are a hundred times as high, and would leave nothing of the others.
    rivals = report.rivals[:_SRAM]
    for place, rival in enumerate(rivals, start=1):
        memory = rival.energy * rival.memory_share / 1e-9
        rest = rival.energy / 1e-9 - memory
        label = place == 1
        energy.bar(place, rest, 0.6, color="#3c6e47", label="MACs" if label else None)
        energy.bar(
            place, memory, 0.6, bottom=rest, color="#a9cdb0", label="SRAM" if label else None
        )
    names = [f"SRAM,\n{place} byte{'s' if place > 1 else ''} a MAC" for place in (1, 2)]
    energy.set_xticks(range(len(rivals) + 1), ["this chip", *names[: len(rivals)]], fontsize=8)
    tidy(latency, y="latency of an inference [µs]", title="latency")
    _stack(latency, 0, report.latency, 1e-6)
    tidy(area, y="area [mm²]", title="area")
    _stack(area, 0, report.area, 1e-6)
    if not report.area:
        area.text(0, 0.5, "not published", ha="center", fontsize=8, color=INK)
        area.set_yticks([])
    for plot in (latency, area):
        plot.set_xticks([0], ["this chip"], fontsize=8)
        plot.set_xlim(-0.7, 0.7)
    for plot in (energy, latency, area):
        handles, labels = plot.get_legend_handles_labels()
        plot.legend(
            handles[::-1], labels[::-1], frameon=False, fontsize=7, labelcolor=INK,
            loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2,
        )  # fmt: skip
    return made


def _stack(plot: Axes, place: int, parts: Sequence[Component], unit: float) -> None:
    bottom = 0.0
    for part in parts:
        height = part.value / unit
        plot.bar(place, height, 0.6, bottom=bottom, color=_COLOURS[part.name], label=part.name)
        bottom += height
