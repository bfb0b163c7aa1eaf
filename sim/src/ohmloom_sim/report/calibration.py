"""Rows of a table: what a chip loses without calibration, and what is lost with it."""

from ohmloom_analog.correction import UNIT_SCALE
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.row_factors import network_factors
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.calibration_figures import CalibrationFigures

__all__ = ["calibration_rows", "row_scale_rows"]


def calibration_rows(figures: CalibrationFigures | None) -> list[tuple[str, str]]:
    """Return names and values, none where the chip wasn't calibrated."""
    if figures is None:
        return []
    share = 100 * figures.clipped / figures.conversions
    raw, corrected = figures.mvm_without_lsb, figures.mvm_calibrated_lsb
    offset, (low, high) = figures.offset, figures.gain
    return [
        ("points, reads of each", f"{figures.points:,}, {figures.reads:,}"),
        ("conversions of them out of range", f"{share:.3g} %"),
        ("accuracy without", _accuracy(figures.without, figures.integer)),
        ("accuracy with", _accuracy(figures.calibrated, figures.integer)),
        ("MVM error without, rms and max", f"{raw.rms:.4g} LSB, {raw.max:.4g} LSB"),
        ("MVM error with, rms and max", f"{corrected.rms:.4g} LSB, {corrected.max:.4g} LSB"),
        ("offsets, rms and max", f"{offset.rms:.4g} LSB, {offset.max:.4g} LSB"),
        ("gains", f"{low:.4f} to {high:.4f}"),
        (
            f"largest bound of a column, with {100 * figures.confidence:g} % confidence",
            f"{figures.bound:.4g} LSB",
        ),
    ]


def row_scale_rows(spec: ChipSpec, mapping: Mapping) -> list[tuple[str, str]]:
    """Return what scales of rows are good for, none where the chip has no such."""
    if not spec.defence.row_scale:
        return []
    found = network_factors(spec, mapping.levels)
    least = min(int(factors.scale.min()) for factors in found) / UNIT_SCALE
    without = 100 * max(factors.without for factors in found)
    scaled = 100 * max(factors.scaled for factors in found)
    text = f"{without:.3g} % of a weight, {scaled:.3g} % with rows scaled by {least:.3f} to 1"
    return [("left of wires behind gains of columns, rms of the worst tile", text)]


def _accuracy(share: float, integer: float) -> str:
    lost = 100 * (integer - share)
    return f"{100 * share:.2f} %, {lost:.2f} points below the integer model"
