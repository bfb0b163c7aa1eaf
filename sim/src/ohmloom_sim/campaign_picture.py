"""A campaign of faults as a picture: accuracy over the size of each kind, with its confidence."""

from pathlib import Path

from matplotlib.axes import Axes

from ohmloom_sim.campaign import Campaign, FaultPoint
from ohmloom_sim.injected import FaultKind
from ohmloom_sim.intervals import share_interval
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, figure, save_svg, tidy

__all__ = ["draw_campaign"]

_AXES = {
    FaultKind.COLUMNS: ("stuck columns in the chip", "columns whose line is stuck"),
    FaultKind.FLIPS: ("flips a bit and inference", "bit flips in the memories"),
    FaultKind.SPIKES: ("spikes a conversion", "ADC spikes"),
    FaultKind.CELLS: ("stuck cells [%]", "stuck cells"),
}


def draw_campaign(campaign: Campaign, path: Path) -> None:
    """Draw all kinds of a campaign side by side, as SVG.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    kinds = [kind for kind in FaultKind if campaign.of(kind)]
    made = figure(3.0 * len(kinds), 2.9)
    panels = made.subplots(1, len(kinds), squeeze=False, sharey=True)[0]
    for panel, kind in zip(panels, kinds, strict=True):
        x, title = _AXES[kind]
        tidy(panel, x=x, title=title)
        _draw(panel, kind, campaign.of(kind))
    panels[0].set_ylabel("accuracy [%]", fontsize=9, color=INK)
    panels[0].set_ylim(0, 102)
    panels[0].legend(frameon=False, fontsize=8, loc="lower left", labelcolor=INK)
    save_svg(made, path)


def _draw(panel: Axes, kind: FaultKind, points: tuple[FaultPoint, ...]) -> None:
    scale = 100 if kind is FaultKind.CELLS else 1
    sizes = [scale * point.size for point in points]
    for label, colour in (("without", ACCENT), ("with correction", MAIN)):
        shares = [p.without if label == "without" else p.defended for p in points]
        found = [share_interval(share) for share in shares]
        panel.plot(sizes, [100 * f.mean for f in found], "o-", color=colour, label=label, ms=3)
        low, high = [100 * f.low for f in found], [100 * f.high for f in found]
        panel.fill_between(sizes, low, high, color=colour, alpha=0.2, linewidth=0)
    if kind in (FaultKind.FLIPS, FaultKind.SPIKES) and min(sizes) > 0:
        panel.set_xscale("log")
