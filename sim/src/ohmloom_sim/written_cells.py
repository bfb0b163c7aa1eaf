"""What write-verify made of the cells of a chip, cell by cell, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.level_program import target_code
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Outcome, WriteStatus

__all__ = ["FailedCell", "ProgramFigures", "WrittenCells", "program_figures"]

IntArray = NDArray[np.int64]

_FIELDS = ("target", "code", "pulses", "flips", "relapsed", "status")


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class WrittenCells:
    """The outcome of each cell; all arrays are (tiles, R, lines + 1), the reference line last."""

    target: IntArray
    """Verify code that was wanted; -1 where the cell was left alone."""
    code: IntArray
    """Verify code of the last read."""
    pulses: IntArray
    """Pulses that it got."""
    flips: IntArray
    """Changes of direction."""
    relapsed: IntArray
    """1 where it had moved out of tolerance after the relaxation time."""
    status: IntArray
    """A `WriteStatus`."""

    @classmethod
    def wanted(cls, spec: ChipSpec, levels: IntArray) -> Self:
        """Return cells of which nothing is known yet.

        Parameters
        ----------
        levels
            Levels that are wanted, (tiles, R, lines + 1); -1 for none.
        """
        target = np.full(levels.shape, -1, dtype=np.int64)
        for tile, held in enumerate(levels):
            if (held < 0).all():
                continue
            cell = spec.tile_specs[tile].cell
            codes = [
                target_code(spec, tile, cell.g_min + level * cell.g_step)
                for level in range(cell.levels)
            ]
            target[tile] = np.where(held < 0, -1, np.array(codes)[held])
        empty = {name: np.zeros_like(target) for name in _FIELDS if name != "target"}
        return cls(target=target, **empty)

    def put(self, place: tuple[int, int, int], outcome: Outcome) -> None:
        """Note what became of the cell at a tile, row and line."""
        for name in _FIELDS:
            if name != "target":
                getattr(self, name)[place] = int(getattr(outcome, name))

    def arrays(self) -> dict[str, IntArray]:
        """Return everything as plain arrays, for a file."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, IntArray]) -> Self:
        """Take over what `arrays` gave."""
        return cls(**{name: arrays[name] for name in _FIELDS})


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedCell:
    """A cell that didn't reach its target."""

    tile: int
    """Index of the tile."""
    row: int
    """Word line."""
    line: int
    """Bit line."""
    status: str
    """Why it was given up."""
    levels_off: float
    """By how much its last read missed the target [levels]."""
    pulses: int
    """Pulses that it got."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramFigures:
    """The figures of writing a chip."""

    cells: int
    """Cells that had a target."""
    written: int
    """Those that ended within tolerance."""
    untouched: int
    """Those that were within tolerance without a pulse."""
    pulses_mean: float
    """Pulses of a cell, mean over all that had a target."""
    pulses_p99: float
    """Pulses that 99 of 100 cells stay within."""
    pulses_max: int
    """Most pulses of a cell."""
    pulses: int
    """All pulses."""
    flips_mean: float
    """Changes of direction of a cell, mean."""
    relapsed: int
    """Cells that moved out of tolerance after the relaxation time."""
    failures: tuple[FailedCell, ...]
    """The others."""
    energy: float | None = None
    """What the pulses took from the drivers [J]; None where nobody knows."""
    cycles: int | None = None
    """Clock cycles from the first command to the last answer; None where nobody counted."""
    seconds: float | None = None
    """Real time that it took [s]; None where nobody measured."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        failures = [cell.to_json() for cell in self.failures]
        return {**plain, "failed": len(failures), "failures": failures}


def program_figures(
    spec: ChipSpec,
    cells: WrittenCells,
    *,
    energy: float | None = None,
    cycles: int | None = None,
    seconds: float | None = None,
) -> ProgramFigures:
    """Take the figures of writing; locked and untouched cells with a target count as failed."""
    wanted = cells.target >= 0
    pulses, flips = cells.pulses[wanted], cells.flips[wanted]
    good = wanted & (cells.status == WriteStatus.WRITTEN)
    failures = tuple(
        _failed(spec, cells, (int(tile), int(row), int(line)))
        for tile, row, line in np.argwhere(wanted & ~good)
    )
    some = pulses.size > 0
    return ProgramFigures(
        cells=int(wanted.sum()),
        written=int(good.sum()),
        untouched=int((good & (cells.pulses == 0)).sum()),
        pulses_mean=float(pulses.mean()) if some else 0.0,
        pulses_p99=float(np.percentile(pulses, 99)) if some else 0.0,
        pulses_max=int(pulses.max()) if some else 0,
        pulses=int(pulses.sum()),
        flips_mean=float(flips.mean()) if some else 0.0,
        relapsed=int(cells.relapsed[wanted].sum()),
        failures=failures,
        energy=energy,
        cycles=cycles,
        seconds=seconds,
    )


def _failed(spec: ChipSpec, cells: WrittenCells, place: tuple[int, int, int]) -> FailedCell:
    tile, row, line = place
    cell = spec.tile_specs[tile].cell
    # Two neighbouring levels tell how many codes a level is.
    codes = target_code(spec, tile, cell.g_max) - target_code(spec, tile, cell.g_min)
    level = codes / (cell.levels - 1)
    return FailedCell(
        tile=tile,
        row=row,
        line=line,
        status=WriteStatus(int(cells.status[place])).name.lower().replace("_", " "),
        levels_off=float(cells.code[place] - cells.target[place]) / level,
        pulses=int(cells.pulses[place]),
    )
