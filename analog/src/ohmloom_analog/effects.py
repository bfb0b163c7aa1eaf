"""What programming really leaves in the cells of a tile: spread, residual errors, wear and faults.

All of it follows from the ideal conductances, the seed and the description: each effect is drawn
from a stream of its own, nothing is accumulated, and to apply all this twice is to apply it once.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
G        conductance of a memory                                     S
G_lo     lowest conductance that this cell can have                  S
G_hi     highest conductance that this cell can have                 S
u        place of the level in the window, from 0 to 1               1
=======  ==========================================================  ====

The window [G_lo, G_hi] of a cell comes of the spread from device to device, and its level is
reached in this window, G = G_lo + u (G_hi - G_lo). Where less than half a step between levels is
left of a window, the cell is flagged, and stands at G_lo.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.ageing import cycles_to_failure
from ohmloom_analog.device_cells import after_pulse, within_device
from ohmloom_analog.effects_spec import EffectsSpec
from ohmloom_analog.faults import stuck_cells
from ohmloom_analog.programming import window
from ohmloom_analog.programming_error import programming_error
from ohmloom_analog.seeds import stream
from ohmloom_analog.spec import ChipSpec, TileSpec
from ohmloom_analog.spread import lognormal, sigma_of_state
from ohmloom_analog.state import CellFlag

__all__ = ["Programmed", "Touched", "cell_windows", "stuck_flags", "with_effects"]

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Programmed:
    """Cells after programming, before they age."""

    conductance: Floats
    """Of each memory, the reference line last, (R, lines + 1) [S]."""
    lowest: Floats
    """G_lo of each cell, (R, lines + 1) [S]."""
    flags: Flags
    """Bits of `CellFlag`, (R, lines + 1)."""
    touched: Mapping[str, int] = field(default_factory=dict)
    """Cells that each effect changed; an effect that is off isn't listed."""


class Touched:
    """Conductances on their way through effects, and how many cells each has touched.

    Parameters
    ----------
    conductance
        Before all effects [S].
    high
        Conductance of the highest level; what moves a cell by less than a millionth of it doesn't
        count [S].
    """

    def __init__(self, conductance: Floats, high: float) -> None:
        self.conductance = conductance
        """After the effects so far [S]."""
        self.counts: dict[str, int] = {}
        """Cells by the name of the effect, in the order in which they acted."""
        self._least = 1e-6 * high

    def take(self, name: str, after: Floats, cells: NDArray[np.bool_] | None = None) -> None:
        """Go on with the conductances after an effect; `cells` are those that it chose itself."""
        moved = np.abs(after - self.conductance) > self._least if cells is None else cells
        self.counts[name] = int(np.count_nonzero(moved))
        self.conductance = after


