import pytest

from ohmloom_analog.energy_cycle import Cycle
from ohmloom_analog.energy_parts import Part, PartTable
from ohmloom_analog.spec import load_spec

DATA = {
    "groups": ["unit", "chip"],
    "arrays": "crossbars",
    "converters": "ADCs",
    "parts": ["ADCs", "crossbars"],
    "seconds": 1e-7,
    "bits": 16,
}


@pytest.fixture
def table():
    return PartTable(
        groups={
            "unit": (
                Part(name="ADCs", count=8, power=3e-3),
                Part(name="crossbars", count=8, power=1e-3),
                Part(name="register", power=5e-3),
            ),
            "chip": (Part(name="units", count=10, group="unit"),),
        }
    )


def test_products_of_sixteen_bits_take_eight_lines_and_sixteen_cycles(table):
    cycle = Cycle.of(DATA, load_spec("isaac"))
    assert cycle.passes == 16
    # Eight arrays of 128 rows and 128 / 8 columns.
    assert cycle.macs == 8 * 128 * 16
    assert cycle.power(table) == pytest.approx(4e-3)
    assert cycle.mac_energy(table) == pytest.approx(4e-3 * 1.6e-6 / 16384)


def test_products_of_eight_bits_take_half_of_each(table):
    cycle = Cycle.of({**DATA, "bits": 8}, load_spec("isaac"))
    assert (cycle.passes, cycle.macs) == (8, 32768)


def test_throughput_is_two_operations_a_product_in_all_units(table):
    cycle = Cycle.of(DATA, load_spec("isaac"))
    unit = 2 * 16384 / 1.6e-6
    assert cycle.throughput(table, "unit") == pytest.approx(unit)
    assert cycle.throughput(table, "chip") == pytest.approx(10 * unit)
