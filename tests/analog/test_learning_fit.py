"""Chips that learn in place: what they must be, and that others stay what they were."""

import re

import pytest
from writable import writable

from ohmloom_analog.errors import SpecError
from ohmloom_analog.learning_fit import learning_size
from ohmloom_analog.spec import ChipSpec, load_spec, write_spec

PAIRS = writable(rows=4, columns=3).model_dump(exclude_none=True) | {"encoding": "diff_pair"}
PAIR = (
    "a weight must be one pair of cells for learning (encoding diff_pair, and weight_bits "
    "at most 3)"
)


def test_a_chip_without_the_section_is_the_same_chip_as_before():
    spec = ChipSpec.parse(PAIRS)
    learning = ChipSpec.parse(PAIRS | {"learning": {}})
    assert spec.hash != learning.hash
    assert learning.model_copy(update={"learning": None}).hash == spec.hash
    # As it was before there was such a section.
    assert load_spec("default").hash.startswith("4a9fdec98ac8a3ae")


def test_the_section_survives_a_file(tmp_path):
    spec = ChipSpec.parse(PAIRS | {"learning": {"rule": "manhattan", "inputs": 3}})
    write_spec(spec, tmp_path / "chip.toml")
    assert load_spec(tmp_path / "chip.toml") == spec


@pytest.mark.parametrize(
    ("section", "size"), [({}, (4, 3)), ({"inputs": 2}, (2, 3)), ({"outputs": 2}, (4, 2))]
)
def test_all_weights_of_a_tile_learn_unless_fewer_are_named(section, size):
    spec = ChipSpec.parse(PAIRS | {"learning": section})
    assert learning_size(spec, spec.learning) == size


@pytest.mark.parametrize(
    ("parts", "section", "message"),
    [
        (
            {"tile": [{"rows": 4, "columns": 3, "cell": {"levels": 4}}], "weight_bits": 3},
            {},
            "every tile must have a section 'write' for learning, which moves cells by pulses",
        ),
        (
            {"encoding": "offset_column"},
            {},
            f"{PAIR}, not 1 of offset_column",
        ),
        (
            {"weight_bits": 4},
            {},
            f"{PAIR}, not 4 of diff_pair",
        ),
        (
            {"ecc": {"checksums": True}},
            {},
            "ecc.an, ecc.residue and ecc.checksums must be off for learning, which moves weights",
        ),
        (
            {"input": {"bits": 9, "slice_bits": 3}},
            {},
            "input.bits must be at most 8 for learning, not 9",
        ),
        ({"spare_rows": 1}, {}, "spare_rows must be 0 for learning, not 1"),
        ({"spare_columns": 1}, {}, "spare_columns must be 0 for learning, not 1"),
        ({}, {"inputs": 5}, "learning.inputs must be from 2 to the 4 of a tile, not 5"),
        ({}, {"outputs": 4}, "learning.outputs must be from 2 to the 3 of a tile, not 4"),
        ({}, {"outputs": 1}, "learning.outputs must be greater than or equal to 2, not 1"),
        (
            {},
            {"rule": "hebb"},
            "learning.rule must be 'perceptron', 'manhattan', 'threshold', 'stochastic' or 'stdp'",
        ),
        (
            {"tile": [PAIRS["tile"][0] | {"rows": 2, "columns": 3}]},
            {"transposed": True},
            "columns must be at most the 2 rows of a tile for learning.transposed, as the range",
        ),
        (
            {"ecc": {"average": 4}},
            {"transposed": True},
            "ecc.average must be 1 for learning.transposed, not 4",
        ),
        (
            {"ecc": {"vote": 3}},
            {"transposed": True},
            "ecc.vote must be 1 for learning.transposed, not 3",
        ),
        (
            {"ecc": {"reissue": True}},
            {"transposed": True},
            "ecc.reissue must be False for learning.transposed, not True",
        ),
        ({}, {"slots": 33}, "learning.slots must be less than or equal to 32, not 33"),
    ],
)
def test_what_cannot_learn_is_refused(parts, section, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        ChipSpec.parse(PAIRS | parts | {"learning": section})


def test_wide_tiles_and_repeated_reads_learn_without_a_transposed_read():
    tile = [PAIRS["tile"][0] | {"rows": 2, "columns": 3}]
    spec = ChipSpec.parse(PAIRS | {"tile": tile, "ecc": {"average": 4}, "learning": {}})
    assert not spec.learning.transposed
