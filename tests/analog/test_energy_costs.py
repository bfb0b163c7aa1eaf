from dataclasses import replace

import pytest

from ohmloom_analog.energy_costs import ANALOG_COSTS, AREA_COSTS, DIGITAL_COSTS


def test_digital_operations_are_horowitzs():
    # ISSCC 2014, 45 nm: 0.03 and 0.1 pJ an addition, 0.2 and 3.1 pJ a multiplication, 10 pJ for 64
    # bits of an SRAM of 8 KB, 1.3 nJ for 64 bits of DRAM.
    table = [DIGITAL_COSTS.add_8, DIGITAL_COSTS.add_32, DIGITAL_COSTS.multiply_8]
    assert table == pytest.approx([0.03e-12, 0.1e-12, 0.2e-12])
    assert DIGITAL_COSTS.multiply_32 == pytest.approx(3.1e-12)
    assert 8 * DIGITAL_COSTS.sram_byte == pytest.approx(10e-12)
    assert 8 * DIGITAL_COSTS.dram_byte == pytest.approx(1300e-12)
    assert DIGITAL_COSTS.mac_8 == pytest.approx(0.23e-12)


@pytest.mark.parametrize(
    ("bits", "watts"), [(1, 3.9e-6), (2, 7.8e-6), (3, 15.6e-6), (4, 31.2e-6), (6, 124.8e-6)]
)
def test_drivers_take_what_mnsim_says(bits, watts):
    assert ANALOG_COSTS.dac(bits) == pytest.approx(watts)


def test_areas_are_those_of_the_tables():
    # MNSIM: 0.166 um^2 at one bit, 21 um^2 at eight. PUMA: 0.0012 mm^2 a converter of 8 bits.
    assert AREA_COSTS.dac(1) == pytest.approx(0.166e-12)
    assert AREA_COSTS.dac(8) == pytest.approx(21e-12, rel=0.02)
    assert AREA_COSTS.adc(8) == pytest.approx(0.0012e-6)
    assert AREA_COSTS.adc(9) == pytest.approx(0.0024e-6)


def test_a_transistor_makes_a_cell_twelve_times_as_large():
    assert AREA_COSTS.cell("1r") == AREA_COSTS.cell("1s1r") == pytest.approx(4 * 32e-9**2)
    assert AREA_COSTS.cell("1t1r") == pytest.approx(48 * 32e-9**2)


@pytest.mark.parametrize(
    ("costs", "change", "message"),
    [
        (DIGITAL_COSTS, {"add_8": 0.0}, r"^add_8 must be finite and above 0 J, not 0.0$"),
        (ANALOG_COSTS, {"dac_bit": -1.0}, r"^dac_bit must be finite and above 0 W, not -1.0$"),
        (AREA_COSTS, {"feature": float("nan")}, r"^feature must be finite and above 0 m, not nan$"),
    ],
)
def test_what_is_no_cost_is_refused(costs, change, message):
    with pytest.raises(ValueError, match=message):
        replace(costs, **change)


@pytest.mark.parametrize("of", [ANALOG_COSTS.dac, AREA_COSTS.dac, AREA_COSTS.adc])
def test_no_bits_are_refused(of):
    with pytest.raises(ValueError, match=r"^bits must be at least 1, not 0$"):
        of(0)
