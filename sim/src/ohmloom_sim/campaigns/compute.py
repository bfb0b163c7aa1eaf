"""What a worker does: it measures the points of a chunk, and says which of them can't be."""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from ohmloom_analog.errors import OhmloomError, ToolError
from ohmloom_sim.campaigns.measures import measure_points
from ohmloom_sim.campaigns.points import Point

__all__ = ["Outcome", "compute_chunk"]

# A worker of a cluster may have several threads, but ngspice runs once a process.
_ONE_AT_A_TIME = threading.Lock()

_OF_THE_POINT = (OhmloomError, ValueError, ArithmeticError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a point."""

    index: int
    """Of the point."""
    values: Mapping[str, float]
    """What was measured, by the measure; empty where it failed."""
    error: str | None = None
    """Why nothing was measured; None where it was."""


def compute_chunk(points: Sequence[Point]) -> tuple[Outcome, ...]:
    """Measure points; what is wrong with one of them fails that one alone.

    The same points give the same bytes in whatever process: the linear algebra has one thread.

    Raises
    ------
    ToolError
        Where the machine lacks something, which is no fault of the points.
    """
    with _ONE_AT_A_TIME, threadpool_limits(limits=1):
        try:
            return _measured(points)
        except _OF_THE_POINT as error:
            _check_machine(error)
        return tuple(_alone(point) for point in points)


def _alone(point: Point) -> Outcome:
    try:
        return _measured([point])[0]
    except _OF_THE_POINT as error:
        _check_machine(error)
        return Outcome(index=point.index, values={}, error=str(error) or type(error).__name__)


def _check_machine(error: Exception) -> None:
    if isinstance(error, ToolError):
        raise error


def _measured(points: Sequence[Point]) -> tuple[Outcome, ...]:
    found = measure_points(points)
    outcomes = []
    for point, values in zip(points, found, strict=True):
        kept = {name: float(values[name]) for name in point.measures}
        for name, value in kept.items():
            if not math.isfinite(value):
                msg = f"{name} must be finite, not {value!r}"
                raise ValueError(msg)
        outcomes.append(Outcome(index=point.index, values=kept))
    return tuple(outcomes)
