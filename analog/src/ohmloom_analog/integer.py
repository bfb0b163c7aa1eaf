"""The chip with a perfect analog part, as integers: the model that the real one is held against.

It goes the way of the hardware, cell by cell and slice by slice, with the step and the clipping
of the ADC; only wires, spread and noise are missing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.correction import SCALE_FRACTION_BITS, UNIT_SCALE
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec

__all__ = ["IntegerRun", "run_integers"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegerRun:
    """What the layers give, for each sample."""

    layers: tuple[IntArray, ...]
    """Outputs of each layer, samples x outputs: inputs of the next, or results of the last."""
    sums: tuple[IntArray, ...]
    """Sum of each step and column before calibration, samples x columns."""
    clipped: int
    """Conversions that were clipped."""
    reissued: int = 0
    """Steps that were read again in half slices."""


def run_integers(
    spec: ChipSpec, mapping: Mapping, inputs: IntArray, *, row_scale: IntArray | None = None
) -> IntegerRun:
    """Run a mapped network on integer inputs of samples x inputs.

    Parameters
    ----------
    row_scale
        What each row's input is multiplied by, tiles x rows, in units of 1 / `UNIT_SCALE`; None
        for one.

    Raises
    ------
    ValueError
        Where a chip without a row scale is given one, or its shape or a value doesn't fit.
    """
    if row_scale is not None:
        _check_scale(spec, row_scale)
    x, layers, sums = np.asarray(inputs, dtype=np.int64), [], []
    clipped = reissued = 0
    for index, layer in enumerate(mapping.network.layers):
        totals = np.tile(layer.bias, (len(x), 1))
        for place in (p for p in mapping.placements if p.layer == index):
            entries = x[:, place.inputs.start : place.inputs.stop]
            if row_scale is not None:
                scale = row_scale[place.tile, : len(place.inputs)]
                entries = (entries * scale + UNIT_SCALE // 2) >> SCALE_FRACTION_BITS
            part, over, again = _step_sums(
                spec,
                mapping.levels[place.tile][: len(place.inputs)],
                entries,
                layer.signed,
                lines=len(place.outputs) * spec.lines_per_column,
            )
            part = part[:, : len(place.outputs)]
            sums.append(part)
            clipped += over
            reissued += again
            totals[:, place.outputs.start : place.outputs.stop] += part
        if layer.scale is not None:
            half = (1 << layer.scale.shift) >> 1
            totals = (totals * layer.scale.multiplier + half) >> layer.scale.shift
            low = 0 if layer.relu else -spec.input.maximum
            totals = np.clip(totals, low, spec.input.maximum)
        layers.append(totals)
        x = totals
    return IntegerRun(layers=tuple(layers), sums=tuple(sums), clipped=clipped, reissued=reissued)


def _check_scale(spec: ChipSpec, row_scale: IntArray) -> None:
    if not spec.defence.row_scale:
        msg = f"chip '{spec.name}' must have ecc.row_scale to be given one"
        raise ValueError(msg)
    if np.shape(row_scale) != (spec.tiles, spec.rows):
        msg = f"row scale must have shape {(spec.tiles, spec.rows)}, not {np.shape(row_scale)}"
        raise ValueError(msg)
    wrong = row_scale[(row_scale < 0) | (row_scale > UNIT_SCALE)]
    if wrong.size:
        msg = f"row scale must be in [0, {UNIT_SCALE}], not {wrong[0]}"
        raise ValueError(msg)


def _step_sums(
    spec: ChipSpec, levels: IntArray, x: IntArray, signed: bool, *, lines: int
) -> tuple[IntArray, int, int]:
    """Return the sums of a step, conversions out of range, and samples read in half slices."""
    total, flags = _tile_sums(spec, levels, x, signed)
    over = flags[..., :lines]
    clipped, again = int(over.sum()), over.any(axis=(0, 2))
    if not spec.defence.reissue or not again.any():
        return total, clipped, 0
    total[again], flags = _tile_sums(spec, levels, x[again], signed, halves=True)
    return total, clipped + int(flags[..., :lines].sum()), int(again.sum())


def _tile_sums(
    spec: ChipSpec, levels: IntArray, x: IntArray, signed: bool, *, halves: bool = False
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return sums of samples x columns, and what was out of range, passes x samples x lines."""
    roles = line_roles(spec)
    weights = np.array([(-1 if role.negative else 1) << role.shift for role in roles])
    held_by = np.zeros((len(roles), spec.columns), dtype=np.int64)
    held_by[np.arange(len(roles)), [role.column for role in roles]] = 1
    half = (1 << spec.adc_shift) >> 1
    total = np.zeros((len(x), spec.columns), dtype=np.int64)
    flags = []
    for sign in (1, -1) if signed else (1,):
        magnitude = np.maximum(sign * x, 0)
        for shift, bits in _passes(spec, halves=halves):
            codes = ((magnitude >> shift) & ((1 << bits) - 1)) @ levels
            codes = (codes + half) >> spec.adc_shift
            flags.append(codes > spec.code_maximum)
            # Cells below those of the reference line would give less than no current.
            codes = np.clip(codes, 0, spec.code_maximum)
            total += ((codes * weights * sign) << shift) @ held_by
    # Reads are exact where there is a factor, so that nothing is left over.
    total //= spec.weight_factor
    total -= spec.weight_offset * x.sum(axis=1, keepdims=True)
    return total, np.array(flags)


def _passes(spec: ChipSpec, *, halves: bool) -> list[tuple[int, int]]:
    """Return the lowest bit of each pass, and how many it takes."""
    bits, low = spec.input.slice_bits, spec.input.half_bits
    found = []
    for piece in range(spec.input.slices):
        lowest = bits * piece
        parts = [(0, low), (low, bits - low)] if halves else [(0, bits)]
        found += [(lowest + start, count) for start, count in parts]
    return found
