"""A small RTL that reads an array as fast as it can."""

import numpy as np
import pytest

from ohmloom_sim.reading import read_products
from ohmloom_sim.simulators import find_simulator


@pytest.mark.parametrize(
    ("sim", "engine", "products"),
    [("icarus", "nodal", 100), ("icarus", "transient", 8), ("verilator", "nodal", 100)],
)
def test_no_code_differs_from_those_of_ngspice(sim, engine, products, tmp_path):
    reading = read_products(
        find_simulator(sim), tmp_path, engine=engine, products=products, seed=11
    )
    assert reading.codes.shape == (products, 16)
    assert len(np.unique(reading.driven, axis=0)) == products
    # A line of wrong codes would be one that hardly moves.
    assert np.ptp(reading.codes, axis=0).min() > 100
    assert reading.wrong == 0
    assert reading.per_product > 0


def test_array_without_wires_gives_wrong_codes(tmp_path):
    reading = read_products(
        find_simulator("icarus"), tmp_path, engine="ideal", products=10, seed=11
    )
    assert reading.wrong > 80


@pytest.mark.parametrize("products", [1, 4097])
def test_number_of_products_must_fit_the_memory(products, tmp_path):
    with pytest.raises(ValueError, match=f"^products must be from 2 to 4096, not {products}$"):
        read_products(find_simulator("icarus"), tmp_path, engine="ideal", products=products, seed=1)
