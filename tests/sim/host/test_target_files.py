import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ohmloom_analog.errors import MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.host.target_files import (
    read_conductances,
    read_target_list,
    write_target_list,
)
from ohmloom_sim.host.targets import TargetList, matrix_mapping, targets_of

TILE = {"count": 2, "rows": 4, "columns": 3, "cell": {"g_min": 0.0, "g_max": 30e-6, "levels": 4}}
PAIRS = ChipSpec.parse({"weight_bits": 3, "tile": [TILE]})
SLICED = ChipSpec.parse({"weight_bits": 5, "tile": [TILE]})
SHIFTED = ChipSpec.parse({"weight_bits": 2, "encoding": "offset_column", "tile": [TILE]})
HEADER = "tile,row,column,level,sign,slice\n"


def refused(message):
    return pytest.raises(MappingError, match=f"^{re.escape(message)}$")


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "list.csv"
        path.write_text(text)
        return path

    return write


def test_a_list_has_a_line_for_each_cell(tmp_path):
    path = tmp_path / "list.csv"
    write_target_list(PAIRS, targets_of(PAIRS, matrix_mapping(PAIRS, [[3, -2]])), path)
    assert path.read_text().splitlines() == [
        "tile,row,column,level,sign,slice",
        "0,0,0,3,1,0",
        "0,0,0,0,-1,0",
        "0,1,0,0,1,0",
        "0,1,0,2,-1,0",
    ]


@pytest.mark.parametrize("spec", [PAIRS, SLICED, SHIFTED], ids=["pairs", "slices", "offset"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_what_was_written_is_read(tmp_path, spec, data):
    shape = (spec.tiles, spec.rows, spec.lines)
    levels = data.draw(arrays(np.int64, shape, elements=st.integers(-1, 3)))
    levels[0, 0, 0] = 2
    path = tmp_path / "list.csv"
    write_target_list(spec, TargetList(levels=levels), path)
    assert read_target_list(spec, path).levels.tolist() == levels.tolist()


def test_tile_and_slice_may_be_left_out_and_the_order_is_free(file):
    found = read_target_list(PAIRS, file("sign, level,column,row\n-1,2,1,3\n\n1,1,0,0\n"))
    expected = np.full((2, 4, 6), -1)
    expected[0, 3, 3] = 2
    expected[0, 0, 0] = 1
    assert found.levels.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "target list '{path}' must have lines, not be empty"),
        (
            "row,column,level\n0,0,0\n",
            (
                "target list '{path}' must begin with the header tile,row,column,level,sign,slice, "
                "not row,column,level"
            ),
        ),
        (
            "row,column,level,sign,row\n",
            (
                "target list '{path}' must begin with the header tile,row,column,level,sign,slice, "
                "not row,column,level,sign,row"
            ),
        ),
        (HEADER, "target list '{path}' must name at least one cell, not none"),
        (
            HEADER + "0,0,0,1,1\n",
            "line 2 of '{path}' must have 6 entries, one a name of the header, not 5",
        ),
        (
            HEADER + "0,0,0,1.5,1,0\n",
            "level in line 2 of '{path}' must be a whole number, not '1.5'",
        ),
        (HEADER + "0,0,0,4,1,0\n", "level in line 2 of '{path}' must be in [0, 3], not 4"),
        (HEADER + "2,0,0,1,1,0\n", "tile in line 2 of '{path}' must be in [0, 1], not 2"),
        (HEADER + "0,4,0,1,1,0\n", "row in line 2 of '{path}' must be in [0, 3], not 4"),
        (HEADER + "0,0,-1,1,1,0\n", "column in line 2 of '{path}' must be in [0, 2], not -1"),
        (HEADER + "0,0,0,1,1,1\n", "slice in line 2 of '{path}' must be in [0, 0], not 1"),
        (HEADER + "0,0,0,1,0,0\n", "sign in line 2 of '{path}' must be 1 or -1, not 0"),
        (
            HEADER + "0,1,2,1,-1,0\n0,1,2,3,-1,0\n",
            (
                "line 3 of '{path}' must name another cell than those before, not again "
                "tile 0, row 1, column 2, sign -1, slice 0"
            ),
        ),
    ],
)
def test_lists_that_say_something_else_are_refused(file, text, message):
    path = file(text)
    with refused(message.format(path=path)):
        read_target_list(PAIRS, path)


