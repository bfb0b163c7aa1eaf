"""Pictures of how the cells were written: what was reached, and by how many pulses."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ohmloom_analog.level_program import verify_bits, verify_full_scale
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, MUTED, PALE, axes, figure, tidy
from ohmloom_sim.written_cells import WrittenCells

__all__ = ["pulses_figure", "reached_figure"]

Floats = NDArray[np.float64]


def reached_figure(spec: ChipSpec, cells: WrittenCells, reached: Floats) -> Figure:
    """Draw what cells were to conduct and what they do once all are written.

    Parameters
    ----------
    reached
        Conductances of the whole cells, (tiles, R, lines + 1) [S].
    """
    made = figure(9.4, 4.4)
    left, right = made.subplots(1, 2, width_ratios=(1, 1))
    wanted = cells.target >= 0
    target = _conductances(spec, cells.target) * 1e6
    held = reached * 1e6
    step = _steps(spec)[:, np.newaxis, np.newaxis] * 1e6
    good = wanted & (cells.status == WriteStatus.WRITTEN)
    failed = wanted & ~good
    tidy(left, x="target [µS]", y="reached [µS]")
    left.axline((0, 0), slope=1, color=MUTED, linewidth=0.8)
    tidy(right, x="target [µS]", y="reached less target [levels]")
    right.axhline(0, color=MUTED, linewidth=0.8)
    reach = max(_tolerances(spec))
    right.axhspan(-reach, reach, color=PALE, zorder=0, label="tolerance of a verify read")
    for chosen, color, label in ((good, MAIN, "written"), (failed, ACCENT, "given up")):
        if not chosen.any():
            continue
        count = f"{label}: {int(chosen.sum()):,}"
        style = {"color": color, "s": 8, "alpha": 0.35 if chosen is good else 0.9, "linewidths": 0}
        left.scatter(target[chosen], held[chosen], label=count, **style)
        off = ((held - target) / step)[chosen]
        right.scatter(target[chosen], off, **style)
    legend = left.legend(frameon=False, fontsize=8, loc="lower right", labelcolor=INK)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
    right.legend(frameon=False, fontsize=8, loc="lower right", labelcolor=INK)
    return made


def pulses_figure(cells: WrittenCells) -> Figure:
    """Draw how many cells took how many pulses."""
    made = figure(9.4, 3.0)
    plot = axes(made, x="pulses of a cell", y="cells")
    wanted = cells.target >= 0
    good = wanted & (cells.status == WriteStatus.WRITTEN)
    most = int(cells.pulses[wanted].max()) if wanted.any() else 0
    edges = np.arange(most + 2) - 0.5
    kinds = {"written": (good, MAIN), "given up": (wanted & ~good, ACCENT)}
    shown = {name: kind for name, kind in kinds.items() if kind[0].any()}
    plot.hist(
        [cells.pulses[chosen] for chosen, _ in shown.values()],
        bins=edges.tolist(),
        stacked=True,
        color=[color for _, color in shown.values()],
        label=[f"{name}: {int(chosen.sum()):,}" for name, (chosen, _) in shown.items()],
    )
    plot.set_yscale("symlog", linthresh=10)
    plot.set_ylim(bottom=0)
    plot.xaxis.set_major_locator(MaxNLocator(integer=True))
    plot.legend(frameon=False, fontsize=8, loc="upper right", labelcolor=INK)
    return made


def _conductances(spec: ChipSpec, codes: NDArray[np.int64]) -> Floats:
    top = (1 << verify_bits(spec)) - 1
    full = [
        verify_full_scale(spec, tile) if group.write is not None else 0.0
        for tile, group in enumerate(spec.tile_specs)
    ]
    return np.array(full)[:, np.newaxis, np.newaxis] * codes / top


def _steps(spec: ChipSpec) -> Floats:
    return np.array([group.cell.g_step for group in spec.tile_specs])


def _tolerances(spec: ChipSpec) -> list[float]:
    return [group.write.tolerance for group in spec.tile_specs if group.write is not None]
