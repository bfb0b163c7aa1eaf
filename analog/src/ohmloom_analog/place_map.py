"""Which physical rows and columns of a tile stand for which logical ones.

What a network is mapped to are *logical* rows and columns, from 0 up. A *physical* column is a
group of neighbouring bit lines, a physical row a word line. A map is what repair changes: a bad
column is given to none, and a spare one takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import ChipSpec

__all__ = ["PlaceMap"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceMap:
    """The columns and rows of one tile.

    Raises
    ------
    MappingError
        Where two places are given to one, or one isn't there.
    """

    columns: tuple[int | None, ...]
    """Logical column of each physical column, None for one that isn't used."""
    rows: tuple[int, ...]
    """Physical row of each logical row; each is named once."""

    def __post_init__(self) -> None:
        """Check that no place is given twice."""
        _check("columns", [column for column in self.columns if column is not None], self.columns)
        _check("rows", self.rows, self.rows)

    @classmethod
    def identity(cls, spec: ChipSpec) -> Self:
        """Return that of a chip after its reset: each place stands for itself."""
        return cls(columns=tuple(range(spec.columns)), rows=tuple(range(spec.rows)))

    @property
    def physical_columns(self) -> tuple[int | None, ...]:
        """Physical column of each logical column, None for one that has none."""
        found: list[int | None] = [None] * len(self.columns)
        for physical, logical in enumerate(self.columns):
            if logical is not None:
                found[logical] = physical
        return tuple(found)

    def physical_lines(self, spec: ChipSpec) -> tuple[int | None, ...]:
        """Return the physical bit line of each logical one, None for one that has none."""
        share = spec.lines_per_column
        return tuple(
            None if column is None else column * share + place
            for column in self.physical_columns
            for place in range(share)
        )

    def check(self, spec: ChipSpec) -> None:
        """Refuse a chip that the map doesn't belong to.

        Raises
        ------
        MappingError
            Where its tiles are of another size.
        """
        found = (len(self.rows), len(self.columns))
        if found != (spec.rows, spec.columns):
            msg = (
                f"map must be of {spec.rows} rows and {spec.columns} columns, "
                f"not {found[0]} and {found[1]}"
            )
            raise MappingError(msg)


def _check(what: str, given: Sequence[int], entries: Sequence[int | None]) -> None:
    for place in given:
        if not 0 <= place < len(entries):
            msg = f"{what} of a map must be in [0, {len(entries) - 1}], not {place}"
            raise MappingError(msg)
        if given.count(place) > 1:
            msg = f"{what} of a map must name {place} once, not {given.count(place)} times"
            raise MappingError(msg)
