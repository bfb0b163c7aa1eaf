"""Pictures of what the chip gave: classes, sums and errors."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ohmloom_sim.metrics import Errors
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, axes, figure, tidy

__all__ = ["confusion", "confusion_figure", "error_figure", "scatter_figure"]

IntArray = NDArray[np.int64]

_MOST_LABELLED = 20


def confusion(labels: IntArray, found: IntArray, classes: int) -> IntArray:
    """Count samples by true class (row) and class found (column)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, found), 1)
    return counts


def confusion_figure(
    labels: IntArray, found: IntArray, classes: int, *, names: Sequence[str] = ()
) -> Figure:
    """Draw the confusion matrix, each row coloured by the share of its class.

    Parameters
    ----------
    names
        What the classes are; none where they are called by their numbers.
    """
    counts = confusion(labels, found, classes)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    made = figure(4.6, 4.2)
    plot = axes(made, x="class that the chip finds", y="true class")
    plot.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if classes <= _MOST_LABELLED:
        plot.set_xticks(range(classes))
        plot.set_yticks(range(classes))
        if names:
            plot.set_xticklabels(names, rotation=45, ha="right", rotation_mode="anchor")
            plot.set_yticklabels(names)
        for row, column in np.argwhere(counts):
            color = "white" if share[row, column] > 0.5 else INK
            plot.text(
                column, row, str(counts[row, column]), ha="center", va="center",
                fontsize=8, color=color,
            )  # fmt: skip
    return made


def scatter_figure(chip: IntArray, integer: IntArray) -> Figure:
    """Draw the results of the last layer, chip against integer model, samples x outputs."""
    made = figure(4.6, 4.2)
    plot = axes(made, x="integer model, result", y="chip, result")
    ends = np.array([min(chip.min(), integer.min()), max(chip.max(), integer.max())])
    plot.axline((0, 0), slope=1, color=MUTED, linewidth=0.8)
    winner = np.zeros(integer.shape, dtype=bool)
    winner[np.arange(len(integer)), integer.argmax(axis=1)] = True
    for chosen, color, label in (
        (~winner, MAIN, "other outputs"),
        (winner, ACCENT, "winning output of the integer model"),
    ):
        if chosen.any():
            plot.scatter(
                integer[chosen],
                chip[chosen],
                s=9,
                color=color,
                alpha=0.6,
                linewidths=0,
                label=label,
            )
    margin = 0.04 * max(1, int(ends[1] - ends[0]))
    plot.set_xlim(ends[0] - margin, ends[1] + margin)
    plot.set_ylim(ends[0] - margin, ends[1] + margin)
    plot.locator_params(nbins=6)
    plot.legend(frameon=False, fontsize=8, loc="upper left", labelcolor=INK, markerscale=2)
    return made


def error_figure(errors: Errors) -> Figure:
    """Draw how often conversions and sums are off by how much."""
    made = figure(9.4, 3.0)
    left, right = made.subplots(1, 2)
    tidy(left, x="error of a conversion [LSB]", y="share of the conversions")
    codes = np.concatenate([part.ravel() for part in errors.conversion])
    values, counts = np.unique(codes, return_counts=True)
    left.bar(values, counts / counts.sum(), width=0.8, color=MAIN)
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy(right, x="error of an MVM's sum [LSB]", y="share of the sums")
    sums = np.concatenate([part.ravel() for part in errors.mvm])
    right.hist(sums, bins=41, weights=np.full(sums.size, 1 / sums.size), color=MAIN)
    right.axvline(0, color=MUTED, linewidth=0.8)
    return made
