"""What is planned for chips: every bin, or the reason why a chip hasn't got it."""

import pytest

from ohmloom_analog.spec import ChipSpec, load_spec, preset_names
from ohmloom_hw.registers import register_table
from ohmloom_sim.coverage.plan import cover_plan, regression_features

PULSE = {"drive": {"start": 1.0, "stop": 1.0}}


def planned(spec, group, name):
    return next(p for p in cover_plan(spec) if (p.group, p.name) == (group, name))


def chip(**changes):
    tile = {"count": 1, "rows": 1, "columns": 2, "cell": {"levels": 4}}
    return ChipSpec.parse({"tile": [tile], "adc": {"bits": 4}, **changes})


def test_registers_have_a_bin_for_each_way_that_each_bit_can_be():
    spec = load_spec("default")
    table = register_table(spec, regression_features(spec))
    assert regression_features(spec).writes
    points = [p for p in cover_plan(spec) if p.group == "registers"]
    assert [p.name for p in points] == [register.name for register in table.registers]
    # Counted apart: two a bit that is kept, three an event, two a flag, else one a field.
    wanted = 0
    for register in table.registers:
        for field in register.fields:
            one_bit = 2 if field.width == 1 else 1
            wanted += {"rw": 2 * field.width, "clear": 3, "ro": one_bit}.get(register.access, 1)
    assert sum(len(p.bins) for p in points) == wanted
    assert planned(spec, "registers", "WRITE_LIMITS").bins[-2:] == ("relax 0", "relax 1")


def test_what_a_small_chip_has_not_is_told_with_its_reason():
    spec = chip()
    rows = planned(spec, "shapes", "rows used")
    assert rows.bins == ("all",)
    assert rows.absent == {"one": "it has one of the rows", "part": "it has 1 rows"}
    columns = planned(spec, "shapes", "columns used")
    assert columns.bins == ("one", "all")
    assert planned(spec, "shapes", "layers").absent == {
        "two": "the chip has one tile",
        "three or more": "it has 1 tiles",
    }
    assert planned(spec, "codes", "hidden value").bins == ()
    assert planned(spec, "encodings", "encoding").absent == {"offset_column": "it has diff_pair"}
    assert planned(spec, "programming", "pulse").absent == dict.fromkeys(
        ("set", "reset", "form"), "its tiles aren't described to be written"
    )
    fates = planned(spec, "faults", "fault and fate")
    assert "stuck line, unnoticed" in fates.bins
    assert fates.absent["stuck line, corrected"] == "with its defences it is unnoticed"
    assert "wrong bit, corrected" in fates.absent


@pytest.mark.parametrize(
    ("ecc", "there"),
    [
        ({"secded": True}, ("wrong bit, corrected", "two wrong bits, ended")),
        ({"vote": 3}, ("spike, corrected", "stuck line, unnoticed")),
        ({"checksums": True}, ("spike, corrected", "stuck line, corrected")),
    ],
)
def test_defences_change_what_is_expected_of_faults(ecc, there):
    spec = chip(ecc=ecc, tile=[{"count": 2, "rows": 4, "columns": 4, "cell": {"levels": 4}}])
    assert set(there) <= set(planned(spec, "faults", "fault and fate").bins)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_a_plan_whose_points_have_names_of_their_own(name):
    plan = cover_plan(load_spec(name))
    names = [(point.group, point.name) for point in plan]
    assert len(set(names)) == len(names)
    assert sum(len(point.bins) for point in plan) > 300


def test_codes_have_a_bin_each_up_to_a_number_and_ranges_beyond():
    spec = load_spec("default")
    assert planned(spec, "codes", "input code").bins == tuple(str(code) for code in range(16))
    assert planned(spec, "codes", "ADC code").bins[:2] == ("0 to 63", "64 to 127")
    assert len(planned(spec, "codes", "ADC code").bins) == 16
