import re

import numpy as np
import pytest

from ohmloom_analog.ranges import checked


def test_numbers_within_the_range_come_back_as_an_array():
    found = checked("amount", [[0, 1], [2, 3]], 0.0, 3.0)
    assert found.dtype == np.float64
    assert found.tolist() == [[0.0, 1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    ("values", "limits", "message"),
    [
        ([0.5, 1.5], (0.0, 1.0), "amount must be from 0 to 1 S, not 1.5"),
        ([0.5, np.nan], (0.0, 1.0), "amount must be from 0 to 1 S, not nan"),
        (-1.0, (0.0,), "amount must be finite and at least 0 S, not -1.0"),
        (np.inf, (0.0,), "amount must be finite and at least 0 S, not inf"),
        (-np.inf, (-np.inf,), "amount must be finite, not -inf"),
    ],
)
def test_number_outside_the_range_is_refused(values, limits, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        checked("amount", values, *limits, unit="S")
