"""The chip with a perfect analog part, as integers: the model that the real one is held against.

It goes the way of the hardware, cell by cell and slice by slice, with the step and the clipping
of the ADC; only wires, spread and noise are missing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
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


def run_integers(spec: ChipSpec, mapping: Mapping, inputs: IntArray) -> IntegerRun:
    """Run a mapped network on integer inputs of samples x inputs."""
    x, layers, sums, clipped = np.asarray(inputs, dtype=np.int64), [], [], 0
    for index, layer in enumerate(mapping.network.layers):
        totals = np.tile(layer.bias, (len(x), 1))
        for place in (p for p in mapping.placements if p.layer == index):
            levels = mapping.levels[place.tile][: len(place.inputs)]
            part, over = _tile_sums(
                spec, levels, x[:, place.inputs.start : place.inputs.stop], layer.signed
            )
            part = part[:, : len(place.outputs)]
            sums.append(part)
            lines = len(place.outputs) * spec.lines_per_column
            clipped += int(over[..., :lines].sum())
            totals[:, place.outputs.start : place.outputs.stop] += part
        if layer.scale is not None:
            half = (1 << layer.scale.shift) >> 1
            totals = (totals * layer.scale.multiplier + half) >> layer.scale.shift
            low = 0 if layer.relu else -spec.input.maximum
            totals = np.clip(totals, low, spec.input.maximum)
        layers.append(totals)
        x = totals
    return IntegerRun(layers=tuple(layers), sums=tuple(sums), clipped=clipped)


def _tile_sums(
    spec: ChipSpec, levels: IntArray, x: IntArray, signed: bool
) -> tuple[IntArray, NDArray[np.bool_]]:
    roles = line_roles(spec)
    weights = np.array([(-1 if role.negative else 1) << role.shift for role in roles])
    held_by = np.zeros((len(roles), spec.columns), dtype=np.int64)
    held_by[np.arange(len(roles)), [role.column for role in roles]] = 1
    mask = (1 << spec.input.slice_bits) - 1
    half = (1 << spec.adc_shift) >> 1
    total = np.zeros((len(x), spec.columns), dtype=np.int64)
    flags = []
    for sign in (1, -1) if signed else (1,):
        magnitude = np.maximum(sign * x, 0)
        for piece in range(spec.input.slices):
            shift = spec.input.slice_bits * piece
            codes = ((magnitude >> shift) & mask) @ levels
            codes = (codes + half) >> spec.adc_shift
            flags.append(codes > spec.code_maximum)
            # Cells below those of the reference line would give less than no current.
            codes = np.clip(codes, 0, spec.code_maximum)
            total += ((codes * weights * sign) << shift) @ held_by
    # Reads are exact where there is a factor, so that nothing is left over.
    total //= spec.weight_factor
    total -= spec.weight_offset * x.sum(axis=1, keepdims=True)
    return total, np.array(flags)
