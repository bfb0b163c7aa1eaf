import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.targets import TargetList, matrix_mapping, side_by_side, targets_of

SPEC = ChipSpec.parse(
    {"weight_bits": 3, "tile": [{"count": 2, "rows": 4, "columns": 3, "cell": {"levels": 4}}]}
)


def refused(message):
    return pytest.raises(MappingError, match=f"^{re.escape(message)}$")


def test_integers_become_pairs_of_levels_and_the_rest_stays_as_it_is():
    targets = targets_of(SPEC, matrix_mapping(SPEC, [[3, -2], [0, 1]]))
    expected = np.full((2, 4, 6), -1)
    expected[0, 0, :4] = [3, 0, 0, 0]
    expected[0, 1, :4] = [0, 2, 1, 0]
    assert targets.levels.tolist() == expected.tolist()
    assert targets.tiles == (0,)


def test_the_reference_line_is_written_where_its_row_is():
    targets = targets_of(SPEC, matrix_mapping(SPEC, [[1, 1]]))
    assert targets.with_reference()[0, :, -1].tolist() == [0, 0, -1, -1]
    assert (targets.with_reference()[1] == -1).all()


def test_floats_are_scaled_to_the_largest_integer():
    targets = targets_of(SPEC, matrix_mapping(SPEC, [[0.5, -0.25]]))
    assert targets.levels[0, :2, :2].tolist() == [[3, 0], [0, 2]]


def test_integers_beyond_the_weights_are_scaled():
    targets = targets_of(SPEC, matrix_mapping(SPEC, [[30, -10]]))
    assert targets.levels[0, :2, :2].tolist() == [[3, 0], [0, 1]]


def test_equal_targets_have_equal_hashes_and_others_dont():
    one, same, other = (
        targets_of(SPEC, matrix_mapping(SPEC, w)) for w in ([[1, 2]], [[1.0, 2.0]], [[2, 1]])
    )
    assert one.hash == same.hash != other.hash
    assert len(one.hash) == 64


def test_the_shape_is_part_of_the_hash():
    narrow = TargetList(levels=np.full((1, 2, 4), -1))
    wide = TargetList(levels=np.full((1, 4, 2), -1))
    assert narrow.hash != wide.hash


def test_matrices_side_by_side_take_tiles_of_their_own():
    targets = side_by_side(SPEC, [[[1, 0]], [[0, -3]]])
    assert targets.tiles == (0, 1)
    assert targets.levels[0, :2, :2].tolist() == [[1, 0], [0, 0]]
    assert targets.levels[1, :2, :2].tolist() == [[0, 0], [0, 3]]


def test_too_many_matrices_are_refused():
    with refused("matrices must fit the 2 tiles of the chip, not need 3"):
        side_by_side(SPEC, [[[1]], [[1]], [[1]]])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1.0, float("nan")]], "matrix[0, 1] must be finite, not nan"),
        ([1, 2], "matrix must have at least one row and one column, not the shape (2,)"),
        (
            np.ones((7, 4)),
            "network must fit the 2 tiles of 4x3, not need 3 (layers 4x7)",
        ),
    ],
)
def test_what_is_no_matrix_of_the_chip_is_refused(matrix, message):
    with refused(message):
        matrix_mapping(SPEC, matrix)
