"""The regression of small chips on Icarus, and what is counted of it."""

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.coverage.result import group_coverage, shortfalls
from ohmloom_sim.regression import merged_counts, run_regressions


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
    tile=[{"count": 2, "rows": 3, "columns": 5, "cell": {"levels": 2}}],
    encoding="offset_column",
    ecc={"checksums": True, "block": 4},
    spare_columns=1,
)


PATTERN = "every_writable|windows_are|tile_that_is|damaged|wrong_checksum"
"""Names of some tests that the whole regression has, too."""


def shares(results):
    return {group.name: group for group in group_coverage(merged_counts(results))}


def samples(folder):
    """What each test of the first chip has written down, by the test."""
    return {path.name: path.read_bytes() for path in folder.glob("chip_0/*/coverage/*.json")}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    return folder, run_regressions([chip(), SECOND], sim="icarus", folder=folder, seed=5)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    folder = tmp_path_factory.mktemp("part")
    specs = [chip()]
    return folder, run_regressions(specs, sim="icarus", folder=folder, pattern=PATTERN, seed=5)


def test_two_small_chips_pass_and_are_covered_wholly(both):
    results = both[1]
    assert [result.failed for result in results] == [{}, {}]
    found = shares(results)
    assert {name: group.missed for name, group in found.items()} == dict.fromkeys(found, ())
    assert len(found) == 8


def test_encodings_of_two_chips_are_merged(both):
    results = both[1]
    for result, encoding, other in (
        (results[0], "diff_pair", "offset_column"),
        (results[1], "offset_column", "diff_pair"),
    ):
        point = next(p for p in result.counts.points if p.name == "encoding")
        assert point.bins == (encoding,)
        assert set(point.absent) == {other}
    point = next(p for p in merged_counts(results).points if p.name == "encoding")
    assert set(point.bins) == {"diff_pair", "offset_column"}


def test_same_seed_gives_the_same_bytes(both, part):
    whole, again = samples(both[0]), samples(part[0])
    assert len(again) == 4
    assert {name: whole[name] for name in again} == again


def test_benches_that_are_left_out_are_missed(part):
    (result,) = part[1]
    assert (result.tests, result.failed) == (4, {})
    found = shares([result])
    # No codes of all sizes, few shapes, no bit of a register both ways, no error.
    assert found["registers"].percent < 80
    assert any(missed.startswith("SCRATCH: value[31] ") for missed in found["registers"].missed)
    assert "interrupt: done" in found["events"].missed
    assert "rows and columns: one, all" in found["shapes"].missed
    assert len(shortfalls(tuple(found.values()), 95)) == 7
