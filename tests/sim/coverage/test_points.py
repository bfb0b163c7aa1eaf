import pytest

from ohmloom_sim.coverage.points import CoverPoint, crossed, merged_points, ranges


def point(name="p", bins=("a", "b"), absent=None):
    return CoverPoint.of("g", name, "what", bins, absent=absent)


@pytest.mark.parametrize(("top", "most"), [(15, 64), (1023, 16), (4, 3), (0, 16), (63, 5)])
def test_ranges_hold_every_code_once_and_in_order(top, most):
    parts = ranges(top, most)
    assert [code for part in parts for code in part] == list(range(top + 1))
    assert len(parts) <= most
    assert len({len(part) for part in parts[:-1]}) <= 1


def test_bin_that_is_named_twice_is_refused():
    with pytest.raises(ValueError, match=r"^bin 'a' of g: p must be named once, not 2 times$"):
        CoverPoint(group="g", name="p", doc="", bins=("a", "a"))
    with pytest.raises(ValueError, match=r"^bin 'a' of g: p must be named once, not 2 times$"):
        CoverPoint(group="g", name="p", doc="", bins=("a",), absent={"a": "why"})


def test_point_without_a_bin_is_refused():
    with pytest.raises(ValueError, match=r"^g: p must have at least one bin, not 0$"):
        point(bins=())


def test_bins_with_a_reason_are_absent_and_those_without_are_there():
    made = point(bins=("a", "b", "c"), absent={"b": "no b here", "c": None})
    assert made.bins == ("a", "c")
    assert made.absent == {"b": "no b here"}


def test_cross_has_a_bin_for_each_pair_and_lacks_those_of_absent_bins():
    made = crossed("g", "c", "", point(absent={"b": "no b"}), point("q", ("x", "y")))
    assert made.bins == ("a, x", "a, y")
    assert made.absent == {"b, x": "no b", "b, y": "no b"}


def test_bin_is_absent_of_several_chips_only_where_none_has_it():
    one = point(bins=("a", "b", "c"), absent={"b": "not of one", "c": "not of one"})
    other = point(bins=("a", "b", "c"), absent={"a": "not of other", "c": "not of other"})
    (merged,) = merged_points([[one], [other]])
    assert set(merged.bins) == {"a", "b"}
    assert merged.absent == {"c": "not of one"}


def test_points_of_several_chips_keep_their_order():
    plans = [[point("p"), point("q")], [point("r"), point("p")]]
    assert [p.name for p in merged_points(plans)] == ["p", "q", "r"]
