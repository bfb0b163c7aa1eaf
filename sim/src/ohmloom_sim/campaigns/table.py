"""The table of a campaign: one line a point, and the same bytes in whatever order it ran."""

import csv
import io

from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.store import CampaignStore

__all__ = ["point_table"]


def point_table(plan: Plan, store: CampaignStore) -> str:
    """Return all points that have ended as CSV, by their index.

    The columns are the index, the id, the factors, the seed, the measures, and why it failed.
    Numbers are written such that reading them gives the same ones.
    """
    factors, measures = tuple(plan.spec.factors), plan.spec.measures
    values, failed = store.values(), store.failed()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["point", "id", *factors, "seed", *measures, "error"])
    for index in sorted(store.done()):
        point, found = plan.points[index], values.get(index, {})
        writer.writerow(
            [
                index,
                point.id,
                *(point.settings[name] for name in factors),
                point.seed,
                *(repr(found[name]) if name in found else "" for name in measures),
                failed.get(index, ""),
            ]
        )
    return text.getvalue()
