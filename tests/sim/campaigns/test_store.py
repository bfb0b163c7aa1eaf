import sqlite3
from contextlib import closing

import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.campaigns import store as store_module
from ohmloom_sim.campaigns.compute import Outcome
from ohmloom_sim.campaigns.store import CampaignStore
from ohmloom_sim.campaigns.table import point_table


def outcome(index, error=None):
    values = {} if error else {"mvm_error": 1 / (3 + index), "clipped": 0.0}
    return Outcome(index=index, values=values, error=error)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "small.sqlite"


def test_what_is_added_is_there_when_opened_again(path, planned):
    plan = planned()
    with CampaignStore(path, plan) as store:
        run = store.begin_run("me")
        store.add(run, [outcome(0), outcome(1, "unsolvable")])
        store.end_run(run)

    with CampaignStore(path, plan) as store:
        assert store.done() == {0, 1}
        assert store.failed() == {1: "unsolvable"}
        assert store.values() == {0: {"mvm_error": 1 / 3, "clipped": 0.0}}
        (run,) = store.runs()
        assert (run.workers, run.points) == ("me", 2)
        assert run.began <= run.ended


def test_table_is_the_same_in_whatever_order_points_ended(tmp_path, planned):
    plan, tables = planned(), []
    for name, order in (("a", range(20)), ("b", reversed(range(20)))):
        with CampaignStore(tmp_path / name, plan) as store:
            run = store.begin_run(name)
            for index in order:
                store.add(run, [outcome(index, "a, b" if index == 7 else None)])
            tables.append(point_table(plan, store))

    assert tables[0] == tables[1]
    lines = tables[0].splitlines()
    assert lines[0] == "point,id,spread,adc_bits,seed,mvm_error,clipped,error"
    assert len(lines) == 21
    assert lines[1] == f"0,{plan.points[0].id},0.0,6,0,0.3333333333333333,0.0,"
    assert lines[8] == f'7,{plan.points[7].id},0.0,8,2,,,"a, b"'
    assert lines[20] == f"19,{plan.points[19].id},0.1,8,4,{1 / 22!r},0.0,"


def test_points_of_a_chunk_are_added_together_or_not_at_all(path, planned):
    plan = planned()
    with CampaignStore(path, plan) as store:
        run = store.begin_run("me")
        store.add(run, [outcome(3)])
        with pytest.raises(
            OhmloomError, match=r"^store '.*' must get each point once: UNIQUE constraint failed: "
        ):
            store.add(run, [outcome(2), outcome(3)])
        assert store.done() == {3}
        assert list(store.values()) == [3]


def test_store_of_another_campaign_is_refused(path, planned):
    CampaignStore(path, planned()).close()
    other, plan = planned(name="other", seeds={"count": 6}), planned()
    message = (
        rf"^store '.*' must be that of campaign 'other' with the hash {other.hash[:16]}, "
        rf"not of 'small' with {plan.hash[:16]}; name another by --store$"
    )
    with pytest.raises(OhmloomError, match=message):
        CampaignStore(path, other)
    CampaignStore(path, plan).close()


def test_store_that_is_open_is_refused(path, planned):
    plan = planned()
    message = r"^store '.*' must not be in use, but another run has it open$"
    with CampaignStore(path, plan), pytest.raises(OhmloomError, match=message):
        CampaignStore(path, plan)


def test_file_that_is_no_store_is_refused(path, planned):
    path.write_text("point,id\n" * 200)
    message = r"^store '.*' must be a database of a campaign, not another file: file is not a"
    with pytest.raises(OhmloomError, match=message):
        CampaignStore(path, planned())
    assert path.read_text() == "point,id\n" * 200


def test_database_of_something_else_is_refused(path, planned):
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE things (name TEXT)")
    message = r"^store '.*' must be that of a campaign, not another database$"
    with pytest.raises(OhmloomError, match=message):
        CampaignStore(path, planned())


def test_folder_is_refused(tmp_path, planned):
    with pytest.raises(OhmloomError, match=r"^store '.*' can't be written: unable to open"):
        CampaignStore(tmp_path, planned())


def test_campaign_isnt_gone_on_with_another_version(path, planned, monkeypatch):
    plan, now = planned(), store_module.versions()
    CampaignStore(path, plan).close()
    monkeypatch.setattr(store_module, "versions", lambda: {**now, "numpy": "0.1"})
    begun = rf"must be gone on with numpy {now['numpy']}, not 0\.1"
    message = rf"^store '.*' {begun}; name another by --store$"
    with CampaignStore(path, plan) as store, pytest.raises(OhmloomError, match=message):
        store.begin_run("me")


def test_failed_points_can_be_forgotten(path, planned):
    with CampaignStore(path, planned()) as store:
        run = store.begin_run("me")
        store.add(run, [outcome(0), outcome(1, "no")])
        store.forget_failed()
        assert store.done() == {0}
        store.add(store.begin_run("me again"), [outcome(1)])
        assert store.failed() == {}
        assert [run.points for run in store.runs()] == [1, 1]


def test_store_tells_by_itself_what_it_holds(path, planned):
    with CampaignStore(path, planned()) as store:
        store.add(store.begin_run("me"), [outcome(19)])
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT value, seed, factors FROM results JOIN points USING (point)"
            " JOIN settings USING (setting) WHERE measure = 'mvm_error'"
        ).fetchall()
        facts = dict(db.execute("SELECT key, value FROM campaign").fetchall())
    assert found == [(1 / 22, 4, '{"spread": 0.1, "adc_bits": 8}')]
    assert facts["description"] == "text"
    assert facts["seeds"] == '{"first": 0, "count": 5}'
