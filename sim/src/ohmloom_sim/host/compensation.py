"""Targets that make up beforehand for what wires take from a product.

======  ===========================================================================  ====
symbol  name                                                                         unit
======  ===========================================================================  ====
G       conductance that a product is to see                                         S
C       conductance of the cell                                                      S
q       voltage across the cell over that of its driver, when all rows are driven    1
R       all resistances in series with the cell in a verify read                     ohm
======  ===========================================================================  ====

::

    C <- G / q(C), some times over;    a verify read of the cell gives C / (1 + C R)

The products are those of equal inputs on all rows that are used; the drop of others differs, and is
left. Trims end at 63 verify codes.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import make_engine
from ohmloom_analog.level_program import target_code, verify_full_scale
from ohmloom_analog.spec import ChipSpec, WireSpec
from ohmloom_sim.host.targets import TargetList

__all__ = ["wire_trims"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]

_LOWEST, _HIGHEST = -64, 63
_ROUNDS = 4


def wire_trims(spec: ChipSpec, targets: TargetList, *, drive: float = 0.5) -> IntArray:
    """Return what to add to the verify codes of targets, (tiles, R, lines + 1).

    Parameters
    ----------
    targets
        What is wanted; cells that aren't named count as at level 0.
    drive
        Of the rows, as a share of the read voltage; it matters only for cells that aren't ohmic.

    Raises
    ------
    SpecError
        Where the description doesn't say how a tile is written.
    """
    levels = targets.with_reference()
    trims = np.zeros(levels.shape, dtype=np.int64)
    for tile in targets.tiles:
        cell, wires = spec.tile_specs[tile].cell, spec.tile_specs[tile].wires
        wanted = cell.g_min + cell.g_step * np.maximum(levels[tile], 0)
        used = (levels[tile] >= 0).any(axis=1)
        volts = np.where(used, drive * spec.dac.v_read, 0.0)
        held, array = wanted, _array(wires, wanted)
        for _ in range(_ROUNDS):
            across = _across(array, volts)
            held = np.where(used[:, np.newaxis], wanted / across, wanted)
            array = _array(wires, held)
        full = verify_full_scale(spec, tile)
        asked = np.clip(held / (1 + held * _series(array)), 0.0, full)
        codes = np.vectorize(lambda g, tile=tile: target_code(spec, tile, float(g)))
        trim = codes(asked) - codes(wanted)
        trims[tile] = np.where(levels[tile] >= 0, np.clip(trim, _LOWEST, _HIGHEST), 0)
    return trims


def _array(wires: WireSpec, conductance: Floats) -> Crossbar:
    return Crossbar(
        conductance,
        r_word=wires.r_word,
        r_bit=wires.r_bit,
        r_source=wires.r_source,
        r_sense=wires.r_sense,
    )


def _across(array: Crossbar, volts: Floats) -> Floats:
    """Return the voltage across each cell over that of its driver; 1 where that is off."""
    engine = make_engine("nodal")
    engine.load(array)
    nodes = engine.node_voltages(volts)
    drivers = np.where(volts > 0, volts, 1.0)[:, np.newaxis]
    return np.where(volts[:, np.newaxis] > 0, (nodes.word - nodes.bit) / drivers, 1.0)


def _series(array: Crossbar) -> Floats:
    """Return the resistance in series with each cell [ohm]."""
    rows, lines = array.conductance.shape
    word = array.r_word * np.arange(1, lines + 1)
    bit = array.r_bit * np.arange(rows, 0, -1)
    both = word[np.newaxis, :] + bit[:, np.newaxis]
    return np.asarray(both + array.r_source + array.r_sense, dtype=np.float64)
