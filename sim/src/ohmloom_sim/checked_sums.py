"""The checksums of columns for many products at once, with the arithmetic of the hardware."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_hw.check_shape import CheckShape

__all__ = ["CheckedSums", "check_sums"]

IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CheckedSums:
    """What the judge makes of the sums of a tile."""

    values: IntArray
    """Sums after the correction, samples x columns."""
    flagged: Mask
    """Whether a block is flagged, samples x blocks."""
    column: IntArray
    """Column of the tile that was corrected, samples x blocks; -1 for none."""
    size: IntArray
    """By how much it was too large, samples x blocks."""

    @property
    def doubtful(self) -> Mask:
        """Whether a block is flagged and nothing was corrected, samples x blocks."""
        doubtful: Mask = self.flagged & (self.column < 0)
        return doubtful


def check_sums(
    shape: CheckShape, values: IntArray, entries: IntArray, limits: IntArray, inputs: IntArray
) -> CheckedSums:
    """Judge and correct the sums of one tile.

    Parameters
    ----------
    shape
        Of the chip's tables.
    values
        Calibrated sums, samples x columns in use.
    entries
        Of the tile in the table of weights, blocks x checks x rows.
    limits
        Of the tile, blocks x (checks + 1).
    inputs
        Inputs with their signs, samples x rows in use.
    """
    samples, used = values.shape
    x = np.zeros((samples, shape.rows), dtype=np.int64)
    x[:, : inputs.shape[1]] = inputs
    corrected = values.copy()
    blocks = -(-used // shape.code.columns)
    flagged = np.zeros((samples, blocks), dtype=np.bool_)
    column = np.full((samples, blocks), -1, dtype=np.int64)
    size = np.zeros((samples, blocks), dtype=np.int64)
    half = (1 << shape.fraction_bits) >> 1
    top = 1 << (shape.value_bits - 1)
    for block in range(blocks):
        members = [j for j in shape.members(block) if j < used]
        member = np.zeros((len(members), shape.code.checks), dtype=np.int64)
        for check, group in enumerate(shape.code.groups):
            member[[j for j in group if j < len(members)], check] = 1
        predicted = (x @ entries[block].T + half) >> shape.fraction_bits
        syndromes = values[:, members] @ member - predicted
        beyond = np.abs(syndromes) > limits[block][: shape.code.checks]
        label = (beyond[:, 1:] << np.arange(shape.code.checks - 1)).sum(axis=1)
        far = np.abs(syndromes[:, 0]) > limits[block][shape.code.checks]
        located = far & (label >= 1) & (label <= len(members))
        flagged[:, block] = beyond.any(axis=1)
        size[:, block] = syndromes[:, 0]
        which = np.flatnonzero(located)
        place = members[0] + label[which] - 1
        column[which, block] = place
        right = corrected[which, place] - syndromes[which, 0]
        corrected[which, place] = np.clip(right, -top, top - 1)
    return CheckedSums(values=corrected, flagged=flagged, column=column, size=size)
