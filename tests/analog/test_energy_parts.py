import pytest

from ohmloom_analog.energy_parts import Part, PartTable


@pytest.fixture
def table():
    return PartTable(
        groups={
            "unit": (
                Part(name="ADC", count=4, power=8e-3, area=4e-9),
                Part(name="array", power=1e-3),
            ),
            "chip": (
                Part(name="units", count=10, group="unit"),
                Part(name="ADC", power=5e-3, area=1e-9),
            ),
        }
    )


def test_groups_are_summed(table):
    assert table.power("unit") == pytest.approx(9e-3)
    assert table.power("chip") == pytest.approx(95e-3)
    assert table.area("chip") == pytest.approx(41e-9)


def test_parts_are_found_at_every_depth(table):
    assert table.power_named("chip", "ADC") == pytest.approx(85e-3)
    assert table.power_named("chip", "units") == pytest.approx(90e-3)
    assert table.count_named("chip", "ADC") == 41
    assert table.count_named("chip", "router") == table.power_named("chip", "router") == 0


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": (Part(name="x", group="b"),)}, r"^group must be one of a, not 'b'$"),
        (
            {"a": (Part(name="x", group="b"),), "b": (Part(name="y", group="a"),)},
            r"^group 'a' must not hold itself$",
        ),
    ],
)
def test_groups_that_do_not_end_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        PartTable(groups=groups)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, r"^count of x must be at least 1, not 0$"),
        ({"power": -1.0}, r"^power of x must be finite and at least 0 W, not -1.0$"),
        ({"area": float("inf")}, r"^area of x must be finite and at least 0 m\^2, not inf$"),
        ({"power": 1.0, "group": "y"}, r"^power of x must be left to its group, not be 1 W$"),
    ],
)
def test_what_is_no_part_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Part(name="x", **change)
