"""Streams of random numbers by name, so that what one thing draws changes nothing for another."""

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, tile: int, name: str) -> np.random.Generator:
    """Return the generator of one effect in one tile.

    Parameters
    ----------
    seed
        Of the chip, at least 0.
    tile
        Index of the tile.
    name
        Of the effect.
    """
    # A name's checksum, unlike its hash, is the same in every process.
    key = (tile, zlib.crc32(name.encode()))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
