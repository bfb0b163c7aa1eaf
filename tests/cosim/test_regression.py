"""The regression of small chips on Icarus, and what is counted of it."""

import json

import pytest
from typer.testing import CliRunner

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.cli import app
from ohmloom_sim.coverage.result import group_coverage
from ohmloom_sim.regression import merged_counts, run_regressions
from ohmloom_sim.report.coverage import coverage_json


def chip(name="small", **changes):
    pulse = {"drive": {"start": 1.0, "stop": 1.0}, "width": {"start": 1e-7, "stop": 1e-7}}
    return ChipSpec.parse(
        {
            "name": name,
            "tile": [
                {
                    "count": 4,
                    "rows": 5,
                    "columns": 6,
                    "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
                    "write": {
                        "set": pulse, "reset": pulse, "rail_time": 2e-7, "discharge_time": 2e-7
                    },
                }
            ],
            "weight_bits": 3,
            "input": {"bits": 4, "slice_bits": 2},
            "dac": {"settle_time": 1e-7},
            "adc": {"bits": 6, "columns_per_adc": 4, "conversion_time": 1e-7},
            "baud": 3_000_000,
            **changes,
        }
    )  # fmt: skip


SECOND = chip(
    "second",
    tile=[{"count": 2, "rows": 3, "columns": 4, "cell": {"levels": 2}}],
    encoding="offset_column",
    ecc={"checksums": True, "block": 4},
)


def shares(results):
    return {group.name: group for group in group_coverage(merged_counts(results))}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    return run_regressions([chip(), SECOND], sim="icarus", folder=folder, seed=5)


def test_two_small_chips_pass_and_are_covered_wholly(both):
    assert [result.failed for result in both] == [{}, {}]
    found = shares(both)
    assert {name: group.missed for name, group in found.items()} == dict.fromkeys(found, ())
    assert len(found) == 8


def test_encodings_of_two_chips_are_merged(both):
    for result, encoding, other in (
        (both[0], "diff_pair", "offset_column"),
        (both[1], "offset_column", "diff_pair"),
    ):
        point = next(p for p in result.counts.points if p.name == "encoding")
        assert point.bins == (encoding,)
        assert set(point.absent) == {other}
    point = next(p for p in merged_counts(both).points if p.name == "encoding")
    assert set(point.bins) == {"diff_pair", "offset_column"}


def test_one_chip_alone_gives_the_same_bytes_again(both, tmp_path):
    again = run_regressions([chip()], sim="icarus", folder=tmp_path, seed=5)
    assert json.dumps(coverage_json(again, target=95)) == json.dumps(
        coverage_json(both[:1], target=95)
    )


def test_benches_that_are_left_out_are_missed(tmp_path):
    # Everything but what exercises the registers bit by bit.
    pattern = r"^(?!.*(every_bit|every_writable)).*$"
    results = run_regressions([chip()], sim="icarus", folder=tmp_path, pattern=pattern, seed=5)
    found = shares(results)
    assert results[0].failed == {}
    assert found["registers"].percent < 60
    assert any("SCRATCH: value[31] 1" in missed for missed in found["registers"].missed)
    assert found["shapes"].percent == 100


def test_pattern_without_a_test_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["regress", "--sim", "icarus", "--tests", "no such test"])
    assert result.exit_code == 2
    assert "ohmloom: at least one test must match 'no such test', not 0" in result.stderr
