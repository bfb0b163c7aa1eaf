"""Learning as a picture: accuracy over epochs, a line a run, and pulses beside it."""

from pathlib import Path

from ohmloom_sim.learning.campaign import LearningCampaign
from ohmloom_sim.report.canvas import ACCENT, MAIN, figure, save_svg, tidy

__all__ = ["draw_learning"]


def draw_learning(campaign: LearningCampaign, path: Path) -> None:
    """Draw it as SVG.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    made = figure(6.4, 2.9)
    left, right = made.subplots(1, 2)
    tidy(left, x="epoch", y="accuracy [%]", title=f"{campaign.task}, {campaign.rule_name}")
    tidy(right, x="epoch", y="pulses in the epoch")
    for run in campaign.runs:
        epochs = range(1, len(run.epochs) + 1)
        accuracy = [100 * run.before, *(100 * epoch.accuracy for epoch in run.epochs)]
        left.plot([0, *epochs], accuracy, "o-", color=MAIN, ms=2.5, lw=1, alpha=0.7)
        pulses = [epoch.pulses for epoch in run.epochs]
        right.plot(epochs, pulses, "o-", color=ACCENT, ms=2.5, lw=1, alpha=0.7)
    left.set_ylim(0, 102)
    right.set_ylim(bottom=0)
    save_svg(made, path)
