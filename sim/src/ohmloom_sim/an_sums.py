"""Sums of columns as a chip with an arithmetic code decodes them."""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.an import AnCode

__all__ = ["decoded_sums"]

IntArray = NDArray[np.int64]


def decoded_sums(spec: ChipSpec, sums: IntArray) -> IntArray:
    """Return what sums stand for, of any shape; as they are where the chip has no such code."""
    if spec.defence.an == "none":
        return sums
    code = AnCode.of(spec)
    errors = np.zeros(code.factor, dtype=np.int64)
    for remainder, error in code.errors.items():
        errors[remainder] = error
    right = (sums - errors[sums % code.factor]) // code.factor
    return np.asarray(right // code.detection, dtype=np.int64)
