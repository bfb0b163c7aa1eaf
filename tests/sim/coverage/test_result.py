from fractions import Fraction

import pytest

from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.points import CoverPoint
from ohmloom_sim.coverage.result import group_coverage, shortfalls, total_coverage

PLAN = (
    CoverPoint.of("codes", "ADC", "", [str(n) for n in range(4)]),
    CoverPoint.of("codes", "DAC", "", ["0", "1"], absent={"1": "it has one"}),
    CoverPoint.of("shapes", "rows", "", ["one", "all"]),
    CoverPoint.of("faults", "fault", "", ["stuck"], absent={"stuck": "it has none"}),
)


def counted(*hits):
    counts = CoverCounts(PLAN)
    for hit in hits:
        counts.hit(*hit)
    return counts


def test_share_is_that_of_bins_hit_and_the_total_the_mean_of_groups():
    found = group_coverage(counted(("codes", "ADC", "2", 9), ("codes", "DAC", "0"),
                                   ("shapes", "rows", "all")))  # fmt: skip
    codes, shapes = found
    assert (codes.covered, codes.bins, codes.hits) == (2, 5, 10)
    assert (shapes.covered, shapes.bins, shapes.hits) == (1, 2, 1)
    assert codes.missed == ("ADC: 0", "ADC: 1", "ADC: 3")
    assert codes.percent == 40
    # Nothing of the third group is of this chip, so it has no part in the mean.
    assert total_coverage(found) == float((Fraction(2, 5) + Fraction(1, 2)) / 2 * 100)


def test_coverage_below_its_target_is_told_with_every_bin_that_was_missed():
    groups = group_coverage(counted(("codes", "ADC", "2"), ("codes", "DAC", "0"),
                                    ("shapes", "rows", "all")))  # fmt: skip
    assert shortfalls(groups, 45) == (
        "coverage of codes must be at least 45 %, not 40.0 %: never hit: ADC: 0; ADC: 1; ADC: 3",
    )
    assert len(shortfalls(groups, 50.1)) == 2
    assert shortfalls(groups, 40) == ()


def test_many_missed_bins_are_named_up_to_a_dozen():
    plan = [CoverPoint.of("codes", "ADC", "", [str(n) for n in range(16)])]
    counts = CoverCounts(plan)
    counts.hit("codes", "ADC", "0")
    named = "; ".join(f"ADC: {n}" for n in range(1, 13))
    assert shortfalls(group_coverage(counts), 50) == (
        f"coverage of codes must be at least 50 %, not 6.2 %: never hit: {named}; and 3 more",
    )


@pytest.mark.parametrize("target", [0, 50])
def test_no_sample_at_all_never_passes(target):
    assert shortfalls(group_coverage(counted()), target) == (
        "coverage must be of at least one sample, not of 0",
    )
    assert total_coverage(()) == 0
