"""What coverage comes to: shares of bins that were hit, by group and in all, and those missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.points import CoverPoint

__all__ = ["DEFAULT_TARGET", "GroupCoverage", "group_coverage", "shortfalls", "total_coverage"]

DEFAULT_TARGET = 95.0
"""Share of bins that a regression must hit, of each group and in all [%]."""

_MOST_NAMED = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupCoverage:
    """How much of a group was hit."""

    name: str
    """The group."""
    bins: int
    """Bins that the chips have."""
    covered: int
    """Bins that were hit."""
    hits: int
    """Samples that were taken."""
    missed: tuple[str, ...]
    """Bins that weren't hit, each with its point."""

    @property
    def percent(self) -> float:
        """Share of bins that were hit [%]."""
        return 100.0 * self.covered / self.bins if self.bins else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {
            "bins": self.bins,
            "covered": self.covered,
            "hits": self.hits,
            "percent": round(self.percent, 3),
            "missed": list(self.missed),
        }


def group_coverage(counts: CoverCounts) -> tuple[GroupCoverage, ...]:
    """Return the coverage of each group that the chips have a bin of, in the order of the plan."""
    groups: dict[str, list[CoverPoint]] = {}
    for point in counts.points:
        groups.setdefault(point.group, []).append(point)
    found = []
    for name, points in groups.items():
        hits = [(point, bin_, n) for point in points for bin_, n in counts.hits(point).items()]
        if hits:
            found.append(
                GroupCoverage(
                    name=name,
                    bins=len(hits),
                    covered=sum(n > 0 for _, _, n in hits),
                    hits=sum(n for _, _, n in hits),
                    missed=tuple(f"{point.name}: {bin_}" for point, bin_, n in hits if not n),
                )
            )
    return tuple(found)


def total_coverage(groups: Sequence[GroupCoverage]) -> float:
    """Return the mean of the groups, of which each counts the same however many bins it has [%]."""
    return sum(group.percent for group in groups) / len(groups) if groups else 0.0


def shortfalls(groups: Sequence[GroupCoverage], target: float) -> tuple[str, ...]:
    """Return a sentence for each group below a target, with the bins that were missed.

    What no sample was taken for isn't covered, whatever the target.

    Parameters
    ----------
    target
        Of each group, and so of their mean [%].
    """
    if not sum(group.hits for group in groups):
        return ("coverage must be of at least one sample, not of 0",)
    found = []
    for group in groups:
        if group.percent < target:
            named = "; ".join(group.missed[:_MOST_NAMED])
            more = len(group.missed) - _MOST_NAMED
            rest = f"; and {more} more" if more > 0 else ""
            found.append(
                f"coverage of {group.name} must be at least {target:g} %, "
                f"not {group.percent:.1f} %: never hit: {named}{rest}"
            )
    return tuple(found)
