"""Rows of a table: faults that were injected, and what the chip did against them."""

from ohmloom_sim.fault_figures import FaultFigures
from ohmloom_sim.metrics import Metrics

__all__ = ["counted_rows", "defence_rows", "fault_text"]


def fault_text(figures: FaultFigures) -> str:
    """Return what was injected, in words."""
    size = figures.size
    return {
        "columns": f"{size:g} stuck columns",
        "flips": f"a wrong bit in a word of {100 * size:g} % of the samples",
        "spikes": f"spikes in {100 * size:g} % of the conversions",
        "cells": f"{100 * size:g} % stuck cells",
    }[figures.kind.value]


def counted_rows(metrics: Metrics) -> list[tuple[str, str]]:
    """Return what a chip without faults counted, none for one without defence."""
    if metrics.faults is not None:
        return []
    rows = [(name, f"{n:,}") for name, n in metrics.counted.items()]
    if metrics.doubtful and metrics.calibration is None:
        # Its bounds are those of the converters, which wires and spread of cells exceed.
        rows.append(
            ("to have columns judged by what they are", "--calibrate measures their bounds")
        )
    return rows


def defence_rows(figures: FaultFigures | None) -> list[tuple[str, str]]:
    """Return names and values, none where nothing was injected."""
    if figures is None:
        return []
    counts = figures.counts
    rows = [
        ("injected", fault_text(figures)),
        ("codes changed at the array ports", f"{figures.disturbed:,}"),
        ("accuracy of the chip", f"{100 * figures.chip:.2f} %"),
    ]
    rows += [
        (f"functional model, {name}", f"{100 * share:.2f} %")
        for name, share in figures.accuracy.items()
    ]
    if counts.judged:
        rows += [
            ("blocks judged, faulty", f"{counts.judged:,}, {counts.faulty:,}"),
            ("flagged, false alarms", f"{counts.flagged:,}, {counts.false_alarms:,}"),
            (
                "located and corrected, wrongly",
                f"{counts.corrected:,}, {counts.wrongly_corrected:,}",
            ),
            ("read again, given up", f"{counts.rereads:,}, {counts.doubtful:,}"),
        ]
    rows += [(f"chip: {name}", f"{n:,}") for name, n in figures.chip_counts.items()]
    return rows
