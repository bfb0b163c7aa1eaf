"""How builds of chips are put together to one result, with benches that are told by hand."""

import json
import threading
import time

import pytest

from ohmloom_analog.errors import OhmloomError, ToolError
from ohmloom_analog.spec import load_spec
from ohmloom_sim import regression
from ohmloom_sim.cosim import BenchResult
from ohmloom_sim.coverage.result import group_coverage
from ohmloom_sim.regression import merged_counts, run_regressions
from ohmloom_sim.simulators import Simulator

SAMPLES = {
    "line": {"windows": {"BIAS": {"read": 3}}},
    "bus": {"windows": {"BIAS": {"read": 4, "written": 1}}, "events": {"interrupt": {"done": 1}}},
}


@pytest.fixture
def benches(monkeypatch):
    """Builds and benches that do nothing but note what they were to do."""
    asked = []

    def emit(spec, folder, *, features):
        folder.mkdir(parents=True)
        return type("Files", (), {"verilog": folder / "v", "spec": folder / "chip.toml"})()

    def run(bench, simulator, *, on_poll):
        on_poll()
        asked.append(bench)
        name = bench.folder.name
        found = () if bench.pattern == "none" else (f"test_{name}",)
        if found:
            path = bench.folder / "coverage" / "test.json"
            path.write_text(json.dumps(SAMPLES[name]))
        return BenchResult(
            passed=found, failed={}, results=bench.folder / "results.xml", log=bench.folder
        )

    simulator = Simulator(
        name="icarus", executable=None, version=(12, 0), environment={}, build_args=()
    )
    monkeypatch.setattr(regression, "emit", emit)
    monkeypatch.setattr(regression, "run_bench", run)
    monkeypatch.setattr(regression, "find_simulator", lambda name: simulator)
    return asked


def test_samples_of_all_builds_and_chips_add_up(benches, tmp_path):
    specs, stages = [load_spec("default"), load_spec("offset")], []
    results = run_regressions(specs, sim="icarus", folder=tmp_path, seed=3, on_stage=stages.append)
    assert stages == ["default", "offset"]
    for result, spec in zip(results, specs, strict=True):
        assert (result.spec, result.seed) == (spec, 3)
        assert result.passed == ("test_line", "test_bus")
        assert (result.simulator, result.version) == ("icarus", "12.0")
        assert result.counts.to_json()["windows"] == {"BIAS": {"read": 7, "written": 1}}
    merged = merged_counts(results).to_json()
    assert merged["windows"] == {"BIAS": {"read": 14, "written": 2}}
    assert merged["events"] == {"interrupt": {"done": 2}}
    assert sorted((bench.folder.parent.name, bench.folder.name) for bench in benches) == [
        ("chip_0", "bus"),
        ("chip_0", "line"),
        ("chip_1", "bus"),
        ("chip_1", "line"),
    ]
    assert all(bench.environment["OHMLOOM_SEED"] == "3" for bench in benches)


def test_encoding_whose_bench_breaks_is_missed(benches, tmp_path, monkeypatch):
    def run(bench, simulator, *, on_poll):
        # The benches of the second chip all fail, so that none of them writes anything down.
        if bench.folder.parent.name == "chip_0":
            hits = {"encodings": {"encoding": {"diff_pair": 1}}}
            (bench.folder / "coverage" / "test.json").write_text(json.dumps(hits))
        return BenchResult(
            passed=("one",), failed={}, results=bench.folder / "results.xml", log=bench.folder
        )

    monkeypatch.setattr(regression, "run_bench", run)
    specs = [load_spec("default"), load_spec("offset")]
    results = run_regressions(specs, sim="icarus", folder=tmp_path)
    groups = {group.name: group for group in group_coverage(merged_counts(results))}
    assert "encoding: offset_column" in groups["encodings"].missed
    assert "encoding: diff_pair" not in groups["encodings"].missed
    alone = {group.name: group for group in group_coverage(merged_counts(results[:1]))}
    assert not any("offset_column" in missed for missed in alone["encodings"].missed)


def test_pattern_that_no_test_matches_is_refused(benches, tmp_path):
    message = r"^at least one test must match 'none', not 0$"
    with pytest.raises(ToolError, match=message):
        run_regressions([load_spec("default")], sim="icarus", folder=tmp_path, pattern="none")


def test_chip_that_is_given_twice_is_refused(benches, tmp_path):
    with pytest.raises(OhmloomError, match=r"^chip 'default' must be given once, not 2 times$"):
        run_regressions([load_spec("default")] * 2, sim="icarus", folder=tmp_path)
    assert not benches


def test_benches_that_are_at_work_are_ended_where_one_breaks(benches, tmp_path, monkeypatch):
    begun, ended = threading.Event(), []

    def run(bench, simulator, *, on_poll):
        if bench.folder.name == "line":
            assert begun.wait(60)
            raise ToolError("icarus must give test results, not end without")
        begun.set()
        try:
            for _ in range(12_000):
                time.sleep(0.005)
                on_poll()
        except ToolError as error:
            ended.append(str(error))
            raise

    monkeypatch.setattr(regression, "run_bench", run)
    monkeypatch.setattr(regression.os, "sched_getaffinity", lambda process: {0, 1})
    with pytest.raises(ToolError, match=r"^icarus must give test results, not end without$"):
        run_regressions([load_spec("default")], sim="icarus", folder=tmp_path)
    assert ended == ["the regression must come to its end, not be given up"]
