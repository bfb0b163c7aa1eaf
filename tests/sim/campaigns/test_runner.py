import functools
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import distributed
import pytest

from ohmloom_analog.errors import OhmloomError, ToolError
from ohmloom_sim.campaigns import workers as workers_module
from ohmloom_sim.campaigns.compute import compute_chunk
from ohmloom_sim.campaigns.description import load_campaign
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.runner import run_campaign
from ohmloom_sim.campaigns.store import CampaignStore
from ohmloom_sim.campaigns.table import point_table
from ohmloom_sim.campaigns.workers import Workers, cluster_workers, local_workers

HERE = Path(__file__).parent
POINTS = 32
PATIENCE = 60.0


@pytest.fixture(scope="module")
def plan():
    return Plan.of(load_campaign(HERE / "small.toml"))


@pytest.fixture(scope="module")
def expected(plan, tmp_path_factory):
    """Return the table, computed backwards in this process."""
    path = tmp_path_factory.mktemp("expected") / "small.sqlite"
    with CampaignStore(path, plan) as store:
        run = store.begin_run("this process")
        for chunk in reversed(plan.chunks()):
            store.add(run, compute_chunk(chunk))
        return point_table(plan, store)


def test_local_processes_give_the_same_table(plan, expected, tmp_path):
    told = []
    with CampaignStore(tmp_path / "s", plan) as store:
        with local_workers(2) as workers:
            computed = run_campaign(plan, store, workers, on_progress=told.append)
        assert computed == POINTS
        assert point_table(plan, store) == expected
        (run,) = store.runs()
        assert (run.workers, run.points, run.ended is None) == ("2 local processes", POINTS, False)
    assert told[0] == 0
    assert told[-1] == POINTS
    assert told == sorted(told)


def test_two_workers_of_a_cluster_give_the_same_table(plan, expected, tmp_path):
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster, CampaignStore(tmp_path / "s", plan) as store:
        with cluster_workers(cluster.scheduler_address) as workers:
            assert workers.count == 2
            assert run_campaign(plan, store, workers) == POINTS
        assert point_table(plan, store) == expected


def test_killed_run_goes_on_with_nothing_run_twice_or_lost(plan, expected, inline, tmp_path):
    path = tmp_path / "small.sqlite"
    process = subprocess.Popen(
        [sys.executable, HERE / "killed_run.py", HERE / "small.toml", path],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        for line in process.stdout:
            told, *children = (int(word) for word in line.split())
            if told >= POINTS // 3:
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(children) >= 2
    wait_for_end(children)

    goes_on = inline()
    with CampaignStore(path, plan) as store:
        there = store.done()
        assert told <= len(there) < POINTS
        computed = run_campaign(plan, store, goes_on)
        assert sorted(goes_on.executor.computed) == sorted(set(range(POINTS)) - there)
        assert computed == POINTS - len(there)
        assert [run.points for run in store.runs()] == [len(there), computed]
        assert store.runs()[0].ended is None
        assert point_table(plan, store) == expected


def wait_for_end(processes):
    end = time.monotonic() + PATIENCE
    while left := [one for one in processes if is_running(one)]:
        assert time.monotonic() < end, f"processes {left} outlived the one that began them"
        time.sleep(0.05)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that has ended stays in the list of processes until it is waited for.
    state = re.search(r"\) (\w)", Path(f"/proc/{process}/stat").read_text())
    return state is not None and state[1] != "Z"


def test_finished_campaign_runs_nothing(plan, inline, tmp_path):
    with CampaignStore(tmp_path / "s", plan) as store:
        run_campaign(plan, store, inline())
        again = inline()
        assert run_campaign(plan, store, again) == 0
        assert again.executor.computed == []
        assert len(store.runs()) == 1


def test_campaign_ends_with_failed_points_in_its_table(planned, inline, tmp_path):
    # At 1 K wires with this coefficient would have less than no resistance.
    plan = planned(
        fixed={
            "tile.count": 1,
            "tile.rows": 8,
            "tile.columns": 4,
            "tile.effects.temperature.wire": 0.01,
        },
        factors={"temperature": [300.0, 1.0]},
        seeds={"count": 2},
    )
    with CampaignStore(tmp_path / "s", plan) as store:
        run_campaign(plan, store, inline())
        assert list(store.values()) == [0, 1]
        why = "temperature must leave a positive resistance, not -299 K from its reference at "
        assert store.failed() == {2: f"{why}0.01 1/K", 3: f"{why}0.01 1/K"}
        assert point_table(plan, store).endswith(f',1.0,1,,,"{why}0.01 1/K"\n')


def test_dead_worker_is_told_and_what_ended_is_kept(plan, inline, tmp_path):
    class Dying(type(inline().executor)):
        def submit(self, function, chunk):
            return super().submit(die if len(self.computed) >= 10 else function, chunk)

    def die(_):
        raise BrokenExecutor("terminated abruptly")

    with CampaignStore(tmp_path / "s", plan) as store:
        with pytest.raises(
            ToolError,
            match="^a worker died, perhaps for want of memory: terminated abruptly; "
            "run it again to go on$",
        ):
            run_campaign(plan, store, Workers(executor=Dying(), count=1, name="w"))
        assert 2 <= len(store.done()) <= 10
        kept = len(store.done())
        assert run_campaign(plan, store, inline()) == POINTS - kept


def test_stopped_processes_end_at_once():
    children = []

    def stop(workers):
        asleep = workers.executor.submit(time.sleep, 10 * PATIENCE)
        while not asleep.running():
            time.sleep(0.05)
        children.extend(process.pid for process in multiprocessing.active_children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), local_workers(2) as workers:
        stop(workers)
    assert children
    wait_for_end(children)


def test_no_jobs_are_refused():
    with pytest.raises(ValueError, match="^jobs must be at least 1, not 0$"), local_workers(0):
        pass


def test_scheduler_that_doesnt_answer_is_refused(monkeypatch):
    monkeypatch.setattr(workers_module, "_PATIENCE", 0.5)
    message = r"^scheduler must answer at 'tcp://127\.0\.0\.1:9', which it doesn't: "
    with pytest.raises(ToolError, match=message), cluster_workers("tcp://127.0.0.1:9"):
        pass


def test_missing_dask_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    message = r"^Dask isn't installed; it comes with: pip install 'ohmloom\[cluster\]'$"
    with pytest.raises(OhmloomError, match=message), cluster_workers("127.0.0.1:8786"):
        pass


def test_cluster_without_workers_or_with_others_is_refused(monkeypatch):
    monkeypatch.setattr(workers_module, "_PATIENCE", 2.0)
    cluster = distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
    )
    with cluster:
        address = cluster.scheduler_address
        message = r"^scheduler at '.*' must have at least one worker, not 0$"
        with pytest.raises(ToolError, match=message), cluster_workers(address):
            pass
        cluster.scale(1)
        theirs = workers_module.versions()
        monkeypatch.setattr(workers_module, "versions", _Changing(theirs))
        message = rf"^worker .* must have numpy 0\.1, not {theirs['numpy']}$"
        with pytest.raises(ToolError, match=message), cluster_workers(address):
            pass


class _Changing:
    """Gives what a worker has when it is sent to one, and something else here."""

    def __init__(self, theirs):
        self.theirs = theirs

    def __call__(self):
        return {**self.theirs, "numpy": "0.1"}

    def __reduce__(self):
        return functools.partial, (dict, self.theirs)
