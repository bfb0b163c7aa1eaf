import re

import numpy as np
import pytest

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.vectors import as_rows, in_shape_of


@pytest.mark.parametrize(
    ("shape", "rows", "answer"),
    [
        ((4,), (1, 4), (3,)),
        ((1, 4), (1, 4), (1, 3)),
        ((5, 4), (5, 4), (5, 3)),
        ((4, 1), (1, 4), (3, 1)),
        ((4, 4), (4, 4), (4, 3)),
    ],
)
def test_answers_come_in_the_shape_of_the_vectors(shape, rows, answer):
    given = np.arange(np.prod(shape)).reshape(shape)
    taken = as_rows(given, 4, "input", "because")
    assert taken.shape == rows
    assert taken.ravel().tolist() == given.ravel().tolist()
    assert in_shape_of(given, taken[:, :3]).shape == answer


def test_column_of_a_width_of_one_is_many_vectors():
    given = np.arange(3).reshape(3, 1)
    assert as_rows(given, 1, "input", "because").tolist() == [[0], [1], [2]]
    assert in_shape_of(given, given).tolist() == [[0], [1], [2]]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1, 4), ()])
def test_other_shape_is_refused(shape):
    message = f"input must have the shape (4,) or (n, 4), one a row, not {shape}"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        as_rows(np.zeros(shape), 4, "input", "one a row")
