"""Repair of a tile with faulty cells: what is written where, and what remains wrong.

The measures, cheapest first; the next is taken only where the ones before leave something wrong:

1. *absorption*: the other cells of a weight make up for a stuck one;
2. *columns*: the logical columns change places, so that stuck cells hold what they should, or harm
   least;
3. *spare columns* take the place of bad ones;
4. *rows* change places, the spare ones among them.

Each of the last three is a linear assignment whose costs are the errors that absorption leaves.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from ohmloom_analog.absorption import Absorbed, CellGroup, absorb
from ohmloom_analog.cell_fault import CellFault, held_level
from ohmloom_analog.errors import MappingError
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec

__all__ = ["Residue", "TileRepair", "plan_repair", "repair_tile", "seen_levels"]

IntArray = NDArray[np.int64]
_Group = tuple[int, ...]
_Held = tuple[int | None, ...]

_ROUNDS = 4
_UNKNOWN = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Residue:
    """A weight that stays wrong."""

    row: int
    """Logical row."""
    column: int
    """Logical column."""
    weight: int
    """What it should be."""
    error: int
    """By how much it is above that."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TileRepair:
    """What becomes of a tile."""

    place: PlaceMap
    """Its columns and rows."""
    levels: IntArray
    """Physical levels to be written, (R, lines); of a faulty cell what it holds."""
    locked: NDArray[np.bool_]
    """Physical cells that aren't to be written, (R, lines)."""
    measures: tuple[str, ...]
    """What was needed: of absorption, columns, spare columns, rows."""
    before: int
    """Sum of all errors without repair."""
    residue: tuple[Residue, ...]
    """What remains wrong."""
    reference: tuple[int, ...]
    """Logical rows whose cell of the reference line isn't low; nothing but other rows helps."""

    @property
    def after(self) -> int:
        """Sum of all errors with repair."""
        return sum(abs(weight.error) for weight in self.residue)


def plan_repair(
    spec: ChipSpec, mapping: Mapping, faults: list[NDArray[np.uint8]], *, maps: bool | None = None
) -> tuple[TileRepair, ...]:
    """Plan the repair of all tiles of a chip.

    Parameters
    ----------
    mapping
        What they are to hold.
    faults
        Bits of `CellFault`, one (R, lines + 1) array a tile.
    maps
        Whether the chip has maps of columns and rows; None for where it has spares.

    Raises
    ------
    MappingError
        Where the arrays don't fit the chip.
    """
    if len(faults) != spec.tiles:
        msg = f"faults must be given for {spec.tiles} tiles, not {len(faults)}"
        raise MappingError(msg)
    used = {place.tile: (len(place.inputs), len(place.outputs)) for place in mapping.placements}
    found = []
    for tile, (levels, wrong) in enumerate(zip(mapping.levels, faults, strict=True)):
        rows, columns = used.get(tile, (0, 0))
        found.append(repair_tile(spec, levels, wrong, rows=rows, columns=columns, maps=maps))
    return tuple(found)


def repair_tile(
    spec: ChipSpec,
    levels: ArrayLike,
    faults: ArrayLike,
    *,
    rows: int | None = None,
    columns: int | None = None,
    maps: bool | None = None,
) -> TileRepair:
    """Plan the repair of one tile.

    Parameters
    ----------
    levels
        Logical levels, (R, lines).
    faults
        Bits of `CellFault` of the physical cells, the reference line last, (R, lines + 1).
    rows, columns
        Logical rows and columns in use, from 0; None for all that aren't spare.
    maps
        Whether the chip has maps of columns and rows; None for where it has spares.

    Raises
    ------
    MappingError
        Where an array doesn't fit the chip.
    """
    if maps is None:
        maps = spec.spare_columns > 0 or spec.spare_rows > 0
    planner = _Planner(
        spec,
        _fitting("levels", levels, (spec.rows, spec.lines)),
        _fitting("faults", faults, (spec.rows, spec.lines + 1)),
        spec.data_rows if rows is None else rows,
        spec.data_columns if columns is None else columns,
    )
    return planner.plan(maps=maps)


