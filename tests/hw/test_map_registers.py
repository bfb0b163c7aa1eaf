import re

import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.map_registers import has_maps, pack_column_maps, pack_row_maps, unpack_maps

PLAIN = {"tile": [{"count": 2, "rows": 2, "columns": 3}]}
SPEC = ChipSpec.parse(PLAIN | {"spare_columns": 1})
MAPS = (
    PlaceMap(columns=(1, None, 0), rows=(1, 0)),
    PlaceMap(columns=(0, 2, None), rows=(0, 1)),
)


def test_maps_go_into_words_and_come_back():
    columns, rows = pack_column_maps(SPEC, MAPS), pack_row_maps(SPEC, MAPS)
    assert columns == [1, 0x80000000, 0, 0, 2, 0x80000000]
    assert rows == [1, 0, 0, 1]
    assert unpack_maps(SPEC, columns, rows) == MAPS


def test_words_that_are_no_maps_are_refused():
    message = "columns of a map must name 1 once, not 2 times"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        unpack_maps(SPEC, [1, 1, 0, 0, 1, 2], [0, 1, 0, 1])


def test_there_is_one_map_a_tile_of_its_size():
    with pytest.raises(ValueError, match=r"^maps must be given for 2 tiles, not 1$"):
        pack_row_maps(SPEC, MAPS[:1])
    other = PlaceMap(columns=(0, 1), rows=(0, 1))
    message = "map must be of 2 rows and 3 columns, not 2 and 2"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        pack_column_maps(SPEC, (MAPS[0], other))


def test_maps_come_with_spares_or_by_request():
    none = ChipSpec.parse(PLAIN)
    assert not has_maps(none, Features())
    assert has_maps(none, Features(maps=True))
    assert has_maps(SPEC, Features())
    assert has_maps(ChipSpec.parse(PLAIN | {"spare_rows": 1}), Features())
