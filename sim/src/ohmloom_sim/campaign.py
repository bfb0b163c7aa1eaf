"""A campaign of faults on a task: accuracy without and with what the chip does against them.

The array is that of the integer model behind converters with noise; what is compared is the same
chip, the same samples and the same faults, with its defences off and on. Cells that are stuck are
wrong weights, not wrong columns: against them cells are placed anew on spare rows and columns, and
the checks, which would have to learn the weights as they are, are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping as NetworkMapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.repair import plan_repair
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.column_checks import CheckTables
from ohmloom_sim.defended_run import CheckCounts, DefendedRun, Layers, run_defended
from ohmloom_sim.fault_models import BitFlips, ModelReads
from ohmloom_sim.injected import ChipFaults, FaultKind, stuck_columns
from ohmloom_sim.intervals import share_interval
from ohmloom_sim.repair_figures import draw_faults, levels_with_faults, with_spares
from ohmloom_sim.tasks import PreparedTask, Task, prepare

__all__ = ["SIZES", "Campaign", "FaultPoint", "check_tables", "run_campaign"]

IntArray = NDArray[np.int64]

SIZES: Mapping[FaultKind, tuple[float, ...]] = {
    FaultKind.COLUMNS: (0, 1, 2, 4, 8),
    FaultKind.FLIPS: (1e-5, 1e-4, 3e-4, 1e-3, 3e-3),
    FaultKind.SPIKES: (1e-4, 1e-3, 3e-3, 1e-2, 3e-2),
    FaultKind.CELLS: (0.05, 0.1, 0.15, 0.2),
}
"""Sizes that a campaign takes unless others are named."""

_SPARES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultPoint:
    """One kind of fault at one size, each list with one entry a draw."""

    kind: FaultKind
    """The kind."""
    size: float
    """Its size, see `FaultKind`."""
    without: tuple[float, ...]
    """Share of the samples that are right with no defence."""
    defended: tuple[float, ...]
    """The same with all of them."""
    failed: tuple[float, ...]
    """Share of the samples whose run a memory ended, with all defences; they aren't right."""
    counts: CheckCounts
    """What the checks found, over all draws."""

    def to_json(self) -> dict[str, Any]:
        """Return the point as plain data, with its intervals of 95 % confidence."""
        return {
            "kind": self.kind.value,
            "size": self.size,
            "without": asdict(share_interval(self.without)),
            "defended": asdict(share_interval(self.defended)),
            "failed": float(np.mean(self.failed)),
            "counts": self.counts.to_json(),
            "draws": {"without": self.without, "defended": self.defended},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """What came of a campaign."""

    chip: str
    """Name of the chip."""
    chip_hash: str
    """First 16 digits of the hash of its description."""
    task: str
    """Name of the task."""
    images: int
    """Samples of each run."""
    seed: int
    """Of everything that is drawn."""
    draws: int
    """How often faults were drawn for each point."""
    points: tuple[FaultPoint, ...]
    """All points, kind by kind."""

    def of(self, kind: FaultKind) -> tuple[FaultPoint, ...]:
        """Return the points of a kind, by size."""
        return tuple(point for point in self.points if point.kind is kind)

    def to_json(self) -> dict[str, Any]:
        """Return the campaign as plain data."""
        plain = {n: getattr(self, n) for n in self.__dataclass_fields__ if n != "points"}
        return {**plain, "points": [point.to_json() for point in self.points]}


def check_tables(spec: ChipSpec, mapping: NetworkMapping, layers: Layers) -> CheckTables | None:
    """Return the tables of the checksums; None without them."""
    if not layers.checksums:
        return None
    return CheckTables.of(spec, mapping, average=layers.average)


def run_campaign(
    spec: ChipSpec,
    task: Task,
    *,
    images: int,
    draws: int,
    seed: int,
    sizes: Mapping[FaultKind, Sequence[float]] = SIZES,
    on_progress: Callable[[int], None] | None = None,
) -> Campaign:
    """Run a campaign.

    Parameters
    ----------
    sizes
        Of each kind that is wanted.
    on_progress
        Called with the number of draws that are through.

    Raises
    ------
    ValueError
        Where there are fewer than two draws, the chip has no defence, or more columns are to be
        stuck than are in use.
    """
    if draws < 2:
        msg = f"draws must be at least 2, not {draws}"
        raise ValueError(msg)
    if Layers.of(spec) == Layers():
        msg = f"chip '{spec.name}' must average, vote or check, or correct its memories, not none"
        raise ValueError(msg)
    spared = with_spares(spec, columns=_SPARES, rows=_SPARES)
    bench = _Bench(spec=spec, prepared=prepare(spec, task, images))
    cells = _Bench(spec=spared, prepared=prepare(spared, task, images))
    points: list[FaultPoint] = []
    done = 0
    for kind, chosen in sizes.items():
        one = cells if kind is FaultKind.CELLS else bench
        for size in chosen:
            pairs = []
            for draw in range(draws):
                pairs.append(one.pair(kind, size, (seed, draw)))
                done += 1
                if on_progress is not None:
                    on_progress(done)
            points.append(_point(kind, size, pairs, one.prepared.task.labels))
    return Campaign(
        chip=spec.name,
        chip_hash=spec.hash[:16],
        task=task.name,
        images=images,
        seed=seed,
        draws=draws,
        points=tuple(points),
    )


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Bench:
    spec: ChipSpec
    prepared: PreparedTask

    def pair(
        self, kind: FaultKind, size: float, seed: tuple[int, int]
    ) -> tuple[DefendedRun, DefendedRun]:
        """Return a run without and one with defences, with the same faults."""
        faults, noise = np.random.default_rng(seed).spawn(2)
        spec, mapping, layers = self.spec, self.prepared.mapping, Layers.of(self.spec)
        mappings = (mapping, mapping)
        port = ChipFaults()
        flips = 0.0
        if kind is FaultKind.COLUMNS:
            port = ChipFaults(lines=stuck_columns(spec, mapping, int(size), faults))
        elif kind is FaultKind.SPIKES:
            port = ChipFaults(spikes=size)
        elif kind is FaultKind.FLIPS:
            flips = size
        else:
            mappings = self._with_stuck_cells(size, faults)
            layers = replace(layers, residue=0, checksums=False, rereads=0)
        without, defended = (
            run_defended(
                spec,
                held,
                self.prepared.inputs,
                reads=ModelReads(
                    spec=spec, mapping=held, rng=np.random.default_rng((*seed, 1)), faults=port
                ),
                layers=these,
                tables=check_tables(spec, mapping, these),
                upsets=BitFlips(probability=flips, rng=upset, secded=these.secded)
                if flips
                else None,
            )
            for held, these, upset in zip(mappings, (Layers(), layers), noise.spawn(2), strict=True)
        )
        return without, defended

    def _with_stuck_cells(
        self, share: float, rng: np.random.Generator
    ) -> tuple[NetworkMapping, NetworkMapping]:
        spec, mapping = self.spec, self.prepared.mapping
        faults = [draw_faults(spec, share, rng) for _ in range(spec.tiles)]
        plans = plan_repair(spec, mapping, faults)
        as_it_was = levels_with_faults(
            spec, mapping.levels, (PlaceMap.identity(spec),) * spec.tiles, faults
        )
        repaired = levels_with_faults(
            spec, [plan.levels for plan in plans], [plan.place for plan in plans], faults
        )
        return replace(mapping, levels=as_it_was), replace(mapping, levels=repaired)


def _point(
    kind: FaultKind,
    size: float,
    pairs: Sequence[tuple[DefendedRun, DefendedRun]],
    labels: IntArray,
) -> FaultPoint:
    counts = CheckCounts()
    for _, defended in pairs:
        counts += defended.counts
    return FaultPoint(
        kind=kind,
        size=size,
        without=tuple(without.accuracy(labels) for without, _ in pairs),
        defended=tuple(defended.accuracy(labels) for _, defended in pairs),
        failed=tuple(float(defended.failed.mean()) for _, defended in pairs),
        counts=counts,
    )
