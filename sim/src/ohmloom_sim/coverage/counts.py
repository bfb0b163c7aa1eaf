"""Hits of bins, as they are sampled, kept between processes, and added up."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.coverage.points import CoverPoint
from ohmloom_sim.files import write_json

__all__ = ["CoverCounts"]


class CoverCounts:
    """How often each bin of a plan was hit.

    Parameters
    ----------
    plan
        The points.
    """

    def __init__(self, plan: Iterable[CoverPoint]) -> None:
        self._points = {(point.group, point.name): point for point in plan}
        self._hits = {key: dict.fromkeys(point.bins, 0) for key, point in self._points.items()}

    @property
    def points(self) -> tuple[CoverPoint, ...]:
        """The plan."""
        return tuple(self._points.values())

    def hit(self, group: str, name: str, bin_: str, times: int = 1) -> None:
        """Count samples that fell into a bin.

        Raises
        ------
        ValueError
            Where there is no such bin. One that is said to be absent, and is hit nevertheless,
            shows that the rule is wrong by which it was left out.
        """
        point = self._points.get((group, name))
        if point is None:
            msg = f"a sample must be of a point of the plan, not of '{group}: {name}'"
            raise ValueError(msg)
        if bin_ in point.absent:
            msg = (
                f"bin {bin_!r} of {point.label} must not be hit on this chip: {point.absent[bin_]}"
            )
            raise ValueError(msg)
        if bin_ not in point.bins:
            msg = f"bin of {point.label} must be one of {', '.join(point.bins)}, not {bin_!r}"
            raise ValueError(msg)
        self._hits[group, name][bin_] += times

    def knows(self, group: str, name: str) -> bool:
        """Return whether the plan has a point."""
        return (group, name) in self._points

    def hits(self, point: CoverPoint) -> Mapping[str, int]:
        """Return how often the bins of a point were hit."""
        return self._hits[point.group, point.name]

    def add(self, other: "CoverCounts") -> None:
        """Add the hits of another run; its plan must have no bin that this one lacks."""
        for (group, name), bins in other._hits.items():
            for bin_, times in bins.items():
                self.hit(group, name, bin_, times)

    def save(self, path: Path) -> None:
        """Write what was hit as JSON.

        Raises
        ------
        OhmloomError
            Where the file can't be written.
        """
        write_json(path, self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return what was hit as plain data: hits by group, point and bin."""
        found: dict[str, Any] = {}
        for (group, name), bins in self._hits.items():
            hit = {bin_: times for bin_, times in bins.items() if times}
            if hit:
                found.setdefault(group, {})[name] = hit
        return found

    @classmethod
    def load(cls, path: Path, plan: Iterable[CoverPoint]) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        OhmloomError
            Where the file is damaged, or of another plan.
        """
        counts = cls(plan)
        try:
            for group, points in json.loads(path.read_text(encoding="utf-8")).items():
                for name, bins in points.items():
                    for bin_, times in bins.items():
                        counts.hit(group, name, bin_, times)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            msg = f"samples of coverage '{path}' can't be read: {error}"
            raise OhmloomError(msg) from None
        return counts
