import csv
import re

import numpy as np
import pytest
from random_networks import random_network

from ohmloom_analog.errors import MappingError
from ohmloom_analog.mapping import map_network, write_weight_table
from ohmloom_analog.network import from_matrix
from ohmloom_analog.quantisation import quantise
from ohmloom_analog.spec import ChipSpec


def chip(encoding="diff_pair", count=6):
    return ChipSpec.parse(
        {
            "tile": [{"count": count, "rows": 5, "columns": 3, "cell": {"levels": 4}}],
            "encoding": encoding,
            "weight_bits": 5,
        }
    )


@pytest.mark.guarantee("G2", "identity")
@pytest.mark.parametrize("encoding", ["diff_pair", "offset_column"])
def test_cells_hold_every_weight_once(encoding):
    spec = chip(encoding, count=7)
    mapping = random_network(spec, [12, 4, 2], np.random.default_rng(0))
    found = [np.full(layer.weights.shape, 99) for layer in mapping.network.layers]
    for place, step in zip(mapping.placements, mapping.table.steps, strict=True):
        assert (step.rows, step.columns) == (len(place.inputs), len(place.outputs))
        cells = mapping.levels[place.tile].reshape(5, 3, -1)
        for column, output in enumerate(place.outputs):
            for row, source in enumerate(place.inputs):
                held = cells[row, column].tolist()
                if encoding == "diff_pair":
                    plus, minus = held[0] + 4 * held[2], held[1] + 4 * held[3]
                    assert 0 in (plus, minus)
                    value = plus - minus
                else:
                    value = held[0] + 4 * held[1] + 16 * held[2] - 16
                assert found[place.layer][output, source] == 99
                found[place.layer][output, source] = value
    for layer, read in zip(mapping.network.layers, found, strict=True):
        assert read.tolist() == layer.weights.tolist()


def test_steps_split_rows_first_and_finish_each_group_of_columns():
    mapping = random_network(chip(count=7), [12, 4, 2], np.random.default_rng(0))
    steps = mapping.table.steps
    assert [s.tile for s in steps] == list(range(7))
    first_layer = steps[:6]
    assert [s.rows for s in first_layer] == [5, 5, 2, 5, 5, 2]
    assert [s.first for s in first_layer] == [True, False, False] * 2
    assert [s.finish for s in first_layer] == [False, False, True] * 2
    assert [s.input_base for s in first_layer] == [0, 5, 10] * 2
    assert [s.output_base for s in first_layer] == [12, 12, 12, 15, 15, 15]
    assert [s.bias_base for s in first_layer] == [0, 0, 0, 3, 3, 3]
    assert (steps[6].input_base, steps[6].output_base, steps[6].bias_base) == (12, 0, 4)
    assert [s.result for s in steps] == [False] * 6 + [True]


def test_unused_cells_stay_at_the_lowest_level():
    mapping = random_network(chip("offset_column"), [3, 2], np.random.default_rng(1))
    assert mapping.levels[0][3:].sum() == 0
    assert mapping.levels[0][:, 6:].sum() == 0
    assert all(held.sum() == 0 for held in mapping.levels[1:])


def test_network_larger_than_the_tiles_is_refused():
    spec = chip(count=2)
    network = quantise(spec, from_matrix(np.ones((4, 7))), np.ones((1, 7)))
    message = "network must fit the 2 tiles of 5x3, not need 4 (layers 7x4)"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        map_network(spec, network)


def test_weight_table_tells_where_each_weight_is(tmp_path):
    spec = chip()
    network = quantise(spec, from_matrix([[3, -15, 0], [15, 1, 2]]), [[1, 1, 1]], exact=True)
    write_weight_table(spec, map_network(spec, network), tmp_path / "weights.csv")
    with (tmp_path / "weights.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    row = next(r for r in rows if (r["output"], r["input"]) == ("0", "1"))
    assert row == {
        "layer": "0",
        "output": "0",
        "input": "1",
        "weight": "-15.0",
        "integer": "-15",
        "tile": "0",
        "row": "1",
        "lines": "0-3",
        "levels": "0 3 0 3",
    }
