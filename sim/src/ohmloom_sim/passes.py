"""Which pass of a recording is what: sample, step, input slice and sign."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_sim.recording import Recording

__all__ = ["StepPasses", "ideal_codes", "passes_of_steps", "step_passes"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class StepPasses:
    """The passes of one step, of all samples."""

    step: Step
    """The step."""
    index: IntArray
    """Numbers of the passes in the recording, samples x passes."""
    shifts: IntArray
    """Left shift of each pass's input slice, one a pass."""
    signs: IntArray
    """1 or, where the negative parts of the inputs are driven, -1; one a pass."""


def step_passes(spec: ChipSpec, step: Step) -> Iterator[tuple[int, int]]:
    """Give the passes of a step in order: shift and sign of what is driven."""
    for sign in (1, -1) if step.signed else (1,):
        for piece in range(spec.input.slices):
            yield spec.input.slice_bits * piece, sign


def passes_of_steps(
    spec: ChipSpec, table: LayerTable, recording: Recording, samples: int
) -> tuple[StepPasses, ...]:
    """Sort the passes of a recording by the steps that made them.

    Raises
    ------
    HardwareError
        Where the recording has other passes than the samples and the table ask for.
    """
    plans = [list(step_passes(spec, step)) for step in table.steps]
    tiles = np.repeat([step.tile for step in table.steps], [len(plan) for plan in plans])
    if not np.array_equal(recording.tile, np.tile(tiles, samples)):
        msg = (
            f"recording must have the {len(tiles)} passes a sample of the step table, for "
            f"{samples} samples, not {len(recording.tile)} passes in all or another order of tiles"
        )
        raise HardwareError(msg)
    numbers = np.arange(len(recording.tile)).reshape(samples, -1)
    found, first = [], 0
    for step, plan in zip(table.steps, plans, strict=True):
        found.append(
            StepPasses(
                step=step,
                index=numbers[:, first : first + len(plan)],
                shifts=np.array([shift for shift, _ in plan]),
                signs=np.array([sign for _, sign in plan]),
            )
        )
        first += len(plan)
    return tuple(found)


def ideal_codes(spec: ChipSpec, sums: IntArray) -> IntArray:
    """Return the codes that an ideal array gives, for line currents in unit currents.

    The converter rounds, clips, and has the offset that its description states; it has no other
    error.
    """
    exact = sums / float(1 << spec.adc_shift) + spec.adc.offset
    return np.clip(np.floor(exact + 0.5).astype(np.int64), 0, spec.code_maximum)
