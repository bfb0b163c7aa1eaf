"""Faulty cells as a JSON file, from a march test to the planning of repair."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.errors import StateError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.files import write_json

__all__ = ["fault_name", "read_faults", "write_faults"]

_NAMES = {
    CellFault.STUCK_HRS: "stuck at HRS",
    CellFault.STUCK_LRS: "stuck at LRS",
    CellFault.UP: "no way up",
    CellFault.DOWN: "no way down",
}


def fault_name(fault: CellFault) -> str:
    """Return what is wrong with a cell, in words."""
    return ", ".join(name for kind, name in _NAMES.items() if kind in fault)


def write_faults(
    path: Path, spec: ChipSpec, faults: Mapping[int, Sequence[Sequence[CellFault]]]
) -> None:
    """Write the faulty cells of the tiles that were tested.

    Raises
    ------
    OhmloomError
        Where the file can't be written.
    """
    cells = [
        {"tile": tile, "row": row, "line": line, "fault": int(cell), "means": fault_name(cell)}
        for tile, rows in faults.items()
        for row, held in enumerate(rows)
        for line, cell in enumerate(held)
        if cell
    ]
    write_json(path, {"spec_hash": spec.hash, "tiles": sorted(faults), "faults": cells})


def read_faults(path: Path, spec: ChipSpec) -> list[NDArray[np.uint8]]:
    """Read faulty cells; tiles that weren't tested count as good.

    Returns
    -------
    Bits of `CellFault`, one (R, lines + 1) array a tile.

    Raises
    ------
    StateError
        Where the file is missing, isn't one of these, or is of another chip.
    """
    if not path.is_file():
        msg = f"faults must be an existing file of test-array, not '{path}'"
        raise StateError(msg)
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        found, chip = list(data["faults"]), str(data["spec_hash"])
        places = [
            tuple(int(entry[name]) for name in ("tile", "row", "line", "fault")) for entry in found
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"faults '{path}' must be a file of test-array: {type(error).__name__}: {error}"
        raise StateError(msg) from None
    if chip != spec.hash:
        msg = f"faults '{path}' must be of the chip {spec.hash[:16]}, not {chip[:16]}"
        raise StateError(msg)
    shape = (spec.tiles, spec.rows, spec.lines + 1, 1 << len(_NAMES))
    faults = np.zeros(shape[:3], dtype=np.uint8)
    for place in places:
        if not all(0 <= value < count for value, count in zip(place, shape, strict=True)):
            msg = f"faults '{path}' must name cells and faults of the chip, not {place}"
            raise StateError(msg)
        faults[place[:3]] = place[3]
    return list(faults)
