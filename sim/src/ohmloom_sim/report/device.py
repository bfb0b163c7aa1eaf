"""Picture of a device: its loop, its pulses, its retention."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from ohmloom_sim.device_curves import Loop, Retention, Staircase
from ohmloom_sim.memory_curves import OnePulse, Resistances, Switching
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, figure, tidy

__all__ = ["device_figure"]

_WARMTH = ("#1f6fb2", "#6ea8d6", "#e7a977", "#d9622b")


def device_figure(
    name: str,
    loop: Loop,
    staircase: Staircase | Switching,
    retention: Retention | None,
    special: OnePulse | Resistances | None = None,
) -> Figure:
    """Draw a device's I-V loop, its pulses, and its retention.

    Parameters
    ----------
    name
        Of the device, for the title.
    loop, staircase, retention
        The curves.
    special
        What the technology shows beside the loop; None for the loop on a logarithmic scale.
    """
    made = figure(9.4, 7.0)
    made.suptitle(name, fontsize=11, color=INK, x=0.02, ha="left")
    (linear, beside), (pulses, ages) = made.subplots(2, 2)
    second = EngFormatter("s")
    lasting = ", ".join(second(duration) for duration in loop.duration)
    halves = "period" if len(loop.duration) == 1 else "halves"
    tidy(linear, x="voltage [V]", y="current", title=f"I-V loop, {halves} of {lasting}")
    linear.plot(loop.voltage, loop.current, color=MAIN, linewidth=1.4)
    linear.axhline(0, color=MUTED, linewidth=0.6)
    linear.axvline(0, color=MUTED, linewidth=0.6)
    linear.yaxis.set_major_formatter(EngFormatter("A"))
    if isinstance(special, OnePulse):
        _one_pulse(beside, special)
    elif isinstance(special, Resistances):
        _resistances(beside, special)
    else:
        _logarithmic(beside, loop)
    if isinstance(staircase, Switching):
        _switching(pulses, staircase)
    else:
        _staircase(pulses, staircase)
    _retention(ages, retention)
    return made


def _logarithmic(plot: Axes, loop: Loop) -> None:
    tidy(plot, x="voltage [V]", y="|current| [A]", title="the same")
    flowing = np.where(loop.current != 0, np.abs(loop.current), np.nan)
    plot.plot(loop.voltage, flowing, color=MAIN, linewidth=1.4)
    plot.set_yscale("log")


def _one_pulse(plot: Axes, shown: OnePulse) -> None:
    title = f"mean of cells after one pulse of {EngFormatter('s', places=1)(shown.width)}"
    tidy(plot, x="amplitude [V]", y="conductance", title=title)
    for curve, color, label in (
        (shown.from_lowest, MAIN, "from the lowest conductance"),
        (shown.from_highest, ACCENT, "from the highest"),
    ):
        plot.plot(shown.voltage, curve, color=color, linewidth=1.4, label=label)
    plot.yaxis.set_major_formatter(EngFormatter("S"))
    plot.legend(fontsize=8, frameon=False)


def _resistances(plot: Axes, shown: Resistances) -> None:
    tidy(plot, x="voltage [V]", y="resistance", title="resistance of both states")
    plot.plot(shown.voltage, shown.highest, color=ACCENT, linewidth=1.4, label="antiparallel")
    plot.plot(shown.voltage, shown.lowest, color=MAIN, linewidth=1.4, label="parallel")
    plot.set_ylim(bottom=0)
    plot.yaxis.set_major_formatter(EngFormatter("Ω"))
    plot.legend(fontsize=8, frameon=False)


def _switching(plot: Axes, shown: Switching) -> None:
    title = f"share of {shown.cells} cells that one pulse switches"
    tidy(plot, x="voltage [V]", y="share", title=title)
    for (width, share), color in zip(shown.share.items(), _WARMTH, strict=True):
        label = EngFormatter("s")(width)
        plot.plot(shown.voltage, share, ".-", color=color, linewidth=0.8, markersize=3, label=label)
    plot.axvline(0, color=MUTED, linewidth=0.6)
    plot.legend(fontsize=8, frameon=False)


def _staircase(plot: Axes, shown: Staircase) -> None:
    volt, second = EngFormatter("V", places=2), EngFormatter("s", places=1)
    tidy(plot, x="pulse", y="conductance", title="staircase")
    numbers = np.arange(len(shown.conductance))
    for part, color, label in (
        (slice(0, shown.sets + 1), MAIN, (shown.set_voltage, shown.set_width)),
        (slice(shown.sets, None), ACCENT, (shown.reset_voltage, shown.reset_width)),
    ):
        text = f"{volt(label[0])}, {second(label[1])}"
        plot.plot(
            numbers[part], shown.conductance[part], ".-", color=color, linewidth=0.8, label=text
        )
    plot.set_ylim(bottom=0)
    plot.yaxis.set_major_formatter(EngFormatter("S"))
    plot.legend(fontsize=8, frameon=False)


def _retention(plot: Axes, shown: Retention | None) -> None:
    tidy(plot, x="time [s]", y="conductance", title="retention without a voltage")
    if shown is None:
        plot.text(
            0.5, 0.5, "the state of this model stands still at 0 V", ha="center", color=MUTED,
            fontsize=9, transform=plot.transAxes,
        )  # fmt: skip
        plot.set_xticks([])
        plot.set_yticks([])
        return
    for (temperature, curve), color in zip(shown.conductance.items(), _WARMTH, strict=False):
        plot.plot(shown.age, curve, color=color, linewidth=1.4, label=f"{temperature:g} K")
    plot.set_xscale("log")
    plot.set_ylim(bottom=0)
    plot.yaxis.set_major_formatter(EngFormatter("S"))
    plot.legend(fontsize=8, frameon=False)
