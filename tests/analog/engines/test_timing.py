import re

import numpy as np
import pytest

from ohmloom_analog.engines.timing import ReadTiming
from ohmloom_analog.spec import ChipSpec


def test_times_are_those_of_the_chip():
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": 2, "columns": 1}],
            "dac": {"settle_time": 5e-7, "edge_time": 2e-9},
            "tia": {"bandwidth": 1e7},
        }
    )
    timing = ReadTiming.of(spec)
    assert (timing.settle_time, timing.edge_time, timing.bandwidth) == (5e-7, 2e-9, 1e7)
    assert timing.time_constant == pytest.approx(1 / (2 * np.pi * 1e7))
    assert timing.step == pytest.approx(1e-8)


def test_chip_without_settle_time_is_sampled_at_the_end_of_its_edges():
    spec = ChipSpec.parse({"tile": [{"rows": 2, "columns": 1}], "dac": {"settle_time": 0.0}})
    assert ReadTiming.of(spec).settle_time == 1e-9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settle_time": 0.0}, "settle_time must be finite and above 0 s, not 0.0"),
        ({"edge_time": np.nan}, "edge_time must be finite and above 0 s, not nan"),
        ({"bandwidth": np.inf}, "bandwidth must be finite and above 0 Hz, not inf"),
        ({"longest_step": -1.0}, "longest_step must be finite and above 0 s, not -1.0"),
        ({"edge_time": 2e-6}, "edge_time must be at most settle_time = 1e-06 s, not 2e-06 s"),
    ],
)
def test_impossible_time_is_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ReadTiming(**changes)
