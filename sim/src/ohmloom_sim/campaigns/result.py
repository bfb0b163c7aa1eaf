"""What came of a campaign, as its store holds it: points, their summary, where they are from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.rtl_check import RtlCheck
from ohmloom_sim.campaigns.store import CampaignStore, Run
from ohmloom_sim.campaigns.summary import Summary, summarise

__all__ = ["CampaignResult"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CampaignResult:
    """All figures of a campaign."""

    plan: Plan
    """The campaign."""
    measured: tuple[tuple[Point, Mapping[str, float]], ...]
    """Points that were measured, each with its measures, by the index."""
    failed: tuple[tuple[Point, str], ...]
    """Points that failed, each with the reason."""
    runs: tuple[Run, ...]
    """Each time that it was run."""
    versions: Mapping[str, str]
    """What it was computed with, by name."""
    check: RtlCheck | None
    """Of the emitted Verilog; None where there was none."""

    @classmethod
    def of(cls, plan: Plan, store: CampaignStore) -> Self:
        """Read it from the store of a campaign."""
        points = plan.points
        return cls(
            plan=plan,
            measured=tuple((points[index], found) for index, found in store.values().items()),
            failed=tuple((points[index], why) for index, why in store.failed().items()),
            runs=store.runs(),
            versions=store.versions(),
            check=store.check(),
        )

    def summary(self) -> Summary | None:
        """Return means and intervals of each setting; None where every point failed."""
        return summarise(self.measured) if self.measured else None

    @property
    def origin(self) -> tuple[tuple[str, str], ...]:
        """Names and values that tell where the figures are from."""
        seeds = self.plan.spec.seeds
        last = seeds.first + seeds.count - 1
        return (
            ("campaign", f"{self.plan.spec.name}, hash {self.plan.hash[:16]}"),
            ("seeds", f"{seeds.first} to {last}, the same for each setting"),
            ("train seed", str(self.plan.spec.task.train_seed)),
            *(
                (f"run {number}, {run.began}", f"{run.points:,} points by {run.workers}")
                for number, run in enumerate(self.runs, start=1)
            ),
            *self.versions.items(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, without what tells one run of it from another."""
        spec, summary = self.plan.spec, self.summary()
        return {
            "campaign": spec.name,
            "title": spec.heading,
            "hash": self.plan.hash,
            "points": len(self.plan.points),
            "seeds": spec.seeds.model_dump(mode="json"),
            "task": spec.task.model_dump(mode="json"),
            "versions": dict(self.versions),
            "failed": {str(point.index): why for point, why in self.failed},
            "check": None if self.check is None else self.check.to_json(),
            "summary": None if summary is None else summary.to_json(),
        }
