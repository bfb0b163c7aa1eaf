"""Streams of random numbers by cell, so that what happens to one cell changes nothing for another.

A cell draws from streams of its own, whatever the order in which cells are written and whatever
tile they lie in: cells that are at the same place of the same matrix draw the same numbers.
"""

import zlib
from dataclasses import dataclass, field

import numpy as np

__all__ = ["CellStreams"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellStreams:
    """The generators of a tile's cells, each begun when it is first asked for."""

    seed: int
    """Of the chip, at least 0."""
    tile: int = 0
    """Index of the tile, or of whatever matrix the places are of."""
    row: int = 0
    """Place of the first row."""
    line: int = 0
    """Place of the first line."""
    _begun: dict[tuple[str, int, int], np.random.Generator] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, name: str, row: int, line: int) -> np.random.Generator:
        """Return the generator of one purpose and cell."""
        place = (name, row, line)
        if place not in self._begun:
            # A name's checksum, unlike its hash, is the same in every process.
            key = (self.tile, zlib.crc32(name.encode()), self.row + row, self.line + line)
            sequence = np.random.SeedSequence(self.seed, spawn_key=key)
            self._begun[place] = np.random.default_rng(sequence)
        return self._begun[place]
