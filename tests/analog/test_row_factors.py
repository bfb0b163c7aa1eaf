"""Scales of rows beside a solution of Kirchhoff's equations as one dense system."""

import numpy as np
import pytest

from ohmloom_analog.row_factors import network_factors, row_factors
from ohmloom_analog.spec import ChipSpec

WIRES = {"r_word": 2.0, "r_bit": 20.0, "r_source": 30.0, "r_sense": 10.0}


def chip(rows=12, columns=5, **wires):
    cell = {"g_min": 1e-6, "g_max": 40e-6, "levels": 16}
    tile = {"count": 2, "rows": rows, "columns": columns, "cell": cell, "wires": wires}
    return ChipSpec.parse({"weight_bits": 5, "tile": [tile], "ecc": {"row_scale": True}})


def kirchhoff(conductance, r_word, r_bit, r_source, r_sense):
    """Return currents of bit lines for 1 V on each row by itself, R x L."""
    rows, lines = conductance.shape
    size = 2 * rows * lines
    matrix, source = np.zeros((size, size)), np.zeros((rows, size))
    word = np.arange(rows * lines).reshape(rows, lines)
    bit = word + rows * lines

    def join(a, b, resistance):
        g = 1 / resistance
        for one, other in ((a, b), (b, a)):
            if one is not None:
                matrix[one, one] += g
                if other is not None:
                    matrix[one, other] -= g

    for i, j in np.ndindex(rows, lines):
        join(word[i, j], bit[i, j], 1 / conductance[i, j])
        if j:
            join(word[i, j - 1], word[i, j], r_word)
        if i:
            join(bit[i - 1, j], bit[i, j], r_bit)
    ends = r_sense + r_bit
    for i in range(rows):
        join(word[i, 0], None, r_source + r_word)
        source[i, word[i, 0]] = 1 / (r_source + r_word)
    for j in range(lines):
        join(bit[-1, j], None, ends)
    nodes = np.linalg.solve(matrix, source.T).T
    return nodes[:, bit[-1]] / ends


def best_gains(found, exact):
    return (found * exact).sum(axis=0) / (found**2).sum(axis=0)


@pytest.mark.parametrize("seed", range(3))
def test_products_come_nearer_by_what_the_model_says(seed):
    spec, rng = chip(**WIRES), np.random.default_rng(seed)
    weights = rng.integers(-15, 16, (spec.rows, spec.columns))
    levels = np.stack([np.maximum(weights, 0), np.maximum(-weights, 0)], axis=2)
    levels = levels.reshape(spec.rows, -1)
    found = row_factors(spec, 0, levels)
    cells = 1e-6 + 39e-6 / 15 * np.hstack([levels, np.zeros((spec.rows, 1))])
    seen = kirchhoff(cells, **WIRES)[:, :-1]
    inputs = rng.normal(0, 1, (4000, spec.rows))
    exact, errors = inputs @ weights, []
    for scale in (np.ones(spec.rows), found.scale / 256):
        lines = (inputs * scale) @ seen / (39e-6 / 15)
        sums = lines[:, 0::2] - lines[:, 1::2]
        errors.append(np.sqrt(((sums * best_gains(sums, exact) - exact) ** 2).mean()))
    assert found.scaled < found.without / 1.5
    assert errors[0] / errors[1] == pytest.approx(found.without / found.scaled, rel=0.1)


def test_the_row_that_loses_most_is_not_scaled():
    spec = chip(r_bit=30.0)
    levels = np.full((spec.rows, spec.lines), 8)
    levels[:, 1::2] = 0
    scale = row_factors(spec, 1, levels).scale
    # The top row is farthest from the sense circuits.
    assert scale[0] == 256
    assert (np.diff(scale) <= 0).all()
    assert scale[-1] < 250


def test_ideal_wires_and_rows_without_weights_keep_a_scale_of_one():
    spec = chip()
    levels = np.random.default_rng(1).integers(0, 16, (spec.rows, spec.lines))
    assert (row_factors(spec, 0, levels).scale == 256).all()
    loaded = chip(**WIRES)
    levels[-2:] = 0
    assert (row_factors(loaded, 0, levels).scale[-2:] == 256).all()
    empty = network_factors(loaded, [0 * levels, levels])[0]
    assert (empty.scale == 256).all()
    assert empty.without == empty.scaled == 0


def test_levels_of_another_shape_are_refused():
    spec = chip()
    message = r"^levels must have shape \(12, 10\), not \(12, 9\)$"
    with pytest.raises(ValueError, match=message):
        row_factors(spec, 0, np.zeros((12, 9)))
