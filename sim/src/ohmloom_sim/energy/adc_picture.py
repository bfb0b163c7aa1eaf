"""Accuracy over the bits of the converters as a picture, with its confidence."""

from pathlib import Path

from matplotlib.ticker import MaxNLocator

from ohmloom_sim.energy.adc_sweep import AdcSweep
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, axes, figure, save_svg, tidy

__all__ = ["draw_adc_sweep"]


def draw_adc_sweep(sweep: AdcSweep, path: Path) -> None:
    """Draw it as SVG; the band is the interval of 95 % confidence.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    made = figure(5.6, 3.4)
    plot = axes(made, x="bits of the ADCs [bit]", y="accuracy [%]")
    bits = [point.bits for point in sweep.points]
    mean = [100 * point.interval.mean for point in sweep.points]
    low = [100 * point.interval.low for point in sweep.points]
    high = [100 * point.interval.high for point in sweep.points]
    integer = [100 * point.integer for point in sweep.points]
    plot.plot(bits, integer, "s--", color=MUTED, ms=3, lw=1, label="perfect array")
    plot.plot(bits, mean, "o-", color=MAIN, ms=3, label=f"chip '{sweep.chip}'")
    plot.fill_between(bits, low, high, color=MAIN, alpha=0.2, linewidth=0)
    plot.set_ylim(0, 102)
    plot.xaxis.set_major_locator(MaxNLocator(integer=True))
    price = plot.twinx()
    tidy(price, y="energy of a conversion [pJ]")
    price.plot(bits, [p.energy / 1e-12 for p in sweep.points], ":", color=ACCENT, label="energy")
    price.set_yscale("log")
    price.spines["right"].set_visible(True)
    handles = [*plot.get_legend_handles_labels()[0], *price.get_legend_handles_labels()[0]]
    plot.legend(handles=handles, frameon=False, fontsize=8, loc="lower right", labelcolor=INK)
    save_svg(made, path)
