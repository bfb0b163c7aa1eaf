"""Which passes of a recording a chip took its sums from, where it reads steps more than once.

A step in doubt is read again as it was. One that clipped is read again in half slices, and so it
is from then on: the lower and the upper half of a slice are two passes, which become one here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable
from ohmloom_sim.passes import step_passes
from ohmloom_sim.recording import Recording

__all__ = ["taken_passes"]

IntArray = NDArray[np.int64]


def taken_passes(
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
        (first + low, first + high)
        for first, end in zip(begins, ends, strict=True)
        for low, high in _taken(
            spec,
            table,
            recording.tile[first:end].tolist(),
            recording.clipped[first:end].astype(bool).tolist(),
        )
    ]
    low, high = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return _joined(spec, recording, low, high)


def _taken(
    spec: ChipSpec, table: LayerTable, passed: list[int], clipped: list[bool]
) -> Iterator[tuple[int, int]]:
    """Give the passes of each slice that were taken, those of both halves or twice the same."""
    plans = [len(list(step_passes(spec, step))) for step in table.steps]
    tiles = [step.tile for step in table.steps]
    at = 0
    for number, (tile, plan) in enumerate(zip(tiles, plans, strict=True)):
        rest = sum(plans[number + 1 :])
        taken, at, fine = at, at + plan, False
        while len(passed) - at > rest and at + plan <= len(passed) and passed[at] == tile:
            if tile in tiles[number + 1 : number + 2]:
                msg = f"a step read again must be told from the next, not both be of tile {tile}"
                raise HardwareError(msg)
            fine = fine or (spec.defence.reissue and any(clipped[taken:at]))
            taken, at = at, at + plan * (1 + fine)
        if any(one != tile for one in passed[taken:at]) or at > len(passed):
            msg = f"passes of step {number} must be of tile {tile}, not of another"
            raise HardwareError(msg)
        firsts = range(taken, at, 1 + fine)
        yield from ((first, first + fine) for first in firsts)
    if at != len(passed):
        msg = f"passes of a sample must end with its last step, not {len(passed) - at} later"
        raise HardwareError(msg)


def _joined(spec: ChipSpec, recording: Recording, low: IntArray, high: IntArray) -> Recording:
    """Return passes of whole slices, from those of their halves where these are two."""
    whole, upper = recording.chosen(low), recording.chosen(high)
    halved = low != high
    if not halved.any():
        return whole
    # Of passes that aren't halved, the upper half is nothing.
    there, shift = halved.astype(np.int64), spec.input.half_bits
    codes = whole.codes + ((upper.codes * there[:, np.newaxis]) << shift)
    return replace(
        whole,
        inputs=whole.inputs + ((upper.inputs * there[:, np.newaxis]) << shift),
        codes=np.where(whole.codes < 0, -1, codes),
        clipped=whole.clipped + upper.clipped * there,
        end_ps=upper.end_ps,
        halved=halved,
    )
