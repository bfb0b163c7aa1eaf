import re

import numpy as np
import pytest

from ohmloom_analog.errors import HardwareError
from ohmloom_sim.host.product_tests import _judge_ramp

CODES = np.array([0, 2, 4, 6, 8])


def test_a_straight_ramp_passes_and_its_slope_is_told():
    assert _judge_ramp(CODES, 3 * CODES - 7).startswith("5 codes, 3 a code, at most ")


@pytest.mark.parametrize("sums", [[5, 5, 5, 5, 5], [0, 6, 12, 12, 12], [0, 6, 3, 18, 24]])
def test_a_line_that_does_not_follow_is_found(sums):
    message = (
        "line 0 must follow the DAC of row 0 within 0.05 of its span, "
        f"not give {sums} for [0, 2, 4, 6, 8]"
    )
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        _judge_ramp(CODES, np.array(sums))
