"""What a chip with a perfect array computes, in plain integers, cell by cell.

Written from the definitions of the encodings and of the ADC, without any of Ohmloom's code: only
raw fields of a spec are read. Slow on purpose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any


@dataclass
class Layer:
    """Integer weights of outputs x inputs, biases, and the scale to the next layer."""

    weights: list[list[int]]
    biases: list[int]
    multiplier: int = 0
    shift: int = 0
    last: bool = False
    relu: bool = True
    signed: bool = False


@dataclass
class Outcome:
    """Outputs of each layer, and how many conversions were out of range."""

    layers: list[list[int]]
    clipped: int
    reissued: int = 0


def run(
    spec: Any,
    layers: list[Layer],
    inputs: list[int],
    scale_of: Callable[[int, int, int], Sequence[int]] | None = None,
) -> Outcome:
    """Run one sample.

    `scale_of` gives the scales of rows, in 256ths, by layer, first input and first output.
    """
    values, outputs, clipped, reissued = inputs, [], 0, 0
    rows = spec.tile[0].rows - spec.spare_rows
    columns = spec.tile[0].columns - spec.spare_columns
    for number, layer in enumerate(layers):
        sums = list(layer.biases)
        for start in range(0, len(values), rows):
            for first in range(0, len(sums), columns):
                block, group = slice(start, start + rows), range(len(sums))[first : first + columns]
                entries = values[block]
                if scale_of is not None:
                    scales = scale_of(number, start, first)
                    entries = [
                        floor(Fraction(entry * scale, 256) + Fraction(1, 2))
                        for entry, scale in zip(entries, scales, strict=False)
                    ]
                found = [
                    _column(spec, layer.signed, layer.weights[place][block], entries)
                    for place in group
                ]
                clipped += sum(over for _, over in found)
                if spec.ecc and spec.ecc.reissue and any(over for _, over in found):
                    found = [
                        _column(spec, layer.signed, layer.weights[place][block], entries, fine=True)
                        for place in group
                    ]
                    clipped += sum(over for _, over in found)
                    reissued += 1
                for place, (part, _) in zip(group, found, strict=True):
                    sums[place] += part
        if not layer.last:
            sums = [_scaled(spec, layer, total) for total in sums]
        outputs.append(sums)
        values = sums
    return Outcome(outputs, clipped, reissued)


def _scaled(spec: Any, layer: Layer, total: int) -> int:
    half = Fraction(1, 2) if layer.shift else 0
    value = floor(Fraction(total * layer.multiplier, 2**layer.shift) + half)
    top = 2**spec.input.bits - 1
    return max(0 if layer.relu else -top, min(top, value))


def _digits(number: int, base: int, count: int) -> list[int]:
    digits = []
    for _ in range(count):
        number, digit = divmod(number, base)
        digits.append(digit)
    assert number == 0
    return digits


def _column(
    spec: Any, signed: bool, weights: list[int], values: list[int], *, fine: bool = False
) -> tuple[int, int]:
    """One logical column of one tile: every line converted for every slice of the inputs.

    If `fine`, each slice comes in two halves, of which the lower one takes the odd bit.
    """
    levels = spec.tile[0].cell.levels
    pair = spec.encoding == "diff_pair"
    stored_bits = spec.weight_bits - 1 if pair else spec.weight_bits
    count = 0
    while levels**count < 2**stored_bits:
        count += 1
    base = 2**spec.input.slice_bits
    slices = -(-spec.input.bits // spec.input.slice_bits)
    lower = 2 ** -(-spec.input.slice_bits // 2)
    middle = 0 if pair else 2 ** (spec.weight_bits - 1)
    total, clipped = 0, 0
    # A conversion of the negative parts takes place even where no input is negative.
    for sign in (1, -1) if signed else (1,):
        parts = [_digits(max(0, sign * value), base, slices) for value in values]
        factors = [base**piece for piece in range(slices)]
        if fine:
            parts = [
                [half for digit in digits for half in (digit % lower, digit // lower)]
                for digits in parts
            ]
            factors = [half for factor in factors for half in (factor, factor * lower)]
        for kind in ("plus", "minus") if pair else ("shifted",):
            cells = [
                _digits(
                    {"plus": max(w, 0), "minus": max(-w, 0), "shifted": w + middle}[kind],
                    levels,
                    count,
                )
                for w in weights
            ]
            for place in range(count):
                for piece, weight in enumerate(factors):
                    current = sum(
                        cell[place] * part[piece] for cell, part in zip(cells, parts, strict=True)
                    )
                    seen, over = _converted(spec, current)
                    clipped += over
                    factor = -1 if kind == "minus" else 1
                    total += sign * factor * seen * levels**place * weight
    return total - middle * sum(values), clipped


def _converted(spec: Any, current: int) -> tuple[int, int]:
    top = 2**spec.adc.bits - 1
    largest = spec.tile[0].rows * (2**spec.input.slice_bits - 1) * (spec.tile[0].cell.levels - 1)
    step = 1
    while top * step < spec.adc.range * largest:
        step *= 2
    code = floor(Fraction(current, step) + Fraction(1, 2))
    return min(code, top) * step, int(code > top)
