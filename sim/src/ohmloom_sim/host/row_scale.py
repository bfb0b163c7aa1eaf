"""Scales of rows for what a chip's cells hold, loaded where the chip has such."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.row_factors import network_factors
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver

__all__ = ["load_row_scale", "row_scales"]

IntArray = NDArray[np.int64]


def row_scales(
    spec: ChipSpec, levels: Sequence[IntArray], places: Sequence[PlaceMap] = ()
) -> IntArray | None:
    """Return the scales of logical rows, tiles x R; None where the chip has none.

    Parameters
    ----------
    levels
        Of the cells of each tile, by word line and bit line.
    places
        Which word line each row has, one map a tile; none where each has its own.
    """
    if not spec.defence.row_scale:
        return None
    scales = [factors.scale for factors in network_factors(spec, levels)]
    if places:
        scales = [scale[list(place.rows)] for scale, place in zip(scales, places, strict=True)]
    return np.array(scales)


async def load_row_scale(
    driver: Driver,
    spec: ChipSpec,
    levels: Sequence[IntArray],
    places: Sequence[PlaceMap] = (),
) -> None:
    """Load these scales; nothing for a chip without.

    Raises
    ------
    HardwareError
        Where something else is read back.
    """
    scales = row_scales(spec, levels, places)
    if scales is not None:
        await EccDriver(driver, spec).load_row_scale(scales.tolist())
