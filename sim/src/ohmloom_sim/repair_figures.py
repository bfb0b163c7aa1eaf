"""What stuck cells cost a task, and what repair gives back, by the integer model of the chip."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.faults import P_STUCK_HRS, P_STUCK_LRS, stuck_cells
from ohmloom_analog.integer import run_integers
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.repair import plan_repair, seen_levels
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.tasks import PreparedTask

__all__ = [
    "RepairFigures",
    "draw_faults",
    "levels_with_faults",
    "repair_figures",
    "with_spares",
]

Faults = NDArray[np.uint8]

_MEASURES: tuple[str, ...] = ("absorption", "columns", "spare columns", "rows")


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairFigures:
    """The figures, each list with one entry a draw of stuck cells."""

    stuck: float
    """Share of the cells that are stuck."""
    spare_columns: int
    """Of each tile."""
    spare_rows: int
    """Of each tile."""
    fault_free: float
    """Share of the samples that the chip gets right without stuck cells."""
    before: tuple[float, ...]
    """The same with them."""
    after: tuple[float, ...]
    """The same after repair."""
    wrong_before: tuple[int, ...]
    """Sum of the errors of all weights, in units of the lowest level."""
    wrong_after: tuple[int, ...]
    """The same after repair."""
    measures: dict[str, int]
    """Tiles that needed each measure, over all draws."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def with_spares(spec: ChipSpec, *, columns: int, rows: int) -> ChipSpec:
    """Return a chip with more columns and rows in each tile, all of them spare.

    Raises
    ------
    SpecError
        Where there can't be such a chip.
    """
    plain = spec.model_dump(mode="json", exclude_none=True)
    for tile in plain["tile"]:
        tile["columns"] += columns
        tile["rows"] += rows
    plain["spare_columns"] += columns
    plain["spare_rows"] += rows
    return ChipSpec.parse(plain)


def repair_figures(
    spec: ChipSpec, prepared: PreparedTask, *, stuck: float, draws: int, seed: int
) -> RepairFigures:
    """Draw stuck cells, and classify the samples with and without repair.

    HRS and LRS are stuck in the ratio that `ohmloom_analog.faults` quotes. The cells of the
    reference line may be stuck, too; what they conduct is taken from all lines.

    Parameters
    ----------
    stuck
        Share of the cells.
    draws
        How often they are drawn.
    seed
        Of the draws.

    Raises
    ------
    ValueError
        Where the share isn't one, or there are no draws.
    """
    if draws < 1:
        msg = f"draws must be at least 1, not {draws}"
        raise ValueError(msg)
    mapping, identity = prepared.mapping, (PlaceMap.identity(spec),) * spec.tiles
    before, after = [], []
    counts = dict.fromkeys(_MEASURES, 0)
    wrong: list[tuple[int, int]] = []
    for rng in np.random.default_rng(seed).spawn(draws):
        faults = [draw_faults(spec, stuck, rng) for _ in range(spec.tiles)]
        plans = plan_repair(spec, mapping, faults)
        before.append(_accuracy(spec, prepared, mapping.levels, identity, faults))
        places = [plan.place for plan in plans]
        repaired = [plan.levels for plan in plans]
        after.append(_accuracy(spec, prepared, repaired, places, faults))
        wrong.append((sum(plan.before for plan in plans), sum(plan.after for plan in plans)))
        for plan in plans:
            for measure in plan.measures:
                counts[measure] += 1
    none = [np.zeros((spec.rows, spec.lines + 1), dtype=np.uint8)] * spec.tiles
    return RepairFigures(
        stuck=stuck,
        spare_columns=spec.spare_columns,
        spare_rows=spec.spare_rows,
        fault_free=_accuracy(spec, prepared, mapping.levels, identity, none),
        before=tuple(before),
        after=tuple(after),
        wrong_before=tuple(first for first, _ in wrong),
        wrong_after=tuple(last for _, last in wrong),
        measures=counts,
    )


def draw_faults(spec: ChipSpec, stuck: float, rng: np.random.Generator) -> Faults:
    """Draw the stuck cells of a tile, rows x lines with the reference line."""
    share = P_STUCK_HRS / (P_STUCK_HRS + P_STUCK_LRS)
    low, high = stuck_cells((spec.rows, spec.lines + 1), stuck * share, stuck * (1 - share), rng)
    faults = low * np.uint8(CellFault.STUCK_HRS) + high * np.uint8(CellFault.STUCK_LRS)
    return faults.astype(np.uint8)


def _accuracy(
    spec: ChipSpec,
    prepared: PreparedTask,
    levels: Sequence[NDArray[np.int64]],
    places: Sequence[PlaceMap],
    faults: Sequence[Faults],
) -> float:
    seen = levels_with_faults(spec, levels, places, faults)
    mapping: Mapping = replace(prepared.mapping, levels=seen)
    totals = run_integers(spec, mapping, prepared.inputs).layers[-1]
    return float((totals.argmax(axis=1) == prepared.task.labels).mean())


def levels_with_faults(
    spec: ChipSpec,
    levels: Sequence[NDArray[np.int64]],
    places: Sequence[PlaceMap],
    faults: Sequence[Faults],
) -> tuple[NDArray[np.int64], ...]:
    """Return the levels that a run sees at the places of the network, one array a tile.

    Parameters
    ----------
    levels
        As they were written, rows x lines a tile.
    places
        Where rows and columns are, one map a tile.
    faults
        Of cells, rows x lines with the reference line, a tile.
    """
    top = spec.tile[0].cell.levels - 1
    seen = []
    for written, place, wrong in zip(levels, places, faults, strict=True):
        cells = np.hstack([written, np.zeros((spec.rows, 1), dtype=np.int64)])
        cells[(wrong & CellFault.STUCK_HRS) != 0] = 0
        cells[(wrong & CellFault.STUCK_LRS) != 0] = top
        seen.append(seen_levels(spec, place, cells[:, :-1] - cells[:, -1:]))
    return tuple(seen)
