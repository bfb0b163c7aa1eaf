"""From the cell to the memory in it: what the memory must conduct behind its access device.

=========  =====================================================  ====
symbol     name                                                   unit
=========  =====================================================  ====
G          conductance of the whole cell at the read voltage      S
g          conductance of the memory                              S
v          read voltage                                           V
r_a        resistance of the transistor, switched on              ohm
I_s, v_s   current and voltage scale of the selector              A, V
=========  =====================================================  ====

::

    1R:    g = G
    1T1R:  g = G / (1 - G r_a)
    1S1R:  g = G v / (v - v_s asinh(G v / I_s))
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.array_spec import CellSpec
from ohmloom_analog.cells import OHMIC, Accessed, CellLaw, Selected
from ohmloom_analog.errors import MappingError

__all__ = ["cell_law", "memory_conductance"]

Floats = NDArray[np.float64]


def cell_law(cell: CellSpec) -> CellLaw:
    """Return what a cell of plain resistance and access device makes of its conductance."""
    if cell.access == "1t1r":
        return Accessed(r_access=cell.r_access)
    if cell.access == "1s1r":
        return Selected(i_s=cell.selector_current, v_s=cell.selector_voltage)
    return OHMIC


def memory_conductance(cell: CellSpec, conductance: ArrayLike, v_read: float) -> Floats:
    """Return what the memories must conduct, so that the cells conduct what is asked for [S].

    Parameters
    ----------
    cell
        The cell.
    conductance
        Of whole cells at the read voltage, of any shape [S].
    v_read
        Read voltage [V].

    Raises
    ------
    MappingError
        Where the access device doesn't let as much through.
    """
    wanted = np.asarray(conductance, dtype=np.float64)
    if cell.access == "1t1r":
        left = 1 - wanted * cell.r_access
    elif cell.access == "1s1r":
        drop = cell.selector_voltage * np.arcsinh(wanted * v_read / cell.selector_current)
        left = 1 - drop / v_read
    else:
        return wanted.copy()
    if (left <= 0).any():
        worst = float(wanted.flat[int(left.argmin())])
        msg = (
            f"conductance of a cell must be what its {cell.access} access lets through "
            f"at {v_read:g} V, not {worst:g} S"
        )
        raise MappingError(msg)
    return np.asarray(wanted / left, dtype=np.float64)
