"""A rectangle of cells of a tile."""

from dataclasses import dataclass

__all__ = ["Block"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A rectangle of cells of a tile, both ends inclusive.

    Raises
    ------
    ValueError
        Where it is empty.
    """

    first_row: int
    """First word line."""
    last_row: int
    """Last word line."""
    first_line: int
    """First bit line."""
    last_line: int
    """Last bit line; the reference line is that after the converted ones."""

    def __post_init__(self) -> None:
        """Check that there are cells."""
        for what in ("row", "line"):
            first, last = getattr(self, f"first_{what}"), getattr(self, f"last_{what}")
            if not 0 <= first <= last:
                msg = f"{what}s must be from 0 up and in order, not from {first} to {last}"
                raise ValueError(msg)

    @property
    def rows(self) -> range:
        """Its word lines."""
        return range(self.first_row, self.last_row + 1)

    @property
    def lines(self) -> range:
        """Its bit lines."""
        return range(self.first_line, self.last_line + 1)
