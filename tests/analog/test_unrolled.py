"""Convolutions as matrices, beside sums written out entry by entry."""

import itertools
import re

import numpy as np
import pytest

from ohmloom_analog.unrolled import Convolution, unrolled


def by_hand(kernel, x, strides, dilations, pads, groups):
    """Return a convolution of two dimensions, output by output."""
    padded = np.pad(x, [(0, 0), *pads])
    outputs, share = kernel.shape[:2]
    sizes = [
        (padded.shape[1 + k] - (kernel.shape[2 + k] - 1) * dilations[k] - 1) // strides[k] + 1
        for k in range(2)
    ]
    found = np.zeros((outputs, *sizes))
    for o, i, j in itertools.product(range(outputs), *map(range, sizes)):
        first = o * groups // outputs * share
        for c, u, v in itertools.product(*map(range, kernel.shape[1:])):
            row, column = i * strides[0] + u * dilations[0], j * strides[1] + v * dilations[1]
            found[o, i, j] += kernel[o, c, u, v] * padded[first + c, row, column]
    return found


@pytest.mark.parametrize(
    ("kernel", "shape", "strides", "dilations", "pads", "groups"),
    [
        ((3, 2, 3, 3), (2, 5, 6), (1, 1), (1, 1), ((0, 0), (0, 0)), 1),
        ((2, 1, 2, 3), (1, 6, 7), (2, 3), (1, 1), ((1, 0), (2, 1)), 1),
        ((4, 1, 3, 2), (2, 7, 5), (1, 2), (2, 1), ((2, 2), (0, 1)), 2),
    ],
)
def test_matrix_gives_what_the_kernel_gives(kernel, shape, strides, dilations, pads, groups):
    rng = np.random.default_rng(1)
    weights, x = rng.normal(size=kernel), rng.normal(size=shape)
    convolution = Convolution(
        kernel=weights, strides=strides, dilations=dilations, pads=pads, groups=groups
    )
    matrix, given = unrolled(convolution, shape)
    expected = by_hand(weights, x, strides, dilations, pads, groups)
    assert given == expected.shape
    assert (matrix @ x.ravel()).reshape(given) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strides": (0, 1)}, "strides must be 2 numbers of at least 1, not (0, 1)"),
        ({"dilations": (1,)}, "dilations must be 2 numbers of at least 1, not (1,)"),
        ({"pads": ((0, -1), (0, 0))}, "pads must be 2 pairs of numbers of at least 0, not"),
        ({"pads": "FULL"}, "pads must be numbers, SAME_UPPER, SAME_LOWER or VALID, not FULL"),
        ({"groups": 2}, "groups must divide the 3 outputs, not be 2"),
        ({"kernel": np.ones((3, 2))}, "kernel must have a dimension beside its channels, not"),
    ],
)
def test_numbers_out_of_range_are_refused(change, message):
    usual = {
        "kernel": np.ones((3, 2, 3, 3)),
        "strides": (1, 1),
        "dilations": (1, 1),
        "pads": ((0, 0), (0, 0)),
    }
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Convolution(**{**usual, **change})


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 5, 5), "channels must be 2 for the kernel, not 1"),
        ((2, 5, 2), "kernel of (3, 3) must fit an input of (5, 2), padding included"),
        ((2, 300, 300), "matrix must have at most 16777216 entries, not 47954160000"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shape, message):
    convolution = Convolution(
        kernel=np.ones((3, 2, 3, 3)), strides=(1, 1), dilations=(1, 1), pads=((0, 0), (0, 0))
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        unrolled(convolution, shape)
