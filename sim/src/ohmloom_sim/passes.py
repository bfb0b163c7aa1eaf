"""Which pass of a recording is what: sample, step, input slice and sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_sim.recording import Recording

__all__ = ["StepPasses", "ideal_codes", "last_readings", "passes_of_steps", "step_passes"]

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


def last_readings(
    spec: ChipSpec, table: LayerTable, recording: Recording, begins: Sequence[int]
) -> Recording:
    """Return only the passes whose sums were taken: the last ones of a step that was read again.

    Parameters
    ----------
    begins
        First pass of each sample.

    Raises
    ------
    HardwareError
        Where the passes aren't those of the step table, or it isn't clear whose they are: a step
        was read again, and the next one is of the same tile.
    """
    ends = [*begins[1:], len(recording.tile)]
    found = [
        first + number
        for first, end in zip(begins, ends, strict=True)
        for number in _last_of_sample(spec, table, recording.tile[first:end].tolist())
    ]
    return recording.chosen(np.array(found, dtype=np.int64))


def _last_of_sample(spec: ChipSpec, table: LayerTable, passed: list[int]) -> Iterator[int]:
    """Give the numbers of the passes that were taken, from the tiles of a sample's passes."""
    plans = [len(list(step_passes(spec, step))) for step in table.steps]
    tiles = [step.tile for step in table.steps]
    at = 0
    for number, (tile, plan) in enumerate(zip(tiles, plans, strict=True)):
        rest = sum(plans[number + 1 :])
        taken, at = at, at + plan
        while len(passed) - at > rest and at + plan <= len(passed) and passed[at] == tile:
            if tile in tiles[number + 1 : number + 2]:
                msg = f"a step read again must be told from the next, not both be of tile {tile}"
                raise HardwareError(msg)
            taken, at = at, at + plan
        if any(one != tile for one in passed[taken:at]):
            msg = f"passes of step {number} must be of tile {tile}, not of another"
            raise HardwareError(msg)
        yield from range(taken, at)
    if at != len(passed):
        msg = f"passes of a sample must end with its last step, not {len(passed) - at} later"
        raise HardwareError(msg)


def ideal_codes(spec: ChipSpec, sums: IntArray) -> IntArray:
    """Return the codes that an ideal array gives, for line currents in unit currents.

    The converter rounds, clips, and has the offset that its description states; it has no other
    error.
    """
    exact = sums / float(1 << spec.adc_shift) + spec.adc.offset
    return np.clip(np.floor(exact + 0.5).astype(np.int64), 0, spec.code_maximum)
