"""Spare rows and columns of a chip: left out of the mapping, and fewer than there are."""

import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError, SpecError
from ohmloom_analog.mapping import map_network
from ohmloom_analog.quantisation import IntegerLayer, IntegerNetwork
from ohmloom_analog.spec import ChipSpec


def chip(**more):
    return ChipSpec.parse({"tile": [{"count": 3, "rows": 5, "columns": 4}], **more})


def network(outputs, inputs):
    weights = np.arange(outputs * inputs).reshape(outputs, inputs) % 15 + 1
    layer = IntegerLayer(
        weights=weights,
        bias=np.zeros(outputs, dtype=np.int64),
        weight_lsb=1.0,
        output_lsb=1.0,
        clipped_weights=0,
        clipped_biases=0,
        scale=None,
        signed=False,
        relu=False,
    )
    return IntegerNetwork(layers=(layer,), input_lsb=1.0)


def test_what_is_left_is_mapped_to():
    spec = chip(spare_columns=1, spare_rows=2)
    assert (spec.data_columns, spec.data_rows) == (3, 3)
    mapping = map_network(spec, network(3, 7))
    assert [place.inputs for place in mapping.placements] == [range(3), range(3, 6), range(6, 7)]
    for levels in mapping.levels:
        assert not levels[3:].any()
        assert not levels[:, 6:].any()
    message = "network must fit the 3 tiles of 3x3, not need 4 (layers 10x3)"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        map_network(spec, network(3, 10))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"spare_columns": 4},
            "chip: spare_columns must be fewer than the 4 columns of a tile, not 4",
        ),
        ({"spare_rows": 6}, "chip: spare_rows must be fewer than the 5 rows of a tile, not 6"),
        ({"spare_rows": -1}, "chip: spare_rows must be greater than or equal to 0, not -1"),
    ],
)
def test_spares_that_leave_nothing_are_refused(given, message):
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        chip(**given)


def test_spares_are_part_of_the_hash():
    assert chip().hash != chip(spare_columns=1).hash != chip(spare_rows=1).hash
