"""The cells of a tile that was formed and reset as a whole, and never written since.

Each memory is at the end of its device's window, at which it conducts least. The spread from device
to device and the stuck cells are there; what writing leaves, such as a programming error, isn't: it
comes of the writing. Of the spread, the factor of a cell's highest conductance is that of all its
currents, as if its area were another; the factor of its lowest is where the RESET has left it.
"""

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.array_cells import ArrayCells, array_of
from ohmloom_analog.devices import device
from ohmloom_analog.effects import cell_windows, stuck_flags
from ohmloom_analog.level_program import write_spec_of
from ohmloom_analog.programming import window
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag, TileState

__all__ = ["fresh_cells"]


def fresh_cells(spec: ChipSpec, index: int, levels: ArrayLike, seed: int) -> ArrayCells:
    """Return the cells of a fresh tile.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles; it must have a section `write`.
    levels
        Level that each cell shall have once it is written, (R, lines).
    seed
        Of the chip.

    Raises
    ------
    SpecError
        Where the tile isn't written.
    """
    write_spec_of(spec, index)
    group = spec.tile_specs[index]
    memory, v_read = device(group.cell.device), spec.dac.v_read
    low, high = window(spec, index)
    lowest, highest, lost = cell_windows(spec, index, seed)
    bottom, top = memory.window(v_read)
    scale = highest / high
    left = bottom * (lowest / low if low > 0 else np.ones(lowest.shape))
    flags = np.where(lost, np.uint8(CellFlag.NO_WINDOW), np.uint8(0))
    touched = {"device_spread": flags.size} if group.effects.device_spread.on else {}
    for name, stuck, flag in stuck_flags(group.effects, flags.shape, index, seed):
        flags[stuck] |= np.uint8(flag)
        touched[name] = int(stuck.sum())
        if flag is CellFlag.STUCK_LRS:
            left = np.where(stuck, highest, left)
    conductance = np.clip(left, scale * bottom, scale * top)
    reference = np.zeros((spec.rows, 1), dtype=np.int64)
    state = TileState(
        levels=np.hstack([np.asarray(levels, dtype=np.int64), reference]),
        conductance=conductance,
        device=memory.state_for(conductance / scale, v_read),
        flags=flags,
        touched=touched,
    )
    return array_of(spec, index, state, seed)
