"""The analog side of a chip: all its tiles, programmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.engines import make_engine
from ohmloom_analog.errors import MappingError
from ohmloom_analog.programming import program_tile
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile

__all__ = ["AnalogChip"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class AnalogChip:
    """Everything that stands behind the array ports."""

    spec: ChipSpec
    """What it was built from."""
    tiles: tuple[AnalogTile, ...]
    """One an array port, in their order."""

    @classmethod
    def build(cls, spec: ChipSpec, levels: Sequence[ArrayLike], *, engine: str, seed: int) -> Self:
        """Program and assemble a chip.

        Parameters
        ----------
        spec
            The chip.
        levels
            Levels of the cells, one (R, lines) array a tile.
        engine
            One of `ohmloom_analog.engines.ENGINE_NAMES`.
        seed
            Of all randomness. Each tile has two streams, for programming and for noise, so no
            tile's draws depend on another's, nor on the engine.

        Raises
        ------
        MappingError
            Where the levels don't fit the chip.
        EngineError
            Where the engine is missing.
        """
        if len(levels) != spec.tiles:
            msg = f"levels must be given for {spec.tiles} tiles, not {len(levels)}"
            raise MappingError(msg)
        streams = np.random.SeedSequence(seed).spawn(2 * spec.tiles)
        tiles = []
        for index, wanted in enumerate(levels):
            programming, noise = (
                np.random.default_rng(stream) for stream in streams[2 * index : 2 * index + 2]
            )
            conductance = program_tile(spec, index, wanted, programming)
            tiles.append(AnalogTile(spec, index, conductance, make_engine(engine), noise))
        return cls(spec=spec, tiles=tuple(tiles))

    @property
    def conversions(self) -> int:
        """Codes given so far, by all tiles."""
        return sum(tile.conversions for tile in self.tiles)

    @property
    def clipped(self) -> int:
        """Codes given so far that were clipped, by all tiles."""
        return sum(tile.clipped for tile in self.tiles)
