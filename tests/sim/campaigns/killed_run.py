"""A campaign on two processes that tells how far it is, slowly enough to be killed in between."""

import multiprocessing
import sys
import time
from pathlib import Path

from ohmloom_sim.campaigns.description import load_campaign
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.runner import run_campaign
from ohmloom_sim.campaigns.store import CampaignStore
from ohmloom_sim.campaigns.workers import local_workers


def tell(done):
    workers = [process.pid for process in multiprocessing.active_children()]
    sys.stdout.write(f"{done} {' '.join(map(str, workers))}\n")
    sys.stdout.flush()
    time.sleep(0.2)


if __name__ == "__main__":
    plan = Plan.of(load_campaign(sys.argv[1]))
    with CampaignStore(Path(sys.argv[2]), plan) as store, local_workers(2) as workers:
        run_campaign(plan, store, workers, on_progress=tell)
