import re

import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec

SPEC = ChipSpec.parse({"tile": [{"rows": 2, "columns": 3}], "spare_columns": 1})


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ((0, 0, 1), (0, 1), "columns of a map must name 0 once, not 2 times"),
        ((0, 3, 1), (0, 1), "columns of a map must be in [0, 2], not 3"),
        ((0, None, None), (1, 1), "rows of a map must name 1 once, not 2 times"),
        ((0, None, None), (1, -1), "rows of a map must be in [0, 1], not -1"),
    ],
)
def test_a_map_that_is_not_injective_is_refused(columns, rows, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        PlaceMap(columns=columns, rows=rows)


def test_a_map_of_another_chip_is_refused():
    message = "map must be of 2 rows and 3 columns, not 3 and 2"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        PlaceMap(columns=(0, 1), rows=(0, 1, 2)).check(SPEC)
    PlaceMap.identity(SPEC).check(SPEC)


def test_lines_follow_their_columns():
    placed = PlaceMap(columns=(2, None, 0), rows=(1, 0))
    assert placed.physical_columns == (2, None, 0)
    assert placed.physical_lines(SPEC) == (4, 5, None, None, 0, 1)
