"""Linear nodes of NIR graphs as matrices, beside the nodes run one by one."""

import re

import nir
import numpy as np
import pytest
from nir_files import DT, chain
from nir_oracle import NirOracle

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_file import read_graph
from ohmloom_analog.nir_linear import LinearMap

RNG = np.random.default_rng(4)


def draw(*shape):
    return RNG.normal(size=shape)


def pair(first, second):
    return np.array([first, second])


def mapped(nodes, shape):
    graph = chain(*nodes, inputs=shape)
    signal = LinearMap(shape=tuple(shape))
    read = read_graph(graph).nodes
    for name in list(read)[1:-1]:
        signal.take(read[name])
    return signal, graph


CASES = {
    "dense": ([nir.Linear(draw(4, 6)), nir.Affine(draw(3, 4), draw(3))], [6]),
    "scaled": ([nir.Scale(draw(6)), nir.Affine(draw(3, 6), draw(3)), nir.Scale(draw(3))], [6]),
    "convolved": (
        [
            nir.Conv2d(None, draw(3, 2, 2, 3), (1, 2), (1, 0), (2, 1), 1, draw(3)),
            nir.Conv2d(None, draw(2, 3, 1, 2), 1, 1, 1, 1, draw(2)),
        ],
        [2, 5, 6],
    ),
    "pooled": (
        [
            nir.SumPool2d(pair(2, 3), pair(1, 2), pair(1, 0)),
            nir.AvgPool2d(pair(2, 2), pair(2, 2), pair(0, 1)),
            nir.Flatten(None, 0, -1),
            nir.Linear(draw(3, 12)),
        ],
        [2, 5, 7],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_matrix_gives_what_the_nodes_give(name):
    nodes, shape = CASES[name]
    signal, graph = mapped(nodes, shape)
    x = draw(*shape)
    expected = NirOracle(graph, DT).tick(x)
    assert signal.shape == expected.shape
    assert signal.matrix @ x.ravel() + signal.offset == pytest.approx(expected.ravel())


def test_padding_by_name_is_that_in_numbers():
    kernel = draw(2, 1, 3, 3)
    for name, pads in (("same", 1), ("valid", 0)):
        named, _ = mapped([nir.Conv2d((5, 4), kernel, 1, name, 1, 1, draw(2))], [1, 5, 4])
        given, _ = mapped([nir.Conv2d((5, 4), kernel, 1, pads, 1, 1, draw(2))], [1, 5, 4])
        assert np.array_equal(named.matrix, given.matrix)
        assert named.shape == given.shape


def test_an_even_kernel_of_the_same_size_has_its_zero_behind():
    kernel = np.array([[[[1.0, 2.0]]]])
    signal, _ = mapped([nir.Conv2d((1, 3), kernel, 1, "same", 1, 1, np.zeros(1))], [1, 1, 3])
    assert signal.matrix.tolist() == [[1, 2, 0], [0, 1, 2], [0, 0, 1]]


def test_groups_of_channels_do_not_meet():
    kernel = draw(4, 1, 2, 2)
    grouped, _ = mapped([nir.Conv2d(None, kernel, 1, 0, 1, 2, np.zeros(4))], [2, 3, 3])
    halves = [
        mapped([nir.Conv2d(None, part, 1, 0, 1, 1, np.zeros(2))], [1, 3, 3])[0].matrix
        for part in (kernel[:2], kernel[2:])
    ]
    zeros = np.zeros_like(halves[0])
    assert np.array_equal(grouped.matrix, np.block([[halves[0], zeros], [zeros, halves[1]]]))


def test_one_number_stands_for_all():
    all_, _ = mapped([nir.Scale(np.array(2.0)), nir.Affine(np.eye(3), np.array([0.5]))], [3])
    assert np.array_equal(all_.matrix, 2 * np.eye(3))
    assert all_.offset.tolist() == [0.5] * 3


@pytest.mark.parametrize(
    ("bounds", "shape"),
    [((0, -1), (24,)), ((1, -1), (2, 12)), ((0, 1), (6, 4)), ((1, 1), (2, 3, 4))],
)
def test_flatten_joins_the_dimensions_that_it_names(bounds, shape):
    signal, _ = mapped([nir.Flatten(None, *bounds)], [2, 3, 4])
    assert (signal.shape, signal.weights) == (shape, None)


def test_a_flat_signal_stays_as_it_is():
    assert mapped([nir.Flatten(None)], [4])[0].shape == (4,)


@pytest.mark.parametrize(
    ("node", "shape", "message"),
    [
        (
            nir.Linear(draw(2, 5)),
            [4],
            "weight of {node} must be a matrix of outputs x 4 for a signal of (4,), not (2, 5)",
        ),
        (nir.Linear(draw(2, 3, 4)), [4], "weight of {node} must be a matrix of outputs x 4"),
        (
            nir.Linear(draw(2, 4)),
            [2, 2],
            (
                "weight of {node} must be a matrix of outputs x 4 for a signal of (2, 2), not "
                "(2, 4); a Flatten before it makes one dimension"
            ),
        ),
        (
            nir.Affine(draw(2, 4), draw(3)),
            [4],
            "bias of {node} must be one number or fit (2,), not (3,)",
        ),
        (nir.Scale(draw(2, 2)), [4], "scale of {node} must be one number or fit (4,), not (2, 2)"),
        (nir.Scale(np.array([np.inf])), [4], "scale of {node} must be finite numbers, at least"),
        (nir.Scale(np.array(["a"])), [4], "scale of {node} must be numbers, not "),
        (nir.Flatten(None, 1, 3), [2, 3], "dimensions of {node} must be among the 2 of (2, 3), "),
        (
            nir.Conv2d(None, draw(1, 1, 2, 2), 1, 0, 1, 1, draw(1)),
            [9],
            "{node} must take channels x height x width, not (9,)",
        ),
        (
            nir.Conv2d(None, draw(1, 1, 2, 2), 1, 0, 1, 1, draw(1)),
            [2, 3, 3],
            "{node}: channels must be 1 for the kernel, not 2",
        ),
        (
            nir.Conv2d(None, draw(1, 1, 4, 4), 1, 0, 1, 1, draw(1)),
            [1, 3, 3],
            "{node}: kernel of (4, 4) must fit an input of (3, 3), padding included",
        ),
        (
            nir.Conv2d(None, draw(1, 1, 2, 2), 2, "same", 1, 1, draw(1)),
            [1, 3, 3],
            "padding of {node} must be numbers, 'valid' or, with a stride of 1, 'same', not 'same'",
        ),
        (
            nir.Conv2d(None, draw(1, 1, 2), (1, 1), (0, 0), (1, 1), 1, draw(1)),
            [1, 3, 3],
            "weight of {node} must have 4 dimensions, not shape (1, 1, 2)",
        ),
        (
            nir.Conv2d(None, draw(1, 1, 2, 2), (1, 1, 1), 0, 1, 1, draw(1)),
            [1, 3, 3],
            "stride of {node} must be one number or two, not 3",
        ),
        (
            nir.SumPool2d(pair(0, 2), pair(1, 1), pair(0, 0)),
            [1, 3, 3],
            "kernel_size of {node} must be at least 1, not (0, 2)",
        ),
        (
            nir.SumPool2d(pair(2, 2), pair(1.5, 1), pair(0, 0)),
            [1, 3, 3],
            "stride of {node} must be whole numbers of at least 0, not [1.5, 1.0]",
        ),
        (
            nir.Conv2d(None, draw(8, 1, 1, 1), 1, 0, 1, 1, draw(8)),
            [1, 64, 64],
            "{node}: matrix must have at most 16777216 entries, not 134217728",
        ),
        (nir.Scale(draw(5000)), [5000], "the weights of a layer must be at most 16777216, not 25"),
    ],
)
def test_what_does_not_fit_the_signal_is_refused(node, shape, message):
    kind = type(node).__name__
    named = f"node {kind.lower()}_0 ({kind}) of the graph"
    with pytest.raises(MappingError, match=f"^{re.escape(message.format(node=named))}"):
        mapped([node], shape)
