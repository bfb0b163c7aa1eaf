"""What the sums of a chip's lines are off by, by its cause, estimated from its own figures.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        mean conductance of a tile's cells                          S
D        rms of the cells' conductances less those of their levels   S
R, L     word lines and bit lines, the reference line included       1
r_*      resistances of the lines, see `ohmloom_analog.crossbar`     ohm
I_lsb    current of one step of the converter                        A
=======  ==========================================================  ====

Shares of the current of a line whose word lines all carry the read voltage V::

    lines:      x / (1 + x), x = G L (r_source + r_word (L + 1) / 2)
                               + G R (r_sense + r_bit (R + 1) / 2)
    cells:      D / (G sqrt(R))
    converter:  I_lsb / sqrt(12) / (G R V)

x is what the cell farthest from driver and ground loses to first order, if every cell takes the
mean current: the resistance of the lines as the cells see it, over that of a cell.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ohmloom_analog.chip import AnalogChip

__all__ = ["ErrorCauses", "error_causes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorCauses:
    """The causes in the tile that is off most."""

    tile: int
    """Which tile."""
    cell_resistance: float
    """1 / G [ohm]."""
    line_resistance: float
    """x / G [ohm]; 0 where the engine leaves lines out."""
    lines: float
    """Share of a line's current that line resistance takes at the farthest cell."""
    cells: float
    """Share that cells which aren't at their levels make it uncertain by, rms."""
    converter: float
    """Share that steps of the converter make it uncertain by, rms."""

    @property
    def largest(self) -> str:
        """The largest cause, in words."""
        names = {
            "line resistance": self.lines,
            "cells off their levels": self.cells,
            "steps of the ADC": self.converter,
        }
        return max(names, key=lambda name: names[name])

    @property
    def sentence(self) -> str:
        """The causes, in words."""
        lines = (
            f" and sees {self.line_resistance:,.4g} ohm of lines, so that these take up to "
            f"{100 * self.lines:.2g} % of a cell's voltage"
        )
        return (
            f"mostly {self.largest}: in tile {self.tile} a cell has "
            f"{self.cell_resistance:,.4g} ohm on average{lines if self.line_resistance else ''}; "
            f"cells off their levels make {100 * self.cells:.2g} % of a sum, "
            f"steps of the ADC {100 * self.converter:.2g} %"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the causes as plain data."""
        return {**asdict(self), "largest": self.largest}


def error_causes(
    chip: AnalogChip, tiles: Iterable[int] | None = None, *, wires: bool = True
) -> ErrorCauses | None:
    """Estimate the causes in the tile that is off most; None where no cell conducts.

    Parameters
    ----------
    tiles
        Among which; None for all tiles of the chip.
    wires
        Whether the sums were made with line resistance, which the ideal engine leaves out.
    """
    among = range(chip.spec.tiles) if tiles is None else tiles
    found = [_of_tile(chip, tile, wires=wires) for tile in among]
    there = [one for one in found if one is not None]
    return max(there, key=lambda one: max(one.lines, one.cells, one.converter), default=None)


def _of_tile(chip: AnalogChip, tile: int, *, wires: bool) -> ErrorCauses | None:
    spec, held, crossbar = chip.spec, chip.cells[tile], chip.tiles[tile].crossbar
    cell = spec.tile_specs[tile].cell
    conductance = held.at_read(spec.dac.v_read)
    mean = float(conductance.mean())
    if mean <= 0:
        return None
    wanted = cell.g_min + cell.g_step * held.state.levels
    off = float(np.sqrt(np.mean((conductance - wanted) ** 2)))
    rows, lines = conductance.shape
    word = lines * (crossbar.r_source + crossbar.r_word * (lines + 1) / 2)
    bit = rows * (crossbar.r_sense + crossbar.r_bit * (rows + 1) / 2)
    resistance = word + bit if wires else 0.0
    seen = mean * resistance
    step = spec.full_scale_current(tile) / spec.code_maximum
    return ErrorCauses(
        tile=tile,
        cell_resistance=1 / mean,
        line_resistance=resistance,
        lines=seen / (1 + seen),
        cells=off / (mean * rows**0.5),
        converter=step / 12**0.5 / (mean * rows * spec.dac.v_read),
    )
