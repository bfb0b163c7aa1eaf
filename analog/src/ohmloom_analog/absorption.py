r"""The cells of one weight, some of which hold what they hold: what the others must become.

A stored weight is a sum over its cells,

.. math:: W = \sum_s B^s (p_s - n_s),

where the cells n are those of the negative line of a pair, and absent in the encoding by an offset.
Where p is stuck at g, its partner takes n = g - W, as far as that is a level; and so with more
slices, digit by digit from the most significant. A digit d = p - n of slice s can be put off by
less than B^s by all the lower ones together. So the digit next below what is left, or the one
next above, is always among the best, and the search over both is exact.

=========  =======================================
symbol     name
=========  =======================================
W          weight, in units of one level
B          levels of a cell
s          slice, 0 is the least significant
p, n       levels of the cells of a slice
=========  =======================================
"""

from dataclasses import dataclass
from functools import lru_cache

from ohmloom_analog.codes import line_roles
from ohmloom_analog.spec import ChipSpec

__all__ = ["Absorbed", "CellGroup", "absorb"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellGroup:
    """The cells that hold one weight together, in the order of their lines."""

    factors: tuple[int, ...]
    """What one level of each cell counts for."""
    levels: int
    """Levels B of each."""

    @classmethod
    def of(cls, spec: ChipSpec) -> "CellGroup":
        """Return that of a chip."""
        roles = line_roles(spec)[: spec.lines_per_column]
        return cls(
            factors=tuple(
                (-1 if role.negative else 1) << (role.shift - spec.adc_shift) for role in roles
            ),
            levels=spec.tile[0].cell.levels,
        )

    def weight(self, levels: tuple[int, ...]) -> int:
        """Return what levels add up to."""
        return sum(f * level for f, level in zip(self.factors, levels, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Absorbed:
    """What the cells of a weight become."""

    levels: tuple[int, ...]
    """Of each cell; of a stuck one what it holds."""
    error: int
    """By how much their sum is above what is wanted."""


@lru_cache(maxsize=1 << 16)
def absorb(group: CellGroup, wanted: tuple[int, ...], held: tuple[int | None, ...]) -> Absorbed:
    """Choose the levels of free cells so that the weight is as near as can be to what is wanted.

    Parameters
    ----------
    group
        The cells.
    wanted
        Their levels if none were stuck.
    held
        Level of each that is stuck, None for one that is free.
    """
    if all(fixed in (None, level) for fixed, level in zip(held, wanted, strict=True)):
        return Absorbed(levels=wanted, error=0)
    free = [place for place, fixed in enumerate(held) if fixed is None]
    fixed = tuple(0 if level is None else level for level in held)
    left = group.weight(wanted) - group.weight(fixed)
    sizes = sorted({abs(group.factors[place]) for place in free}, reverse=True)
    ranges = []
    for size in sizes:
        signs = [group.factors[place] > 0 for place in free if abs(group.factors[place]) == size]
        top = group.levels - 1
        ranges.append((-top if False in signs else 0, top if True in signs else 0))
    digits, missing = _digits(left, tuple(sizes), tuple(ranges))
    chosen = list(fixed)
    for place in free:
        factor = group.factors[place]
        digit = digits[sizes.index(abs(factor))]
        chosen[place] = max(digit if factor > 0 else -digit, 0)
    return Absorbed(levels=tuple(chosen), error=-missing)


def _digits(
    left: int, sizes: tuple[int, ...], ranges: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, ...], int]:
    """Return a digit a size, largest first, and what is then still missing."""
    if not sizes:
        return (), left
    size, (low, high) = sizes[0], ranges[0]
    best: tuple[tuple[int, ...], int] | None = None
    below = left // size
    # Toward zero first, where both are as good: that is how weights are split.
    options = (below, below + 1) if left >= 0 else (below + 1, below)
    for digit in dict.fromkeys(min(max(option, low), high) for option in options):
        rest, missing = _digits(left - digit * size, sizes[1:], ranges[1:])
        if best is None or abs(missing) < abs(best[1]):
            best = ((digit, *rest), missing)
        if missing == 0:
            break
    assert best is not None
    return best
