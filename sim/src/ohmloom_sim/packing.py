"""Vectors of a port as integers, and back: number k takes the bits from k times width on."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["packed", "unpacked"]


def packed(values: ArrayLike, width: int) -> int:
    """Return the numbers as one integer.

    Parameters
    ----------
    values
        At least 0 and below 2^width, (n,).
    width
        Bits of each.
    """
    numbers = np.asarray(values, dtype=np.int64)
    bits = (numbers[:, np.newaxis] >> np.arange(width)) & 1
    return int.from_bytes(np.packbits(bits.astype(np.uint8), bitorder="little").tobytes(), "little")


def unpacked(word: int, width: int, count: int) -> NDArray[np.int64]:
    """Return the numbers that an integer holds, (count,).

    Parameters
    ----------
    word
        Below 2^(width count).
    width, count
        Bits of each number, and how many there are.

    Raises
    ------
    OverflowError
        Where the integer holds more than that.
    """
    text = np.frombuffer(word.to_bytes((width * count + 7) // 8, "little"), dtype=np.uint8)
    if width == 8:
        return text.astype(np.int64)
    bits = np.unpackbits(text, count=width * count, bitorder="little")
    numbers: NDArray[np.int64] = bits.reshape(count, width) @ (1 << np.arange(width))
    return numbers
