import re

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.feature_register import read_features
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3, "count": 2}]})


@pytest.mark.parametrize(
    "features",
    [
        Features(),
        Features(link="uartbone", bus="apb", analyser_depth=2),
        Features(behind="twin", lanes=64, cells="spram", analyser_depth=1024),
        Features(behind="twin", lanes=4, bus="wishbone", cells="block"),
        Features(behind="converters", converters=load_profile("pmod")),
    ],
)
def test_features_are_read_back_from_their_register(features):
    table = register_table(SPEC, features)
    word = table.register("FEATURES").reset
    assert read_features(table, word, converters=features.converters) == features


def test_features_are_where_hosts_expect_them():
    features = Features(
        link="uartbone", bus="apb", behind="twin", cells="spram", lanes=5, analyser_depth=16
    )
    # Link, bus, behind and cells a digit each, then lanes, then 1 + log2 of the samples.
    assert register_table(SPEC, features).register("FEATURES").reset == 0x05_05_1131


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (9 << 8 | 1 << 16, "behind must be one of pins, twin, converters, not 9"),
        (2 << 12 | 1 << 16, "cells must be one of block, spram, not 2"),
        (2 | 1 << 16, "link must be one of frame, uartbone, not 2"),
    ],
)
def test_unknown_features_are_refused(word, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_features(register_table(SPEC), word)
