"""What calibration gives back: accuracy and error of the sums, without and with it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Answer
from ohmloom_sim.passes import StepPasses
from ohmloom_sim.sum_errors import Spread, step_sums

__all__ = ["CalibrationFigures", "calibration_figures"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationFigures:
    """Figures of a run on a chip that was calibrated before."""

    points: int
    """Inputs at which each tile was read."""
    reads: int
    """Reads of each."""
    clipped: int
    """Conversions of these that were out of range."""
    conversions: int
    """Conversions of these."""
    integer: float
    """Share of the samples that the integer model gets right."""
    without: float
    """Share that the chip got right before it was calibrated."""
    calibrated: float
    """Share that it got right afterwards."""
    mvm_without_lsb: Spread
    """Error of the sums of the calibrated run, as they came from the array [LSB]."""
    mvm_calibrated_lsb: Spread
    """Error of the same sums, corrected [LSB]."""
    offset: Spread
    """Offsets of columns in use [LSB]."""
    gain: tuple[float, float]
    """Least and largest gain of columns in use."""
    bound: float
    """Largest bound of a column in use [LSB]."""
    confidence: float
    """That a bound is five standard deviations at least."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def calibration_figures(
    spec: ChipSpec,
    mapping: Mapping,
    answer: Answer,
    passes: Sequence[StepPasses],
    *,
    labels: NDArray[Any],
    integer: float,
) -> CalibrationFigures | None:
    """Take the figures of a run; None where the chip wasn't calibrated.

    Parameters
    ----------
    passes
        Those of the answer's recording, by step.
    labels
        True classes, one a sample.
    integer
        Share that the integer model gets right.

    Raises
    ------
    HardwareError
        Where there are not as many winners as samples.
    """
    record = answer.calibrated
    if record is None:
        return None
    if len(record.winners) != len(labels):
        msg = f"winners before calibration must be {len(labels)}, not {len(record.winners)}"
        raise HardwareError(msg)
    held = record.calibration
    lsb = float(1 << spec.adc_shift)
    offsets, gains, bounds, raw, corrected = [], [], [], [], []
    for place, step in zip(mapping.placements, passes, strict=True):
        used = slice(0, len(place.outputs))
        offset = np.array(held.offsets[place.tile][used])
        gain = np.array(held.gains[place.tile][used])
        sums, exact = step_sums(spec, mapping, place, answer.recording, step)
        raw.append((sums - exact) / lsb)
        corrected.append(((sums - offset) * gain - exact) / lsb)
        offsets.append(offset / lsb)
        gains.append(gain)
        bounds.append(max(held.bounds[place.tile][used]) / lsb)
    return CalibrationFigures(
        points=held.points,
        reads=held.reads,
        clipped=record.clipped,
        conversions=record.conversions,
        integer=integer,
        without=float((record.winners == labels).mean()),
        calibrated=float((answer.winners == labels).mean()),
        mvm_without_lsb=Spread.of(raw),
        mvm_calibrated_lsb=Spread.of(corrected),
        offset=Spread.of(offsets),
        gain=(float(min(g.min() for g in gains)), float(max(g.max() for g in gains))),
        bound=float(max(bounds)),
        confidence=held.confidence,
    )
