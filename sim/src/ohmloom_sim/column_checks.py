"""Tables of the checksums over columns, from a network and from what converters do at most.

The decisions are those of `ohmloom_hw.codes.column_code`. Its theorem needs of a limit only that
the good columns of a check are together within it: the bounds of columns add up, or, where their
errors are independent and the bounds are sigmas, their squares do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.correction import UNIT_SCALE
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_sim.checked_sums import CheckedSums, check_sums
from ohmloom_sim.host.row_scale import row_scales

__all__ = ["CheckTables", "column_bounds", "held_weights", "job_checks"]

IntArray = NDArray[np.int64]

_SIGMAS = 5.0


def column_bounds(spec: ChipSpec, *, signed: bool, average: int = 1) -> IntArray:
    """Return how far a sum is off at most, by five sigma of noise and rounding, one a column.

    Each conversion is taken to be off by the noise of the converter, by its rounding where a step
    is more than a unit current or there is noise, and by that of the mean where several are
    averaged.
    """
    rounded = (spec.adc_shift > 0 or spec.adc.noise > 0) + (average > 1)
    variance = spec.adc.noise**2 / average + rounded / 12
    per_line = np.zeros(spec.columns)
    for role in line_roles(spec):
        per_line[role.column] += float(1 << role.shift) ** 2
    passes = sum(float(1 << (spec.input.slice_bits * k)) ** 2 for k in range(spec.input.slices))
    # An input is positive or negative, but all rows together make both passes count.
    spread = np.sqrt(variance * per_line * passes * (2 if signed else 1))
    return np.ceil(_SIGMAS * spread).astype(np.int64)


def held_weights(spec: ChipSpec, mapping: Mapping) -> IntArray:
    """Return the weights that tiles hold, 0 where they hold none; tiles x rows x columns."""
    weights = np.zeros((spec.tiles, spec.rows, spec.columns), dtype=np.int64)
    for place in mapping.placements:
        block = place.weights(mapping.network).T
        weights[place.tile, : len(place.inputs), : len(place.outputs)] = block
    return weights


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CheckTables:
    """What the checks of a chip are made of."""

    shape: CheckShape
    """Layout of the tables."""
    weights: IntArray
    """Weights that tiles hold, 0 where they hold none; tiles x rows x columns."""
    bounds: IntArray
    """How far good columns may be off, tiles x columns [sum LSB]."""
    entries: IntArray
    """The table of weights, tiles x blocks x checks x rows."""
    limits: IntArray
    """The table of limits, tiles x blocks x (checks + 1) [sum LSB]."""

    @classmethod
    def of(cls, spec: ChipSpec, mapping: Mapping, *, average: int = 1) -> "CheckTables":
        """Make the tables of a network, with the bounds of the converters.

        Raises
        ------
        ValueError
            Where the chip has no checksums.
        """
        shape = CheckShape.of(spec)
        weights = held_weights(spec, mapping)
        bounds = np.zeros((spec.tiles, spec.columns), dtype=np.int64)
        for place in mapping.placements:
            layer = mapping.network.layers[place.layer]
            there = column_bounds(spec, signed=layer.signed, average=average)
            bounds[place.tile, : len(place.outputs)] = there[: len(place.outputs)]
        flat = [shape.entries(tile.tolist()) for tile in weights]
        sizes = (spec.tiles, shape.blocks, shape.code.checks, shape.rows)
        limits = [
            [
                list(shape.block_limits(tile.tolist(), b, independent=True))
                for b in range(shape.blocks)
            ]
            for tile in bounds
        ]
        return cls(
            shape=shape,
            weights=weights,
            bounds=bounds,
            entries=np.array(flat, dtype=np.int64).reshape(sizes),
            limits=np.array(limits, dtype=np.int64),
        )

    def judge(self, tile: int, values: IntArray, inputs: IntArray) -> CheckedSums:
        """Judge calibrated sums of a tile, samples x columns in use, by its inputs."""
        return check_sums(self.shape, values, self.entries[tile], self.limits[tile], inputs)


def job_checks(spec: ChipSpec, mapping: Mapping) -> tuple[NDArray[Any], IntArray] | None:
    """Return weights and bounds for a job with a network; None for a chip without such checks.

    Residue checks have no bounds, which are 0 then.
    """
    if spec.defence.residue:
        bounds = np.zeros((spec.tiles, spec.columns), dtype=np.int64)
        return held_weights(spec, mapping), bounds
    if not spec.defence.checksums:
        return None
    tables = CheckTables.of(spec, mapping, average=spec.defence.average)
    scales = row_scales(spec, mapping.levels)
    if scales is None:
        return tables.weights, tables.bounds
    # The checks meet inputs that are scaled, and sums that a gain has made whole again.
    return tables.weights * (UNIT_SCALE / scales)[:, :, np.newaxis], tables.bounds
