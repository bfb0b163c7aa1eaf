"""The factor of an arithmetic code: weights times A, so that a wrong code shows in the remainder.

A read that is off by one changes the sum of a column by +-2^p, p being the shift of its line and
input slice. A is right if all these errors leave remainders mod A that differ from each other and
from 0: then the remainder names the error. The smallest such A is found by search. It makes the
stored weights longer, and thus the errors that are possible, so that the search goes round.

Feinberg, Wang and Ipek (HPCA 2018) brought such codes to crossbars.
"""

from collections.abc import Iterable
from functools import cache

__all__ = ["DETECTION", "error_table", "shifts", "smallest_factor"]

DETECTION = 3
"""B: what an ABN code multiplies by besides, to notice corrections that go wrong."""

_MOST = 1 << 14


def shifts(
    stored_bits: int, *, cell_bits: int, input_slices: int, input_slice_bits: int
) -> tuple[int, ...]:
    """Return the shifts p of all codes that make up a column, in order, each once."""
    pieces = -(-stored_bits // cell_bits)
    found = {
        cell_bits * piece + input_slice_bits * turn
        for piece in range(pieces)
        for turn in range(input_slices)
    }
    return tuple(sorted(found))


def error_table(factor: int, positions: Iterable[int]) -> dict[int, int] | None:
    """Return the error that each remainder stands for, or None where it isn't clear."""
    table: dict[int, int] = {}
    for position in positions:
        for error in (1 << position, -(1 << position)):
            remainder = error % factor
            if remainder == 0 or remainder in table:
                return None
            table[remainder] = error
    return table


@cache
def smallest_factor(
    top: int,
    *,
    cell_bits: int = 1,
    input_slices: int = 1,
    input_slice_bits: int = 1,
    detection: int = 1,
) -> int:
    """Return the smallest A for stored magnitudes up to `top` times A and `detection`.

    Raises
    ------
    ValueError
        Where none up to 2^14 will do.
    """
    for factor in range(3, _MOST, 2):
        positions = shifts(
            (top * factor * detection).bit_length(),
            cell_bits=cell_bits,
            input_slices=input_slices,
            input_slice_bits=input_slice_bits,
        )
        if factor % detection == 0 and detection > 1:
            # Remainders mod A and mod B must be independent of each other.
            continue
        if error_table(factor, positions) is not None:
            return factor
    msg = f"weights up to {top} must have a factor below {_MOST}, and have none"
    raise ValueError(msg)
