from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.ideal import IdealEngine


@given(data=st.data(), rows=st.integers(1, 6), lines=st.integers(1, 6))
def test_currents_are_the_exact_sums_of_products(data, rows, lines):
    levels = data.draw(hnp.arrays(np.int64, (rows, lines), elements=st.integers(0, 255)))
    codes = data.draw(hnp.arrays(np.int64, rows, elements=st.integers(-255, 255)))
    engine = IdealEngine()
    engine.load(Crossbar(levels * 1e-6, r_word=5.0, r_source=100.0))
    currents = engine.currents(codes * 1e-3)
    for line in range(lines):
        terms = [
            Fraction(float(level * 1e-6)) * Fraction(float(code * 1e-3))
            for level, code in zip(levels[:, line], codes, strict=True)
        ]
        # Each product and each of the sums rounds once.
        bound = float(sum(abs(term) for term in terms)) * (rows + 1) * 2.0**-53
        assert abs(Fraction(float(currents[line])) - sum(terms)) <= bound


def test_cells_see_driver_and_ground():
    engine = IdealEngine()
    engine.load(Crossbar([[1e-6, 1e-6], [1e-6, 1e-6]], r_word=1.0))
    voltages = engine.node_voltages([0.25, -0.5])
    assert voltages.word.tolist() == [[0.25, 0.25], [-0.5, -0.5]]
    assert voltages.bit.tolist() == [[0.0, 0.0], [0.0, 0.0]]