def test_an_offset_column_has_no_negative_lines(file):
    path = file(HEADER + "0,0,0,1,-1,0\n")
    with refused(f"sign in line 2 of '{path}' must be 1, not -1"):
        read_target_list(SHIFTED, path)


def test_a_list_that_isnt_there_is_refused(tmp_path):
    with refused(f"target list must be an existing file, not '{tmp_path / 'x.csv'}'"):
        read_target_list(PAIRS, tmp_path / "x.csv")


def test_a_list_that_isnt_text_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match=f"^target list '{path}' must be a CSV file in UTF-8: "):
        read_target_list(PAIRS, path)


# What `fusion_export` writes: line ends of the header are those of the system, others CR LF.
EXPORT = (
    "1,3\nAnalogLinear,AnalogLinear\n4,2\n2,1\n2,2\nfirst,last\r\n"
    "0.0,10.2,30.0,41.0\r\n-20.0,5.1\r\n"
)


def test_conductances_of_an_export_become_levels_of_tiles(file):
    targets, clipped = read_conductances(PAIRS, file(EXPORT))
    assert clipped == 1
    assert targets.tiles == (0, 1)
    # The first output of the first layer is 0, 10.2 uS on two inputs, and so on.
    assert targets.levels[0, :2, :4].tolist() == [[0, 0, 3, 0], [1, 0, 3, 0]]
    assert targets.levels[1, :2, :2].tolist() == [[0, 2], [1, 0]]


def test_signs_come_from_beside_the_export(file):
    signs = [np.array([[1, -1], [-0.1, 1]]), np.array([[1, -1]])]
    targets, _ = read_conductances(PAIRS, file(EXPORT), signs=signs)
    assert targets.levels[0, :2, :4].tolist() == [[0, 0, 0, 3], [0, 1, 3, 0]]
    assert targets.levels[1, :2, :2].tolist() == [[2, 0], [0, 1]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "first,last\r\n0.0,10.2,30.0,41.0\r\n-20.0,5.1\r\n",
            "",
            (
                "conductance file '{path}' must have the lines id, class, num_weights, height, "
                "width, then names, then a line a layer, not 5 lines"
            ),
        ),
        ("4,2\n", "4\n", "num_weights in '{path}' must be given for 2 layers, not 1"),
        (
            "-20.0,5.1\r\n",
            "",
            "conductances in '{path}' must be given for 2 layers, not 1",
        ),
        (
            "0.0,10.2,30.0,41.0",
            "0.0,10.2,30.0",
            (
                "layer 'first' of '{path}' must have height x width = 4 conductances, not 3, where "
                "num_weights is 4"
            ),
        ),
        ("2,1\n", "0,1\n", "height of layer 'first' in '{path}' must be at least 1, not 0"),
        ("5.1", "nan", "conductances in line 8 of '{path}' must be finite numbers, not 'nan'"),
        ("5.1", "x", "conductances in line 8 of '{path}' must be finite numbers, not 'x'"),
    ],
)
def test_exports_that_contradict_themselves_are_refused(file, old, new, message):
    assert old in EXPORT
    path = file(EXPORT.replace(old, new))
    with refused(message.format(path=path)):
        read_conductances(PAIRS, path)


def test_signs_must_fit_the_layers(file):
    path = file(EXPORT)
    with refused(f"signs must be given for the 2 layers of '{path}', not for 1"):
        read_conductances(PAIRS, path, signs=[np.ones((2, 2))])
    with refused("signs of layer 'last' must have the shape (1, 2), not (2, 1)"):
        read_conductances(PAIRS, path, signs=[np.ones((2, 2)), np.ones((2, 1))])
