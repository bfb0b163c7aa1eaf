"""What a step drives its word lines with, pass by pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec

__all__ = ["InputPass", "input_passes"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class InputPass:
    """Some bits of the inputs of one sign."""

    shift: int
    """The lowest of these bits."""
    bits: int
    """How many."""
    sign: int
    """1, or -1 where the negative inputs are driven."""

    def driven(self, inputs: IntArray) -> IntArray:
        """Return the DAC codes for inputs of any shape."""
        codes: IntArray = (np.maximum(self.sign * inputs, 0) >> self.shift) & ((1 << self.bits) - 1)
        return codes


def input_passes(spec: ChipSpec, *, signed: bool, halves: bool = False) -> tuple[InputPass, ...]:
    """Return the passes of a step in their order.

    Parameters
    ----------
    signed
        Whether its inputs may be negative.
    halves
        Whether it is read in half slices, the lower half of each first.
    """
    bits, low = spec.input.slice_bits, spec.input.half_bits
    parts = ((0, low), (low, bits - low)) if halves else ((0, bits),)
    return tuple(
        InputPass(shift=bits * piece + first, bits=count, sign=sign)
        for sign in ((1, -1) if signed else (1,))
        for piece in range(spec.input.slices)
        for first, count in parts
    )
