"""Parameters of NIR's nodes: what fits a signal, and what isn't a number."""

import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_fields import bare, numbers, sizes, spread
from ohmloom_analog.nir_file import NirNode


def node(value):
    return NirNode(name="n", kind="LIF", fields={"r": value}, source="the graph")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, [3, 3, 3, 3]),
        (np.array([3.0]), [3, 3, 3, 3]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), [1, 2, 3, 4]),
        (np.array([[[1, 2], [3, 4]]]), [1, 2, 3, 4]),
        (np.array([[1.0], [2.0]]), [1, 1, 2, 2]),
    ],
)
def test_a_parameter_is_spread_over_a_signal(value, expected):
    assert spread(node(value), "r", (2, 2)).tolist() == expected


@pytest.mark.parametrize("value", [np.ones(2), np.ones(4), np.ones((2, 3)), np.ones((3, 1))])
def test_a_parameter_of_another_shape_is_refused(value):
    message = f"r of node n (LIF) of the graph must be one number or fit (2, 2), not {value.shape}"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        spread(node(value), "r", (2, 2))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "r of node n (LIF) of the graph must be finite numbers, at least one"),
        ("many", "r of node n (LIF) of the graph must be numbers, not 'many'"),
        (np.array([1.0, -np.inf]), "r of node n (LIF) of the graph must be finite numbers"),
        (np.array([]), "r of node n (LIF) of the graph must be finite numbers, at least one"),
    ],
)
def test_what_is_no_number_is_refused(value, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}"):
        numbers(node(value), "r")
    with pytest.raises(MappingError, match=r"^node n \(LIF\) of the graph must have tau$"):
        numbers(node(value), "tau")


@pytest.mark.parametrize("value", [1.5, -1, [2, 0.25]])
def test_sizes_are_whole_and_not_below_0(value):
    assert sizes(node(np.array([3.0, 0.0])), "r") == (3, 0)
    with pytest.raises(MappingError, match="must be whole numbers of at least 0, not "):
        sizes(node(value), "r")


def test_the_ones_before_a_shape_are_not_counted():
    shapes = [(1, 1, 3), (3, 1), (1, 1), (), (2, 1, 3)]
    assert [bare(shape) for shape in shapes] == [(3,), (3, 1), (1,), (1,), (2, 1, 3)]
