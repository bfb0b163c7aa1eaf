"""What a sample of a Monte Carlo of tiles costs, and what sparse elimination takes of the same."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from threadpoolctl import threadpool_limits

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines import make_engine
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.bench.comparison import AGREEMENT, difference
from ohmloom_sim.bench.measure import SuperLU
from ohmloom_sim.matrix_job import MatrixJob
from ohmloom_sim.monte_carlo import sample_tiles, tile_job

__all__ = ["TileCost", "apart", "as_data", "tile_costs", "tile_table"]

Floats = NDArray[np.float64]

_SAMPLES = 100
_SOLVED = 10
_VECTORS = 8
_ROWS = 64
_SEGMENT = 1.0

# 64 lines in pairs, and 64 pairs.
_COLUMNS = (32, 64)


@dataclass(frozen=True, kw_only=True, slots=True)
class TileCost:
    """Of tiles of one size, each with cells and noise of its own."""

    rows: int
    """Word lines."""
    lines: int
    """Bit lines, the reference line left out."""
    vectors: int
    """Products of a sample, each of as many passes as inputs have slices."""
    samples: int
    """How many there were."""
    seconds: float
    """CPU time of a sample, from drawing its cells to its figures [s]."""
    superlu: float
    """CPU time of SuperLU for the wires of the same passes alone [s]."""
    difference: float
    """Of the currents of both, as a part of the largest."""


def tile_costs(*, seed: int) -> list[TileCost]:
    """Measure both readings of 64 x 64: bit lines, and pairs of them; on one thread."""
    with threadpool_limits(limits=1):
        return [_cost(_chip(columns), seed) for columns in _COLUMNS]


def as_data(costs: Sequence[TileCost]) -> list[dict[str, Any]]:
    """Return plain data."""
    return [asdict(cost) | {"samples_per_second": 1 / cost.seconds} for cost in costs]


def apart(costs: Sequence[TileCost]) -> list[str]:
    """Return a line for each size at which the two solvers don't agree."""
    return [
        f"superlu differs by {cost.difference:.1e} of the largest output at a tile of "
        f"{cost.rows} x {cost.lines}"
        for cost in costs
        if not cost.difference <= AGREEMENT
    ]


def tile_table(costs: Sequence[TileCost]) -> Table:
    """Return a row a size."""
    title = "Monte Carlo of tiles, CPU ms: a sample all in, and superlu for its wires alone"
    shown = Table(title=title, title_justify="left")
    for heading in (
        "rows x lines",
        "vectors",
        "samples",
        "a sample",
        "samples/s",
        "superlu",
        "differs by",
    ):
        shown.add_column(heading, justify="right")
    for cost in costs:
        shown.add_row(
            f"{cost.rows} x {cost.lines}",
            str(cost.vectors),
            str(cost.samples),
            f"{cost.seconds * 1e3:.3g}",
            f"{1 / cost.seconds:.3g}",
            f"{cost.superlu * 1e3:.3g}",
            f"{cost.difference:.1e}",
        )
    return shown


def _chip(columns: int) -> ChipSpec:
    """Return the default chip with one larger tile, and wires that SuperLU's problem has, too."""
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    tile = plain["tile"][0]
    tile.update(rows=_ROWS, columns=columns, count=1)
    tile["wires"] = {"r_word": _SEGMENT, "r_bit": _SEGMENT}
    tile["cell"]["spread"] = 0.02
    tile["effects"] = {"read_noise": 0.01}
    return ChipSpec.parse(plain, source="bench")


def _cost(spec: ChipSpec, seed: int) -> TileCost:
    seeds = range(seed, seed + _SAMPLES)
    # What is loaded and compiled once isn't part of a sample.
    sample_tiles(spec, seeds[:1], vectors=_VECTORS)
    began = time.process_time()
    sample_tiles(spec, seeds, vectors=_VECTORS)
    took = (time.process_time() - began) / _SAMPLES
    job = tile_job(spec, _VECTORS, 0)
    voltages = _voltages(job)
    spent, worst = 0.0, 0.0
    for one in seeds[:_SOLVED]:
        crossbar = _crossbar(job, one)
        began = time.process_time()
        found = SuperLU().first(crossbar.conductance, _SEGMENT, voltages)
        spent += time.process_time() - began
        engine = make_engine("nodal")
        engine.load(crossbar)
        worst = max(worst, difference(found, engine.currents(voltages)))
    return TileCost(
        rows=spec.rows,
        lines=spec.lines,
        vectors=_VECTORS,
        samples=_SAMPLES,
        seconds=took,
        superlu=spent / len(seeds[:_SOLVED]),
        difference=worst,
    )


def _crossbar(job: MatrixJob, seed: int) -> Crossbar:
    chip = AnalogChip.build(job.spec, job.mapping.levels, engine="ideal", seed=seed, read_only=True)
    return chip.tiles[0].crossbar.linearised()


def _voltages(job: MatrixJob) -> Floats:
    """Return what the drivers give in all passes, passes x R [V]."""
    bits = job.spec.input.slice_bits
    top = (1 << bits) - 1
    slices = [job.inputs >> (bits * piece) & top for piece in range(job.spec.input.slices)]
    codes = np.stack(slices, axis=1).reshape(-1, job.spec.rows)
    return np.asarray(codes * (job.spec.dac.v_read / top), dtype=np.float64)
