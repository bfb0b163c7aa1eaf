"""The error of the sums that a chip forms, from what went over the array ports.

Its unit is one ADC LSB at the lowest weight and input slice, see `ohmloom_sim.metrics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.correction import UNIT_SCALE
from ohmloom_analog.mapping import Mapping, Placement
from ohmloom_analog.row_factors import row_factors
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.an_sums import decoded_sums
from ohmloom_sim.passes import StepPasses
from ohmloom_sim.recording import Recording

__all__ = ["Spread", "mvm_errors", "step_sums", "used_lines"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How far off something is."""

    rms: float
    """Root of the mean square [LSB]."""
    max: float
    """Largest magnitude [LSB]."""

    @classmethod
    def of(cls, errors: Sequence[NDArray[Any]]) -> "Spread":
        """Take all errors together."""
        every = np.concatenate([np.ravel(part).astype(np.float64) for part in errors])
        return cls(rms=float(np.sqrt((every**2).mean())), max=float(np.abs(every).max()))


def mvm_errors(
    spec: ChipSpec, mapping: Mapping, place: Placement, recording: Recording, passes: StepPasses
) -> Floats:
    """Return the errors of one step's sums, samples x columns [LSB]."""
    sums, exact = step_sums(spec, mapping, place, recording, passes)
    return np.asarray((sums - exact) / float(1 << spec.adc_shift), dtype=np.float64)


def step_sums(
    spec: ChipSpec, mapping: Mapping, place: Placement, recording: Recording, passes: StepPasses
) -> tuple[IntArray, IntArray]:
    """Return the sums of one step before calibration, and exact products, samples x columns.

    Where rows are scaled the products are those of inputs before they were.
    """
    roles = line_roles(spec)[: used_lines(spec, passes)]
    weights = np.array([(-1 if role.negative else 1) << role.shift for role in roles])
    passed = passes.signs << passes.shifts
    codes = recording.codes[passes.index][..., : len(roles)]
    lines = (codes * weights * passed[:, np.newaxis]).sum(axis=1)
    sums = lines.reshape(len(lines), passes.step.columns, spec.lines_per_column).sum(axis=2)
    sums = decoded_sums(spec, sums)
    driven = recording.inputs[passes.index][..., : passes.step.rows]
    x = (driven * passed[:, np.newaxis]).sum(axis=1)
    sums -= spec.weight_offset * x.sum(axis=1, keepdims=True)
    held = place.weights(mapping.network)
    if not spec.defence.row_scale:
        return sums, x @ held.T
    factors = row_factors(spec, place.tile, mapping.levels[place.tile])
    scale = factors.scale[: x.shape[1]] / UNIT_SCALE
    return sums, np.rint((x / scale) @ held.T).astype(np.int64)


def used_lines(spec: ChipSpec, passes: StepPasses) -> int:
    """Return the lines that a step converts."""
    return passes.step.columns * spec.lines_per_column
