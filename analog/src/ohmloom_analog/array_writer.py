"""Write-verify of a whole array without a chip around it: the reference of a programming job."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.level_program import level_programs, target_code, write_spec_of
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.write_verify import CellWriter, Limits, Outcome, Read, WriteStatus

__all__ = ["ArrayOutcome", "write_array", "write_cell"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ArrayOutcome:
    """What became of the cells of an array; all arrays are (R, lines + 1)."""

    status: NDArray[np.int64]
    """A `WriteStatus` each."""
    pulses: NDArray[np.int64]
    """Pulses given."""
    flips: NDArray[np.int64]
    """Changes of direction."""
    code: NDArray[np.int64]
    """Last read."""
    target: NDArray[np.int64]
    """Verify code that was wanted."""

    @property
    def written(self) -> NDArray[np.bool_]:
        """Which cells came to their targets."""
        done: NDArray[np.bool_] = self.status == WriteStatus.WRITTEN
        return done

    @property
    def failures(self) -> tuple[tuple[int, int, WriteStatus, int], ...]:
        """Row, line, status and code less target of each cell that didn't."""
        return tuple(
            (
                row,
                line,
                WriteStatus(int(self.status[row, line])),
                int(self.code[row, line] - self.target[row, line]),
            )
            for row, line in np.argwhere(~self.written).tolist()
        )


def write_array(
    spec: ChipSpec,
    index: int,
    tile: AnalogTile,
    levels: ArrayLike,
    *,
    trims: ArrayLike | None = None,
    limits: Limits | None = None,
    by_line: bool = False,
) -> ArrayOutcome:
    """Bring all cells of a tile to their levels, one after the other.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    tile
        The tile itself. What it draws comes from streams of its own cells.
    levels
        Of all cells, (R, lines + 1), or without the reference line, (R, lines), which is then
        written to level 0.
    trims
        Verify codes that are added to the levels' targets, of the levels' shape; None for none.
    limits
        When a cell is given up; None for the spec's.
    by_line
        Whether line after line is written, and not row after row.

    Raises
    ------
    MappingError
        Where shapes don't fit, or there is no such level.
    SpecError
        Where the chip doesn't say how the tile is written.
    """
    wanted = _whole(spec, "levels", levels)
    added = _whole(spec, "trims", np.zeros_like(wanted) if trims is None else trims)
    programs = level_programs(spec, index)
    if wanted.min() < 0 or wanted.max() >= len(programs):
        worst = int(wanted.min() if wanted.min() < 0 else wanted.max())
        msg = f"levels must be from 0 to {len(programs) - 1}, not {worst}"
        raise MappingError(msg)
    cell = spec.tile_specs[index].cell
    codes = np.array(
        [target_code(spec, index, cell.g_min + cell.g_step * k) for k in range(len(programs))]
    )
    target = codes[wanted] + added
    bounds = Limits.of(write_spec_of(spec, index)) if limits is None else limits
    found = {
        name: np.zeros(wanted.shape, dtype=np.int64)
        for name in ("status", "pulses", "flips", "code")
    }
    places: Sequence[tuple[int, ...]] = list(np.ndindex(*wanted.shape))
    for row, line in sorted(places, key=lambda place: place[::-1]) if by_line else places:
        writer = CellWriter(programs[wanted[row, line]], int(target[row, line]), bounds)
        outcome = write_cell(spec, index, tile, (row, line), writer)
        for name, values in found.items():
            values[row, line] = int(getattr(outcome, name))
    return ArrayOutcome(target=target, **found)


def write_cell(
    spec: ChipSpec, index: int, tile: AnalogTile, cell: tuple[int, int], writer: CellWriter
) -> Outcome:
    """Bring one cell, (row, line), to the target of its writer."""
    conversions = write_spec_of(spec, index).average
    action = writer.first()
    while not isinstance(action, Outcome):
        if isinstance(action, Read):
            total = sum(tile.verify(*cell)[0] for _ in range(conversions))
            action = writer.after_read((total + conversions // 2) // conversions)
        else:
            tile.pulse(
                action.direction,
                *cell,
                drive=action.drive,
                gate=action.gate,
                width=action.width / spec.clock,
            )
            action = writer.after_pulse()
    return action


def _whole(spec: ChipSpec, name: str, given: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(given)
    rows, lines = spec.rows, spec.lines
    if array.shape == (rows, lines):
        array = np.hstack([array, np.zeros((rows, 1), dtype=array.dtype)])
    if array.shape != (rows, lines + 1) or array.dtype.kind not in "iu":
        msg = (
            f"{name} must be integers of the shape {(rows, lines + 1)}, "
            f"not {array.dtype} of {array.shape}"
        )
        raise MappingError(msg)
    return array.astype(np.int64)
