import re

import pytest

from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": 1}, "inputs must be in [2, 65536], not 1"),
        ({"outputs": 1}, "outputs must be in [2, 65536], not 1"),
        ({"input_bits": 9}, "input_bits must be in [1, 8], not 9"),
        ({"sum_bits": 33}, "sum_bits must be in [2, 32], not 33"),
        ({"error_bits": 0}, "error_bits must be in [1, 8], not 0"),
        ({"accumulator_bits": 1}, "accumulator_bits must be in [2, 32], not 1"),
        ({"slots": 33}, "slots must be in [1, 32], not 33"),
    ],
)
def test_shapes_out_of_range_are_refused(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LearningShape(**{"inputs": 4, "outputs": 4, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"theta": 256}, "theta must be in [0, 255], not 256"),
        ({"margin": -1}, "margin must be in [0, 2147483647], not -1"),
        ({"threshold": -1}, "threshold must be in [0, 2147483647], not -1"),
        ({"sum_shift": 32}, "sum_shift must be in [0, 31], not 32"),
        ({"target_high": 128}, "target_high must be in [-128, 127], not 128"),
        ({"batch": 0}, "batch must be in [1, 65535], not 0"),
        ({"slots": 0}, "slots must be in [1, 32], not 0"),
        ({"row_seed": 0}, "row_seed must be in [1, 4294967295], not 0"),
        ({"column_seed": 2**31}, "column_seed must be in [1, 2147483647], not 2147483648"),
        ({"budget": 2**32}, "budget must be in [0, 4294967295], not 4294967296"),
        (
            {"rule": LearningRule.STDP},
            "given must be true with STDP, which takes spikes in the place of sums, not false",
        ),
    ],
)
def test_settings_out_of_range_are_refused(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LearningSettings(**given)
