import re

import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.level_program import (
    Ramp,
    Timing,
    form_plan,
    level_programs,
    target_code,
    verify_bits,
    verify_full_scale,
    write_spec_of,
    write_timing,
)
from ohmloom_analog.spec import ChipSpec


def chip(*, adc=10, **write):
    drive = {"start": 1.0, "stop": 2.0, "step": 0.5}
    low = {"drive": drive, "gate": {"start": 0.8, "stop": 0.8}}
    high = {"drive": drive, "gate": {"start": 2.4, "stop": 2.4}}
    cell = {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4}
    cell |= {"g_min": 4e-6, "g_max": 40e-6}
    tile = {"rows": 2, "columns": 2, "cell": cell}
    tile["write"] = {"set": low, "set_top": high, "reset": low} | write
    return ChipSpec.parse(
        {"tile": [tile], "weight_bits": 3, "adc": {"bits": adc}, "clock": 10e6, "baud": 115200}
    )


def test_codes_of_reads_are_shares_of_the_full_scale():
    # 1.25 x 40 uS is code 1023, and levels are 12 uS apart.
    assert verify_full_scale(chip(), 0) == pytest.approx(50e-6)
    codes = [target_code(chip(), 0, g) for g in (0.0, 4e-6, 16e-6, 28e-6, 40e-6, 50e-6)]
    assert codes == [0, 82, 327, 573, 818, 1023]
    assert [verify_bits(chip(adc=bits)) for bits in (4, 12, 16)] == [4, 12, 12]
    assert target_code(chip(adc=16), 0, 50e-6) == 4095


def test_target_beyond_a_read_is_refused():
    message = "conductance must be from 0 to 5e-05 S to be verified, not 6e-05 S"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        target_code(chip(), 0, 6e-5)


def test_tolerance_is_in_whole_codes():
    # 0.35 of 12 uS is 4.2 uS, which is 85.9 codes of 48.9 nS.
    assert {(p.below, p.above) for p in level_programs(chip(), 0)} == {(85, 85)}
    message = "write.tolerance must be at least one verify code (0.278 levels), not 0.1"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        level_programs(chip(adc=4, tolerance=0.1), 0)


def test_pulses_of_levels_lie_between_those_of_the_ends():
    # 0.8, 1.333, 1.867 and 2.4 V of 4.096 V.
    starts = [p.set.gate.start for p in level_programs(chip(), 0)]
    assert starts == [800, 1333, 1866, 2399]
    assert {p.reset.gate.start for p in level_programs(chip(), 0)} == {800}
    assert level_programs(chip(), 0)[0].set.drive == Ramp(start=1000, stop=2000, step=500)


def test_curve_draws_the_levels_to_one_end():
    starts = [p.set.gate.start for p in level_programs(chip(curve=0.5), 0)]
    assert starts == [800, round(4095 / 4.096 * (0.8 + 1.6 / 3**0.5)), 2106, 2399]


def test_width_is_at_least_a_cycle_and_a_ramp_never_stands_still():
    width = {"start": 1e-9, "stop": 2e-7, "step": 1e-9}
    drive = {"start": 1.0, "stop": 1.1, "step": 1e-5}
    plan = level_programs(chip(reset={"drive": drive, "width": width}), 0)[0].reset
    assert plan.width == Ramp(start=1, stop=2, step=1)
    assert plan.drive == Ramp(start=1000, stop=1100, step=1)
    assert plan.gate == Ramp(start=0, stop=0, step=0)
    assert [plan.width.after(1), plan.width.after(2)] == [2, 2]


def test_times_are_rounded_up_to_cycles():
    times = {"rail_time": 2.41e-7, "discharge_time": 0.0, "relax_time": 1e-3}
    assert write_timing(chip(**times), 0) == Timing(rail=3, discharge=1, relax=10_000)
    assert write_timing(chip(rail_time=3e-7), 0).rail == 3


def test_forming_has_a_plan_of_its_own_or_none():
    assert form_plan(chip(), 0) is None
    formed = chip(form={"drive": {"start": 2.2, "stop": 3.0, "step": 0.1}})
    assert form_plan(formed, 0).drive == Ramp(start=2199, stop=2999, step=100)


def test_chip_that_is_not_written_says_so():
    spec = ChipSpec.parse({"name": "plain", "tile": [{"rows": 2, "columns": 2}]})
    message = "tile 0 of chip 'plain' must have a section 'write' to be written"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        write_spec_of(spec, 0)