def cell_windows(spec: ChipSpec, index: int, seed: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return G_lo and G_hi of each cell of a tile, and which cells have lost their window.

    Returns
    -------
    lowest, highest
        (R, lines + 1) [S].
    lost
        (R, lines + 1).
    """
    low, high = window(spec, index)
    shape = (spec.rows, spec.lines + 1)
    lowest, highest = np.full(shape, low), np.full(shape, high)
    group = spec.tile_specs[index]
    spread = group.effects.device_spread
    if spread.on:
        rng = stream(seed, index, "device_spread")
        lowest, highest = lognormal(lowest, spread.hrs, rng), lognormal(highest, spread.lrs, rng)
    lost = highest - lowest < (high - low) / (group.cell.levels - 1) / 2
    return lowest, np.where(lost, lowest, highest), lost


def with_effects(spec: ChipSpec, index: int, ideal: ArrayLike, seed: int) -> Programmed:
    """Return what programming leaves in the cells of a tile.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    ideal
        Conductances without effects, as `program_tile` gives them, (R, lines + 1) [S].
    seed
        Of the chip.

    Raises
    ------
    ValueError
        Where the model of the programming error doesn't hold for the cells.
    """
    group = spec.tile_specs[index]
    effects = group.effects
    low, high = window(spec, index)
    lowest, highest, lost = cell_windows(spec, index, seed)
    flags = np.where(lost, np.uint8(CellFlag.NO_WINDOW), np.uint8(0))
    cells = Touched(np.asarray(ideal, dtype=np.float64), high)
    if effects.device_spread.on:
        u = (cells.conductance - low) / (high - low)
        cells.take("device_spread", np.maximum(lowest + u * (highest - lowest), 0.0))
    if effects.cycle_spread.on:
        spread = effects.cycle_spread
        sigma = sigma_of_state(cells.conductance, low, high, spread.hrs, spread.lrs)
        rng = stream(seed, index, "cycle_spread")
        cells.take("cycle_spread", lognormal(cells.conductance, sigma, rng))
    if effects.programming_error > 0:
        sigma = _residual(group, cells.conductance, high)
        draws = stream(seed, index, "programming_error").standard_normal(sigma.shape)
        cells.take("programming_error", np.maximum(cells.conductance + sigma * draws, 0.0))
    for name, stuck, flag in stuck_flags(effects, cells.conductance.shape, index, seed):
        flags[stuck] |= np.uint8(flag)
        held = lowest if flag is CellFlag.STUCK_HRS else highest
        cells.take(name, np.where(stuck, held, cells.conductance), stuck)
    if effects.disturb.pulses > 0:
        free = (flags & _FAULTS) == 0
        after = _disturbed(spec, index, cells.conductance, highest, seed)
        cells.take("disturb", np.where(free, after, cells.conductance))
    return Programmed(
        conductance=within_device(spec, index, cells.conductance),
        lowest=lowest,
        flags=flags,
        touched=cells.counts,
    )


_FAULTS = np.uint8(CellFlag.STUCK_HRS | CellFlag.STUCK_LRS)


def _residual(group: TileSpec, cells: Floats, high: float) -> Floats:
    """Return the standard deviation that write-verify leaves at each cell [S]."""
    name, amount = group.cell.programming, group.effects.programming_error
    if name in ("relative", "uniform"):
        model, amount = programming_error(name, g_max=high, fraction=amount), 1.0
    else:
        model = programming_error(name, g_max=high)
    return amount * model.sigma(np.minimum(cells, model.highest))


def stuck_flags(
    effects: EffectsSpec, shape: tuple[int, ...], index: int, seed: int
) -> Iterator[tuple[str, NDArray[np.bool_], CellFlag]]:
    """Give the name, the cells and the flag of each effect that leaves cells stuck."""
    wear = effects.endurance
    if wear.cycles > 0:
        rng = stream(seed, index, "endurance")
        life = cycles_to_failure(shape, wear.scale, rng, slope=wear.shape)
        yield "endurance", life <= wear.cycles, CellFlag.STUCK_LRS
    # Both kinds come of one number a cell, so that no cell is of both.
    rng = stream(seed, index, "stuck")
    in_hrs, in_lrs = stuck_cells(shape, effects.p_stuck_hrs, effects.p_stuck_lrs, rng)
    if effects.p_stuck_hrs > 0:
        yield "p_stuck_hrs", in_hrs, CellFlag.STUCK_HRS
    if effects.p_stuck_lrs > 0:
        yield "p_stuck_lrs", in_lrs, CellFlag.STUCK_LRS


def _disturbed(spec: ChipSpec, index: int, cells: Floats, highest: Floats, seed: int) -> Floats:
    """Return the cells after all cells that are written later, row by row, line by line.

    The cell (i, j) is half selected by the later cells of its row and by those below it on its
    line. Only behind a transistor whose row is off it sees nothing of the latter.
    """
    group = spec.tile_specs[index]
    disturb = group.effects.disturb
    rows, lines = cells.shape
    later = (lines - 1 - np.arange(lines))[np.newaxis, :] + np.zeros((rows, 1))
    if group.cell.access != "1t1r":
        later = later + (rows - 1 - np.arange(rows))[:, np.newaxis]
    pulses = disturb.pulses * later
    if disturb.voltage == 0:
        kept = (1 - disturb.fraction) ** pulses
        crept: Floats = np.maximum(cells, highest - (highest - cells) * kept)
        return crept
    # One pulse as long as all of them is the sum of what each moves the cell, where a rate moves
    # the state; the cells that see equally many are taken together.
    moved = cells.copy()
    rng = stream(seed, index, "disturb")
    for count in np.unique(pulses[pulses > 0]):
        chosen = pulses == count
        width = float(count) * disturb.width
        moved[chosen] = after_pulse(spec, index, cells[chosen], disturb.voltage, width, rng=rng)
    return moved
