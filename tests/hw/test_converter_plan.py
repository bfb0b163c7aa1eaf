import math
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.chips import ADC_CHIPS, DAC_CHIPS
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import ConverterProfile, load_profile, write_profile
from ohmloom_hw.converters.timing import adc_cycles, dac_cycles


def make_plan(profile=None, **spec):
    plain = {
        "tile": [{"rows": 12, "columns": 8}],
        "input": {"bits": 8, "slice_bits": 4},
        "adc": {"bits": 10, "columns_per_adc": 8},
        **spec,
    }
    base = load_profile("pmod")
    return ConverterPlan(spec=ChipSpec.parse(plain), profile=replace(base, **(profile or {})))


@pytest.mark.parametrize(
    ("name", "clock", "lead", "half", "gap"),
    [
        # 12 MHz, 83.3 ns: every part of a DAC's frame fits a cycle.
        ("AD5628", 12e6, 1, 1, 1),
        ("AD5541A", 12e6, 1, 1, 1),
        ("MCP4822", 12e6, 1, 1, 1),
        # 100 MHz, 10 ns: 13 ns to the first edge, 50 MHz at most.
        ("AD5628", 100e6, 2, 1, 2),
        # 20 MHz at most: 2.5 cycles a half; 40 ns to the first edge, of which 3 are the half bit.
        ("MCP4822", 100e6, 1, 3, 4),
        # 40 ns and 10 ns of the board from an edge to its bit, so 12 MHz will do; 250 ns of rest.
        ("AD7476A", 12e6, 1, 1, 3),
        ("AD7476A", 48e6, 2, 2, 12),
        # 1 MHz at most.
        ("MCP3208", 12e6, 1, 6, 6),
        ("MCP3208", 50e6, 1, 25, 25),
    ],
)
def test_frames_are_as_short_as_the_data_sheets_allow(name, clock, lead, half, gap):
    if name in DAC_CHIPS:
        frame = dac_cycles(DAC_CHIPS[name], clock, 10e-9)
    else:
        frame = adc_cycles(ADC_CHIPS[name], clock, 10e-9)
    assert (frame.lead, frame.half, frame.gap) == (lead, half, gap)
    assert frame.busy == frame.lead + 2 * frame.half * frame.bits + frame.trail + frame.gap


def test_clock_too_slow_for_a_part_is_refused():
    message = "clock of AD7476A must be at least 20000 Hz, not 15000 Hz"
    with pytest.raises(ValueError, match=f"^{message}$"):
        adc_cycles(ADC_CHIPS["AD7476A"], 30e3, 0.0)


@given(raw=st.integers(0, 4095), offset=st.integers(-512, 511), bits=st.integers(1, 12))
def test_code_is_the_nearest_and_ties_go_up(raw, offset, bits):
    plan = make_plan(adc={"bits": bits, "columns_per_adc": 8})
    code, over = plan.code(raw, offset)
    nearest = math.floor(Fraction(raw - offset, 1 << (12 - bits)) + Fraction(1, 2))
    assert code == min(max(nearest, 0), (1 << bits) - 1)
    assert over == (nearest != code or raw == 4095)


@pytest.mark.parametrize("adc", ADC_CHIPS)
@pytest.mark.parametrize("bits", [6, 10, 12])
@given(place=st.floats(-2.0, 5000.0))
def test_ideal_adc_gives_the_code_of_the_array_port(adc, bits, place):
    plan = make_plan({"adc": adc}, adc={"bits": bits, "columns_per_adc": 8, "offset": 0.0})
    fraction = place / plan.spec.code_maximum
    # The part by its data sheet: cut off, or rounded.
    steps = Fraction(plan.adc_input(fraction)) / Fraction(plan.adc_reference) * 4096
    shift = Fraction(1, 2) if adc == "MCP3208" else 0
    raw = min(max(math.floor(steps + shift), 0), 4095)
    exact = place + 0.5
    if abs(exact - round(exact)) > 1e-6:
        assert plan.code(raw)[0] == min(max(math.floor(exact), 0), plan.spec.code_maximum)


@pytest.mark.parametrize("dac", DAC_CHIPS)
def test_levels_are_whole_steps_of_the_dac(dac):
    plan = make_plan({"dac": dac, "dac_reference": None})
    for level in range(16):
        volts = plan.dac_code(level) / 2**plan.dac.bits * plan.dac_reference * plan.driver_gain
        assert volts == pytest.approx(0.2 * level / 15, rel=1e-12)


def test_levels_are_rounded_where_the_board_says_the_range():
    plan = make_plan({"word_full_scale": 1.0, "write_limit": 0.8})
    assert [plan.dac_code(level) for level in (0, 1, 7, 15)] == [0, 55, 382, 819]
    assert plan.dac_code(15, write=True) == 3277
    assert (plan.read_ceiling, plan.write_ceiling) == (860, 3276)
    assert plan.dac_code(15, 30) == 849
    assert plan.dac_code(0, -3) == 0


@pytest.mark.parametrize(
    ("profile", "spec", "message"),
    [
        ({}, {"adc": {"bits": 13}}, "adc.bits must be at most 12 with the AD7476A, not 13"),
        (
            {"word_full_scale": 0.1},
            {},
            "word_full_scale must be above the read voltage of 0.2 V, not 0.1 V",
        ),
        (
            {"word_full_scale": 100.0},
            {},
            "word_full_scale must leave the DAC at least 15 steps up to the read voltage, not 8",
        ),
        (
            {"write_limit": 2.0},
            {},
            "write_limit must be at most 0.213333 V, which the word lines can reach, not 2 V",
        ),
        ({"word_map": (0, 1)}, {}, "word_map must hold a place for 12 rows, not 2"),
        ({"line_map": (0, 1, 2)}, {}, "line_map must hold a place for 2 converters, not 3"),
        (
            {"line_settle": 1e-2},
            {},
            "SETTLE must be at most 65535 cycles, not 121288",
        ),
    ],
)
def test_board_that_cannot_serve_the_chip_is_refused(profile, spec, message):
    with pytest.raises(SpecError, match=f"^{re.escape('converters pmod: ' + message)}$"):
        make_plan(profile, **spec)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dac": "AD9"}, "dac must be one of AD5628, AD5541A, MCP4822, not 'AD9'"),
        ({"adc_reference": 0.0}, "adc_reference must be above 0 V, not 0 V"),
        ({"read_margin": -0.1}, "read_margin must be 0 or more, not -0.1"),
        ({"word_map": (1, 1)}, "word_map must hold different places from 0, not (1, 1)"),
    ],
)
def test_profile_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ConverterProfile(**{"name": "x", "dac": "AD5628", "adc": "AD7476A", **changes})


def test_profile_survives_its_file(tmp_path):
    profile = replace(load_profile("breadboard"), word_map=(3, 1, 2), write_limit=0.1)
    write_profile(profile, tmp_path / "board.toml")
    assert load_profile(tmp_path / "board.toml") == profile


def test_unknown_profile_is_refused():
    message = "profile must be a TOML file or one of breadboard, pmod, precise, not 'none'"
    with pytest.raises(SpecError, match=f"^{message}$"):
        load_profile("none")


def test_unknown_key_of_a_profile_is_named(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text('name = "x"\ndac = "AD5628"\nadc = "AD7476A"\ngain = 2\n')
    with pytest.raises(SpecError, match="key must be one of adc, .*, not 'gain'$"):
        load_profile(path)
