"""What a march test finds wrong with a cell, as bits; see `CellFault`."""

import enum

__all__ = ["CellFault", "held_level"]


class CellFault(enum.IntFlag):
    """Kinds of faults of a cell; the bits of a cell in the window FAULTS."""

    NONE = 0
    """It does what it should."""
    STUCK_HRS = 1
    """It was never seen above its lowest conductance, whatever was written."""
    STUCK_LRS = 2
    """It was never seen below its highest."""
    UP = 4
    """It did not come up, or not stay up, though it isn't always low."""
    DOWN = 8
    """It did not come down, or not stay down, though it isn't always high."""


def held_level(fault: CellFault, levels: int) -> int | None:
    """Return the level that a faulty cell holds once it was brought there.

    A cell that can't come up is low after a RESET, and one that can't come down high after a SET.

    Returns
    -------
    int or None
        0, or the highest of `levels`; None for one that can't be told.

    Raises
    ------
    ValueError
        Where the cell isn't faulty.
    """
    low = fault in (CellFault.STUCK_HRS, CellFault.UP)
    high = fault in (CellFault.STUCK_LRS, CellFault.DOWN)
    if fault is CellFault.NONE:
        msg = "fault must be a kind of fault, not none"
        raise ValueError(msg)
    return 0 if low else levels - 1 if high else None
