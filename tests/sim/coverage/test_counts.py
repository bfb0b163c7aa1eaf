import json
import re

import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.points import CoverPoint

PLAN = (
    CoverPoint.of("codes", "ADC", "", ("low", "high"), absent={"high": "it never gets there"}),
    CoverPoint.of("shapes", "rows", "", ("one", "all")),
)


def test_hits_add_up_bin_by_bin():
    counts = CoverCounts(PLAN)
    counts.hit("codes", "ADC", "low", 3)
    counts.hit("codes", "ADC", "low")
    assert counts.hits(PLAN[0]) == {"low": 4}
    assert counts.hits(PLAN[1]) == {"one": 0, "all": 0}
    other = CoverCounts(PLAN)
    other.hit("codes", "ADC", "low", 2)
    other.hit("shapes", "rows", "all")
    counts.add(other)
    assert counts.to_json() == {"codes": {"ADC": {"low": 6}}, "shapes": {"rows": {"all": 1}}}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (("codes", "DAC", "low"), "a sample must be of a point of the plan, not of 'codes: DAC'"),
        (
            ("shapes", "rows", "none"),
            "bin of shapes: rows must be one of one, all, not 'none'",
        ),
        (
            ("codes", "ADC", "high"),
            "bin 'high' of codes: ADC must not be hit on this chip: it never gets there",
        ),
    ],
)
def test_sample_that_the_plan_has_no_bin_for_is_refused(where, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CoverCounts(PLAN).hit(*where)


def test_saved_counts_come_back(tmp_path):
    counts = CoverCounts(PLAN)
    counts.hit("shapes", "rows", "one", 7)
    counts.save(tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text()) == {"shapes": {"rows": {"one": 7}}}
    assert CoverCounts.load(tmp_path / "c.json", PLAN).hits(PLAN[1]) == {"one": 7, "all": 0}
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"codes": ', "Expecting value: line 1 column 11 (char 10)"),
        (
            '{"codes": {"DAC": {"low": 1}}}',
            "a sample must be of a point of the plan, not of 'codes: DAC'",
        ),
    ],
)
def test_damaged_file_is_refused(tmp_path, text, why):
    path = tmp_path / "c.json"
    path.write_text(text)
    message = re.escape(f"samples of coverage '{path}' can't be read: {why}")
    with pytest.raises(OhmloomError, match=f"^{message}$"):
        CoverCounts.load(path, PLAN)
