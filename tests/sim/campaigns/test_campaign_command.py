import csv
import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmloom_analog.errors import HardwareError
from ohmloom_sim.campaigns import compute
from ohmloom_sim.campaigns.description import example_names, load_campaign
from ohmloom_sim.campaigns.rtl_check import CheckedPoint, RtlCheck
from ohmloom_sim.cli import app
from ohmloom_sim.commands import campaign as campaign_command

SMALL = Path(__file__).with_name("small.toml")
POINTS = 32


def checked(points, *, count, seed, samples, folder, sim, on_progress):
    """Stand in for the co-simulation, which has tests of its own."""
    held = [
        CheckedPoint(
            index=point.index,
            seed=point.seed,
            settings=point.settings,
            samples=samples,
            codes=64,
            results=8,
        )
        for point in points[:count]
    ]
    return RtlCheck(simulator=sim or "icarus", seed=seed, points=tuple(held))


@pytest.fixture
def worker(inline):
    return inline()


@pytest.fixture
def ohmloom(tmp_path, monkeypatch, worker):
    """Run the command line in a folder with a small campaign, on a worker of this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(campaign_command, "local_workers", lambda jobs: nullcontext(worker))
    monkeypatch.setattr(campaign_command, "check_points", checked)
    shutil.copyfile(SMALL, "small.toml")
    return lambda *arguments: CliRunner().invoke(app, ["campaign", *map(str, arguments)])


def test_campaign_is_run_stored_and_summed_up(ohmloom):
    result = ohmloom("small.toml", "--table", "t.csv", "--json", "f.json")

    assert result.exit_code == 0, result.output
    assert "32 points, 0 failed, seeds 0 to 7; the store is small.sqlite" in result.stdout
    figures = json.loads(Path("f.json").read_text())
    assert (figures["campaign"], figures["points"], figures["failed"]) == ("small", POINTS, {})
    assert figures["seeds"] == {"first": 0, "count": 8}
    rows = list(csv.DictReader(Path("t.csv").read_text().splitlines()))
    assert len(rows) == POINTS
    first = [float(row["mvm_error"]) for row in rows[:8]]
    (summed,) = (
        row
        for row in figures["summary"]["rows"]
        if row["settings"] == {"spread": 0.0, "adc_bits": 6} and row["measure"] == "mvm_error"
    )
    assert summed["mean"] == pytest.approx(sum(first) / 8, rel=1e-12)
    assert summed["low"] < summed["mean"] < summed["high"]
    assert (summed["min"], summed["max"], summed["n"]) == (min(first), max(first), 8)


def test_page_tells_of_the_points_and_the_check(ohmloom, monkeypatch):
    result = ohmloom("small.toml", "--report", "r", "--sim", "verilator")
    assert result.exit_code == 0, result.output
    assert "the page is r/index.html" in result.stdout
    page = Path("r/index.html").read_text(encoding="utf-8")
    assert "hash" in page
    assert "0 to 7, the same for each setting" in page
    assert "verilator" in page

    def again(*_, **__):
        pytest.fail("a check that was stored is made once")

    monkeypatch.setattr(campaign_command, "check_points", again)
    assert ohmloom("small.toml", "--json", "f.json").exit_code == 0
    check = json.loads(Path("f.json").read_text())["check"]
    assert [point["index"] for point in check["points"]] == [0]


def test_check_of_the_gateware_can_be_left_out(ohmloom, monkeypatch):
    monkeypatch.setattr(campaign_command, "check_points", lambda *_, **__: pytest.fail("left out"))
    Path("small.toml").write_text(SMALL.read_text() + "[check]\npoints = 0\n")
    assert ohmloom("small.toml", "--json", "f.json").exit_code == 0
    assert json.loads(Path("f.json").read_text())["check"] is None


def test_gateware_that_differs_ends_the_campaign_with_its_points_kept(ohmloom, monkeypatch):
    def differs(*_, **__):
        msg = "point 3, seed 3: code 5 is 7, not 8"
        raise HardwareError(msg)

    monkeypatch.setattr(campaign_command, "check_points", differs)
    result = ohmloom("small.toml", "--table", "t.csv", "--json", "f.json")
    assert result.exit_code == 2
    assert result.stderr.strip() == "ohmloom: point 3, seed 3: code 5 is 7, not 8"
    assert len(Path("t.csv").read_text().splitlines()) == 1 + POINTS
    assert not Path("f.json").exists()


def test_stopped_campaign_goes_on_where_it_was(ohmloom, worker, monkeypatch):
    whole = ohmloom("small.toml", "--store", "whole.sqlite", "--table", "whole.csv")
    assert whole.exit_code == 0
    compute_chunk = compute.compute_chunk
    worker.executor.computed.clear()

    def stopping(chunk):
        if chunk[0].index >= 12:
            raise KeyboardInterrupt
        return compute_chunk(chunk)

    monkeypatch.setattr("ohmloom_sim.campaigns.runner.compute_chunk", stopping)
    stopped = ohmloom("small.toml", "--table", "t.csv")
    assert stopped.exit_code == 130
    assert not Path("t.csv").exists()
    there = int(stopped.stderr.split("stopped; ")[1].split(" of")[0])
    assert 0 < there <= 12
    assert stopped.stderr.strip() == (
        f"ohmloom: stopped; {there} of 32 points are in 'small.sqlite', and the same command goes "
        "on from there"
    )

    monkeypatch.setattr("ohmloom_sim.campaigns.runner.compute_chunk", compute_chunk)
    worker.executor.computed.clear()
    result = ohmloom("small.toml", "--table", "t.csv")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{there} of 32 points were there already\n")
    assert len(worker.executor.computed) == POINTS - there
    assert Path("t.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_failed_points_are_named_and_run_again_where_asked(ohmloom, worker, monkeypatch):
    measure_points = compute.measure_points

    def failing(points):
        if any(point.index % 2 for point in points):
            msg = "the array must be solvable"
            raise ValueError(msg)
        return measure_points(points)

    monkeypatch.setattr(compute, "measure_points", failing)
    result = ohmloom("small.toml")
    assert result.exit_code == 1
    told = result.stderr.strip().splitlines()
    assert told[0] == (
        "ohmloom: point 1, spread = 0, adc_bits = 6, seed 1 failed: the array must be solvable"
    )
    assert told[10] == "ohmloom: 16 points failed in all; --table writes them down"
    assert "32 points, 16 failed" in result.stdout

    monkeypatch.setattr(compute, "measure_points", measure_points)
    worker.executor.computed.clear()
    assert ohmloom("small.toml").exit_code == 1
    assert worker.executor.computed == []
    assert ohmloom("small.toml", "--retry").exit_code == 0
    assert worker.executor.computed == list(range(1, POINTS, 2))


def test_campaign_whose_points_all_failed_ends_with_that(ohmloom, monkeypatch):
    def failing(points):
        msg = "the array must be solvable"
        raise ValueError(msg)

    monkeypatch.setattr(compute, "measure_points", failing)
    result = ohmloom("small.toml", "--json", "f.json")
    assert result.exit_code == 1
    assert "32 points, 32 failed" in result.stdout
    figures = json.loads(Path("f.json").read_text())
    assert figures["summary"] is None
    assert len(figures["failed"]) == POINTS


def test_example_is_shown_and_can_be_begun_from(ohmloom):
    for name in example_names():
        result = ohmloom(name, "--show")
        assert result.exit_code == 0
        Path("mine.toml").write_text(result.stdout, encoding="utf-8")
        assert load_campaign("mine.toml").spec == load_campaign(name).spec
    assert not list(Path.cwd().glob("*.sqlite"))


def test_faulty_campaign_is_refused_before_there_is_a_store(ohmloom):
    Path("small.toml").write_text(SMALL.read_text().replace("count = 8", "count = 0"))
    result = ohmloom("small.toml")
    assert result.exit_code == 2
    message = "seeds.count must be greater than or equal to 1, not 0"
    assert result.stderr == f"ohmloom: small.toml: {message}\n"
    assert not list(Path.cwd().glob("*.sqlite"))


def test_jobs_with_a_scheduler_are_refused(ohmloom):
    result = ohmloom("small.toml", "--jobs", 2, "--scheduler", "127.0.0.1:9")
    assert result.exit_code == 2
    assert "--jobs must be left out with --scheduler" in result.stderr
