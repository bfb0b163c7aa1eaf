"""Runs what is left of a campaign: chunks go to workers, and what comes back into the store."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import TypeAlias

from ohmloom_analog.errors import ToolError
from ohmloom_sim.campaigns.compute import Outcome, compute_chunk
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.points import Point
from ohmloom_sim.campaigns.store import CampaignStore
from ohmloom_sim.campaigns.workers import Workers

__all__ = ["run_campaign"]

_Outcomes: TypeAlias = tuple[Outcome, ...]

# So many chunks wait for each worker that it needn't wait for this process.
_AHEAD = 3


def run_campaign(
    plan: Plan,
    store: CampaignStore,
    workers: Workers,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Compute the points that aren't in the store, and store each chunk as it ends.

    Parameters
    ----------
    on_progress
        Called with the number of points that are in the store.

    Returns
    -------
    int
        How many were computed.

    Raises
    ------
    ToolError
        Where a worker dies; what has ended until then is stored.
    OhmloomError
        Where the store can't be written, or was begun with other versions.
    """
    there = store.done()
    chunks = plan.chunks(there)
    if on_progress is not None:
        on_progress(len(there))
    if not chunks:
        return 0
    run = store.begin_run(workers.name)
    computed = 0
    try:
        for outcomes in _computed(chunks, workers):
            store.add(run, outcomes)
            computed += len(outcomes)
            if on_progress is not None:
                on_progress(len(there) + computed)
    except BrokenExecutor as error:
        msg = f"a worker died, perhaps for want of memory: {error}; run it again to go on"
        raise ToolError(msg) from error
    store.end_run(run)
    return computed


def _computed(chunks: Sequence[tuple[Point, ...]], workers: Workers) -> Iterator[_Outcomes]:
    waiting = iter(chunks)
    under_way: set[Future[_Outcomes]] = set()
    while True:
        for chunk in itertools.islice(waiting, workers.count * _AHEAD - len(under_way)):
            under_way.add(workers.executor.submit(compute_chunk, chunk))
        if not under_way:
            return
        ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for future in ended:
            yield future.result()
