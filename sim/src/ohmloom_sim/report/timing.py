"""Picture of the timing: one inference, and one MVM of it in detail."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.passes import StepPasses
from ohmloom_sim.recording import Recording
from ohmloom_sim.report.canvas import ACCENT, INK, MAIN, PALE, figure, tidy

__all__ = ["timing_figure"]

_PS_PER_US = 1e6
_MOST_PASSES = 8
_MOST_NAMED_ROUNDS = 40


def timing_figure(spec: ChipSpec, recording: Recording, steps: tuple[StepPasses, ...]) -> Figure:
    """Draw the first sample's passes by tile, and those of its first step in detail."""
    made = figure(9.4, 4.2)
    tiles = list(dict.fromkeys(step.step.tile for step in steps))
    upper, lower = made.subplots(2, 1, height_ratios=(max(2.0, 0.45 * len(tiles)), 2.2))
    begin = _applied_us(spec, recording, int(steps[0].index[0, 0]))
    tidy(upper, x="time [µs]", title="one inference: settling and conversions, tile by tile")
    for row, tile in enumerate(tiles):
        for step in (step for step in steps if step.step.tile == tile):
            for number in step.index[0]:
                _draw_pass(upper, spec, recording, int(number), begin=begin, row=float(row))
    upper.set_yticks(range(len(tiles)), [f"tile {tile}" for tile in tiles])
    upper.invert_yaxis()
    _draw_step(lower, spec, recording, steps[0], begin)
    return made


def _draw_step(
    plot: Axes, spec: ChipSpec, recording: Recording, step: StepPasses, begin: float
) -> None:
    shown = step.index[0][:_MOST_PASSES]
    title = f"one MVM: step 0, tile {step.step.tile}"
    if len(shown) < step.index.shape[1]:
        title += f", the first {len(shown)} of {step.index.shape[1]} passes"
    tidy(plot, x="time [µs]", title=title)
    rounds = min(spec.adc.columns_per_adc, step.step.columns * spec.lines_per_column)
    for place, number in enumerate(shown):
        start, end = _span_us(recording, int(number), begin)
        applied = _applied_us(spec, recording, int(number)) - begin
        plot.barh(0, start - applied, left=applied, height=0.7, color=ACCENT)
        plot.barh(0, end - start, left=start, height=0.7, color=PALE)
        label = _slice_name(spec, int(step.shifts[place]), int(step.signs[place]))
        plot.text((start + end) / 2, 0, label, ha="center", va="center", fontsize=8, color=INK)
        edges = np.linspace(start, end, rounds + 1)
        for turn in range(rounds):
            width = edges[turn + 1] - edges[turn]
            color = MAIN if turn % 2 == 0 else "#6ea8d6"
            plot.barh(1, width, left=edges[turn], height=0.7, color=color)
            if rounds * len(shown) <= _MOST_NAMED_ROUNDS:
                plot.text(
                    edges[turn] + width / 2, 1, str(turn), ha="center", va="center",
                    fontsize=7, color="white",
                )  # fmt: skip
    plot.set_yticks([0, 1], ["word lines", "converters"])
    plot.invert_yaxis()


def _slice_name(spec: ChipSpec, shift: int, sign: int) -> str:
    last = min(shift + spec.input.slice_bits, spec.input.bits) - 1
    bits = f"bit {shift}" if last == shift else f"bits {shift}-{last}"
    return bits if sign > 0 else f"{bits}, negative"


def _draw_pass(
    plot: Axes, spec: ChipSpec, recording: Recording, number: int, *, begin: float, row: float
) -> None:
    start, end = _span_us(recording, number, begin)
    applied = _applied_us(spec, recording, number) - begin
    plot.barh(row, start - applied, left=applied, height=0.7, color=ACCENT)
    plot.barh(row, end - start, left=start, height=0.7, color=MAIN)


def _span_us(recording: Recording, number: int, begin: float) -> tuple[float, float]:
    start = float(recording.start_ps[number]) / _PS_PER_US - begin
    return start, float(recording.end_ps[number]) / _PS_PER_US - begin


def _applied_us(spec: ChipSpec, recording: Recording, number: int) -> float:
    """Return when the word lines took a pass's codes: as long before as they take to settle."""
    settle = spec.settle_cycles / spec.clock * 1e6
    return float(recording.start_ps[number]) / _PS_PER_US - settle
