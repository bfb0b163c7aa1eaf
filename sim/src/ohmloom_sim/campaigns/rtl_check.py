"""Points of a campaign through the emitted Verilog, too: it must give the same, bit for bit.

The Verilog runs on a simulator with the arrays of the point, made from its seed, behind its ports.
What goes over the ports, what the chip gives, what it counts and how long it takes is held against
the fast chip that the campaign runs on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import HardwareError
from ohmloom_sim.campaigns.point_jobs import co_simulated, prepare_job
from ohmloom_sim.campaigns.point_runs import PointRun, run_point
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.run_times import run_cycles, untimed
from ohmloom_sim.campaigns.texts import setting_text
from ohmloom_sim.job import Answer
from ohmloom_sim.simulate import simulate
from ohmloom_sim.simulators import default_simulator

__all__ = ["CheckedPoint", "RtlCheck", "check_points", "drawn", "first_difference"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedPoint:
    """A point that the emitted Verilog has given alike."""

    index: int
    """Of the point."""
    seed: int
    """Of the point."""
    settings: dict[str, Any]
    """What each factor is set to."""
    samples: int
    """Samples that went through both."""
    codes: int
    """ADC codes that were compared."""
    results: int
    """Results that were compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RtlCheck:
    """What came of a check that passed."""

    simulator: str
    """Of the Verilog."""
    seed: int
    """Of the draw of the points."""
    points: tuple[CheckedPoint, ...]
    """By their index."""

    def to_json(self) -> dict[str, Any]:
        """Return the check as plain data."""
        return {**asdict(self), "points": [asdict(point) for point in self.points]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        points = tuple(CheckedPoint(**point) for point in plain["points"])
        return cls(simulator=plain["simulator"], seed=plain["seed"], points=points)


def drawn(points: Sequence[Point], count: int, seed: int) -> tuple[Point, ...]:
    """Draw points without replacement; all of them where there are fewer. They come by index."""
    some = min(count, len(points))
    chosen = np.random.default_rng(seed).permutation(len(points))[:some]
    return tuple(points[place] for place in sorted(chosen.tolist()))


def check_points(
    points: Sequence[Point],
    *,
    count: int,
    seed: int,
    samples: int,
    folder: Path,
    sim: str | None = None,
    on_progress: Callable[[int], None] | None = None,
    run: Callable[..., Answer] = simulate,
) -> RtlCheck:
    """Send some points through the emitted Verilog, and compare.

    Parameters
    ----------
    points
        Those of the campaign that ended well, by their index.
    count, seed
        How many are drawn, and by what.
    samples
        The first so many samples of each point are run.
    folder
        Where Verilog, builds and answers go.
    sim
        'icarus' or 'verilator'; None for the first that is there.
    on_progress
        Called with the number of points that are through.
    run
        `ohmloom_sim.simulate.simulate`, or what stands in for it.

    Raises
    ------
    ValueError
        Where there is no point or no sample to be checked.
    HardwareError
        Where anything differs: names the point and the first difference.
    ToolError
        Where the simulator is missing or breaks.
    """
    for name, value in (("points", min(count, len(points))), ("samples", samples)):
        if value < 1:
            msg = f"{name} of a check must be at least 1, not {value}"
            raise ValueError(msg)
    simulator = default_simulator().name if sim is None else sim
    checked = []
    for point in drawn(points, count, seed):
        place = folder / f"point-{point.index}"
        checked.append(_checked(point, samples, place, simulator, run))
        if on_progress is not None:
            on_progress(len(checked))
    return RtlCheck(simulator=simulator, seed=seed, points=tuple(checked))


def _checked(
    point: Point, samples: int, folder: Path, simulator: str, run: Callable[..., Answer]
) -> CheckedPoint:
    whole = prepare_job(point.spec(), point.task)
    job = replace(whole, inputs=whole.inputs[:samples])
    answer = run(co_simulated(job, point), sim=simulator, folder=folder)
    fast = run_point(job, point)
    found = first_difference(fast, answer)
    if found is not None:
        settings = setting_text(point.settings, tuple(point.settings))
        where = [f"point {point.index}", settings, f"seed {point.seed}"]
        msg = f"{', '.join(part for part in where if part)}: {found}"
        raise HardwareError(msg)
    return CheckedPoint(
        index=point.index,
        seed=point.seed,
        settings=dict(point.settings),
        samples=len(job.inputs),
        codes=int((fast.chip.recording.codes >= 0).sum()),
        results=fast.chip.results.size,
    )


def first_difference(fast: PointRun, answer: Answer) -> str | None:
    """Return the first thing in which the Verilog differs, in words; None if nothing does."""
    for name, places, ours, theirs in _compared(fast, answer):
        found = _difference(name, places, np.asarray(ours), np.asarray(theirs))
        if found is not None:
            return found
    return None


_Compared = tuple[str, tuple[str, ...], ArrayLike, ArrayLike]


def _compared(fast: PointRun, answer: Answer) -> Iterator[_Compared]:
    """Give what is compared, the cause before what follows from it."""
    ours, theirs = fast.chip.recording, answer.recording
    written = fast.arrays.cells
    if written is not None:
        assert answer.written is not None
        for name, values in written.arrays().items():
            there = answer.written.cells.arrays()[name]
            yield f"{name} of a written cell", ("tile", "row", "line"), values, there
    yield "tile of a pass", ("pass",), ours.tile, theirs.tile
    yield "DAC code", ("pass", "row"), ours.inputs, theirs.inputs
    yield "ADC code", ("pass", "line"), ours.codes, theirs.codes
    yield "clipped codes", ("pass",), ours.clipped, theirs.clipped
    yield "result", ("sample", "output"), fast.chip.results, answer.results
    yield "winner", ("sample",), fast.chip.winners, answer.winners
    yield "conversions", (), fast.chip.conversions, answer.conversions
    yield "clipped conversions", (), fast.chip.clipped, answer.clipped
    for name, register in (("rereads", "CHECK_REREAD"), ("doubtful", "CHECK_DOUBTFUL")):
        if register in answer.ecc_counts:
            yield name, (), getattr(fast.chip.counts, name), answer.ecc_counts[register]
    if untimed(fast.job.spec) is None:
        cycles = run_cycles(fast.job.spec, fast.job.mapping.table)
        yield "cycles", ("sample",), np.full(fast.samples, cycles), answer.cycles


def _difference(
    name: str, places: Sequence[str], ours: NDArray[Any], theirs: NDArray[Any]
) -> str | None:
    if ours.shape != theirs.shape:
        return f"{name} must have the shape {theirs.shape} of the Verilog's, not {ours.shape}"
    wrong = np.argwhere(ours != theirs)
    if not len(wrong):
        return None
    first = tuple(int(k) for k in wrong[0])
    where = ", ".join(f"{what} {place}" for what, place in zip(places, first, strict=True))
    of = f" at {where}" if where else ""
    return f"{name}{of} must be the Verilog's {int(theirs[first])}, not {int(ours[first])}"
