r"""Scales of rows that make up for what wires take from inputs, by the place of each row.

A cell's share of a sum is w_ij with ideal wires, and v_ij with those there are. What the wires take
is split into a part of the row and one of the column, v_ij = a_i b_j w_ij as nearly as can be,

.. math::
   a_i = \frac{\sum_j v_{ij} b_j w_{ij}}{\sum_j (b_j w_{ij})^2}, \qquad
   b_j = \frac{\sum_i v_{ij} a_i w_{ij}}{\sum_i (a_i w_{ij})^2},

some times over. Inputs are multiplied by s_i = min a / a_i, which is at most 1, and sums by a gain
g_j of their column, which calibration finds by itself.

======  =========================================================  ====
symbol  name                                                       unit
======  =========================================================  ====
w, v    weight of a cell's column, as it should be and as it is    LSB
a, b    what wires leave of a row and of a column                  1
s       scale of a row                                             1
======  =========================================================  ====
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.correction import UNIT_SCALE
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.spec import ChipSpec

__all__ = ["RowFactors", "network_factors", "row_factors"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]

_ROUNDS = 10


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RowFactors:
    """Scales of a tile's rows, and what they are good for."""

    scale: IntArray
    """What each row's input is multiplied by, (R,), `UNIT_SCALE` being one."""
    without: float
    """Error of the weights with a gain for each column alone, rms over rms of the weights."""
    scaled: float
    """The same with scaled rows, too."""


def row_factors(spec: ChipSpec, tile: int, levels: ArrayLike) -> RowFactors:
    """Find the scales of a tile's rows from what its cells hold and its wires are.

    Cells count as ohmic. Rows without weights keep a scale of one.

    Parameters
    ----------
    levels
        Of the cells, (R, lines).

    Raises
    ------
    ValueError
        Where the levels have another shape.
    """
    held = np.asarray(levels, dtype=np.int64)
    if held.shape != (spec.rows, spec.lines):
        msg = f"levels must have shape {(spec.rows, spec.lines)}, not {held.shape}"
        raise ValueError(msg)
    wanted, found = _weights(spec, tile, held)
    rows = wanted.any(axis=1)
    scale = np.full(spec.rows, UNIT_SCALE, dtype=np.int64)
    left = np.ones(spec.rows)
    if rows.any():
        left[rows] = _split(wanted[rows], found[rows])
        scale[rows] = np.rint(UNIT_SCALE * left[rows].min() / left[rows])
    return RowFactors(
        scale=scale,
        without=_error(wanted, found),
        scaled=_error(wanted, found * (scale / UNIT_SCALE)[:, np.newaxis]),
    )


def network_factors(spec: ChipSpec, levels: Sequence[ArrayLike]) -> tuple[RowFactors, ...]:
    """Return those of all tiles, from the levels of each."""
    return tuple(row_factors(spec, tile, held) for tile, held in enumerate(levels))


def _weights(spec: ChipSpec, tile: int, levels: IntArray) -> tuple[Floats, Floats]:
    """Return the weights of a tile as they should be and as they are, R x columns [LSB]."""
    cell, wires = spec.tile_specs[tile].cell, spec.tile_specs[tile].wires
    reference = np.zeros((spec.rows, 1), dtype=np.int64)
    cells = np.hstack([levels, reference]).astype(np.float64)
    engine = NodalEngine()
    engine.load(
        Crossbar(
            np.asarray(cell.g_min + cell.g_step * cells, dtype=np.float64),
            r_word=wires.r_word,
            r_bit=wires.r_bit,
            r_source=wires.r_source,
            r_sense=wires.r_sense,
        )
    )
    seen = engine.transfer()
    wanted, found = np.zeros((2, spec.rows, spec.columns))
    for line, role in enumerate(line_roles(spec)):
        unit = (-1.0 if role.negative else 1.0) * (1 << (role.shift - spec.adc_shift))
        wanted[:, role.column] += unit * levels[:, line]
        found[:, role.column] += unit * (seen[:, line] - seen[:, -1]) / cell.g_step
    return wanted, found


def _split(wanted: Floats, found: Floats) -> Floats:
    """Return what is left of each row."""
    column = np.ones(wanted.shape[1])
    row = np.ones(len(wanted))
    for _ in range(_ROUNDS):
        row = _fitted(wanted * column, found)
        column = _fitted((wanted * row[:, np.newaxis]).T, found.T)
    return row


def _fitted(model: Floats, found: Floats) -> Floats:
    """Return the factor of each row of a model that fits best; 1 for rows of nothing."""
    power = (model**2).sum(axis=1)
    factors: Floats = np.ones(len(model))
    np.divide((model * found).sum(axis=1), power, out=factors, where=power > 0)
    return factors


def _error(wanted: Floats, found: Floats) -> float:
    gain = _fitted(found.T, wanted.T)
    size = float((wanted**2).sum())
    return float(np.sqrt(((found * gain - wanted) ** 2).sum() / size)) if size else 0.0