def seen_levels(spec: ChipSpec, place: PlaceMap, levels: ArrayLike) -> IntArray:
    """Return what the datapath sees of physical levels (R, lines), as logical ones.

    A logical column that no physical one stands for is seen as level 0.
    """
    physical = _fitting("levels", levels, (spec.rows, spec.lines))
    seen = np.zeros_like(physical)
    for line, source in enumerate(place.physical_lines(spec)):
        if source is not None:
            seen[:, line] = physical[list(place.rows), source]
    return seen


class _Planner:
    """The search; costs are sums of absolute errors over the weights in use."""

    def __init__(
        self, spec: ChipSpec, levels: IntArray, faults: IntArray, rows: int, columns: int
    ) -> None:
        self._spec, self._rows, self._columns = spec, rows, columns
        self._group = CellGroup.of(spec)
        share = spec.lines_per_column
        self._wanted: list[list[_Group]] = [
            [tuple(levels[r, share * c : share * (c + 1)].tolist()) for c in range(spec.columns)]
            for r in range(spec.rows)
        ]
        self._held: dict[tuple[int, int], _Held] = {}
        self._faulty = faults[:, :-1] != 0
        for row, line in np.argwhere(self._faulty):
            place = (int(row), int(line) // share)
            if place not in self._held:
                cells = faults[row, share * place[1] : share * (place[1] + 1)]
                self._held[place] = tuple(self._hold(cells.tolist()))
        # The reference line holds level 0, so that a cell that stays there does no harm.
        self._reference = np.array([level != 0 for level in self._hold(faults[:, -1].tolist())])
        self._reference &= faults[:, -1] != 0

    def _hold(self, faults: list[int]) -> list[int | None]:
        held: list[int | None] = []
        for bits in faults:
            level = held_level(CellFault(bits), self._group.levels) if bits else None
            held.append(_UNKNOWN if bits and level is None else level)
        return held

    def plan(self, *, maps: bool) -> TileRepair:
        """Take one measure after the other."""
        spec = self._spec
        rows = list(range(spec.rows))
        columns = list(range(spec.columns))
        measures = ["absorption"] if self._held else []
        before = self._unrepaired()
        for measure in ("columns", "spare columns", "rows") if maps else ():
            if self._total(rows, columns) == 0:
                break
            count = {"columns": spec.data_columns}.get(measure, spec.columns)
            if measure == "rows":
                moved_rows, moved = self._both(rows, columns)
            else:
                moved_rows, moved = rows, self._assign_columns(rows, columns, count)
            if self._total(moved_rows, moved) < self._total(rows, columns):
                rows, columns = moved_rows, moved
                measures.append(measure)
        return self._result(rows, columns, tuple(measures), before)

    def _both(self, rows: list[int], columns: list[int]) -> tuple[list[int], list[int]]:
        """Improve rows and columns in turn until neither gets better."""
        for _ in range(_ROUNDS):
            total = self._total(rows, columns)
            rows = self._assign_rows(rows, columns)
            columns = self._assign_columns(rows, columns, self._spec.columns)
            if self._total(rows, columns) in (0, total):
                break
        return rows, columns

    def _absorbed(self, wanted: _Group, held: _Held) -> Absorbed:
        """Return what the cells become; one of which nothing is known is as wrong as can be."""
        unknown = [place for place, level in enumerate(held) if level == _UNKNOWN]
        if not unknown:
            return absorb(self._group, wanted, held)
        # The others don't make up for what may be anything.
        settled = tuple(wanted[k] if k in unknown else level for k, level in enumerate(held))
        found = absorb(self._group, wanted, settled)
        factors = [abs(self._group.factors[place]) for place in unknown]
        harm = sum(factors) * (self._group.levels - 1)
        return replace(found, error=found.error + (harm if found.error >= 0 else -harm))

    def _error(self, logical: tuple[int, int], physical: tuple[int, int]) -> int:
        wanted = self._wanted[logical[0]][logical[1]]
        return self._absorbed(wanted, self._held[physical]).error

    def _unrepaired(self) -> int:
        total = 0
        for (row, column), held in self._held.items():
            if row < self._rows and column < self._columns:
                wanted = self._wanted[row][column]
                kept = tuple(
                    level if fixed in (None, _UNKNOWN) else fixed
                    for level, fixed in zip(wanted, held, strict=True)
                )
                total += abs(self._group.weight(kept) - self._group.weight(wanted))
        return total

    def _total(self, rows: list[int], columns: list[int]) -> int:
        """Return the sum of errors; `rows` and `columns` name the physical ones."""
        by_row = {physical: logical for logical, physical in enumerate(rows)}
        by_column = {physical: logical for logical, physical in enumerate(columns)}
        total = int(self._reference[rows[: self._rows]].sum()) * self._harm_of_reference
        for row, column in self._held:
            logical = (by_row[row], by_column[column])
            if logical[0] < self._rows and logical[1] < self._columns:
                total += abs(self._error(logical, (row, column)))
        return total

    @property
    def _harm_of_reference(self) -> int:
        """Cost of a row whose cell of the reference line isn't low: it harms every weight."""
        return self._columns * (self._group.levels - 1)

    def _assign_columns(self, rows: list[int], columns: list[int], count: int) -> list[int]:
        """Return which of `count` physical columns stands for each logical one."""
        by_row = {physical: logical for logical, physical in enumerate(rows)}
        costs = np.zeros((self._columns, count), dtype=np.int64)
        for row, column in self._held:
            if column < count and by_row[row] < self._rows:
                for logical in range(self._columns):
                    costs[logical, column] += abs(
                        self._error((by_row[row], logical), (row, column))
                    )
        return _assigned(costs, columns)

    def _assign_rows(self, rows: list[int], columns: list[int]) -> list[int]:
        by_column = {physical: logical for logical, physical in enumerate(columns)}
        costs = np.zeros((self._rows, self._spec.rows), dtype=np.int64)
        costs += self._reference * self._harm_of_reference
        for row, column in self._held:
            if by_column[column] < self._columns:
                for logical in range(self._rows):
                    costs[logical, row] += abs(
                        self._error((logical, by_column[column]), (row, column))
                    )
        return _assigned(costs, rows)

    def _result(
        self, rows: list[int], columns: list[int], measures: tuple[str, ...], before: int
    ) -> TileRepair:
        spec, share = self._spec, self._spec.lines_per_column
        levels = np.zeros((spec.rows, spec.lines), dtype=np.int64)
        residue = []
        for (row, column), held in self._held.items():
            known = [0 if level in (None, _UNKNOWN) else level for level in held]
            levels[row, share * column : share * (column + 1)] = known
        for logical_row, row in enumerate(rows[: self._rows]):
            for logical_column, column in enumerate(columns[: self._columns]):
                wanted = self._wanted[logical_row][logical_column]
                free: _Held = (None,) * share
                found = self._absorbed(wanted, self._held.get((row, column), free))
                levels[row, share * column : share * (column + 1)] = found.levels
                if found.error:
                    weight = self._group.weight(wanted)
                    residue.append(
                        Residue(
                            row=logical_row,
                            column=logical_column,
                            weight=weight - spec.weight_offset,
                            error=found.error,
                        )
                    )
        places: list[int | None] = [None] * spec.columns
        for logical_column, column in enumerate(columns):
            places[column] = logical_column
        return TileRepair(
            place=PlaceMap(columns=tuple(places), rows=tuple(rows)),
            levels=levels,
            locked=self._faulty.copy(),
            measures=measures,
            before=before,
            residue=tuple(residue),
            reference=tuple(
                logical for logical, row in enumerate(rows[: self._rows]) if self._reference[row]
            ),
        )


def _assigned(costs: IntArray, now: list[int]) -> list[int]:
    """Return what stands for each: least cost, and then as little moved as can be."""
    used, there = costs.shape
    weighted = costs * (used + 1) + 1
    for logical in range(used):
        if now[logical] < there:
            weighted[logical, now[logical]] -= 1
    chosen = linear_sum_assignment(weighted)[1].tolist()
    left = [place for place in now if place not in chosen]
    return chosen + left


def _fitting(what: str, given: ArrayLike, shape: tuple[int, int]) -> IntArray:
    array = np.asarray(given)
    if array.shape != shape:
        msg = f"{what} of a tile must have the shape {shape}, not {array.shape}"
        raise MappingError(msg)
    return array.astype(np.int64)
