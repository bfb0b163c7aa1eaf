"""Ways through NIR graphs: one from input to output, and loops at neurons."""

import re

import nir
import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_chain import ordered
from ohmloom_analog.nir_file import read_graph


def graph(edges, **more):
    nodes = {name: nir.Linear(np.eye(2)) for name in ("w", "w2")}
    nodes |= {name: nir.IF(np.ones(2), np.ones(2)) for name in ("a", "b")}
    nodes |= {"in": nir.Input(np.array([2])), "out": nir.Output(np.array([2]))} | more
    pairs = [pair.split(">") for pair in edges.split()]
    used = {name for pair in pairs for name in pair} | set(more)
    nodes = {name: node for name, node in nodes.items() if name in used}
    return read_graph(nir.NIRGraph(nodes, pairs, type_check=False))


@pytest.mark.parametrize(
    ("edges", "way", "loops"),
    [
        ("in>w w>a a>out", "in w a out", {"a": []}),
        ("in>a a>a a>out", "in a out", {"a": [[]]}),
        ("in>a a>w w>a a>b b>out", "in a b out", {"a": [["w"]], "b": []}),
        ("in>a a>w w>w2 w2>a a>out", "in a out", {"a": [["w", "w2"]]}),
        ("in>a a>w w>a a>w2 w2>a a>a a>out", "in a out", {"a": [["w"], ["w2"], []]}),
        ("in>a a>w w>b b>b b>w2 w2>out", "in a w b w2 out", {"a": [], "b": [[]]}),
    ],
)
def test_loops_are_beside_the_way(edges, way, loops):
    chain = ordered(graph(edges))
    assert [node.name for node in chain.nodes] == way.split()
    found = {name: [[n.name for n in loop] for loop in all_] for name, all_ in chain.loops.items()}
    assert found == loops


BESIDE = "beside loops from neurons to themselves, not"


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (
            "in>a in>b a>out b>out",
            f"node in (Input) of the graph must have one node behind it {BESIDE} 2: a, b",
        ),
        (
            "in>a a>b a>w b>out w>out",
            f"node a (IF) of the graph must have one node behind it {BESIDE} 2: b, w",
        ),
        ("in>a a>w out>b", f"node w (Linear) of the graph must have one node behind it {BESIDE} 0"),
        (
            "in>a b>a a>out",
            f"node a (IF) of the graph must take from one node {BESIDE} from in, b",
        ),
        (
            "in>a a>b b>a b>out",
            f"node a (IF) of the graph must take from one node {BESIDE} from in, b",
        ),
        (
            "in>w w>w w>a a>out",
            f"node w (Linear) of the graph must take from one node {BESIDE} from in, w",
        ),
        ("in>a a>out w>b b>w2", "node w (Linear) of the graph must be on the way from in to out"),
        ("in>a", "the graph must have one Output, not 0"),
        ("a>out", "the graph must have one Input, not 0"),
    ],
)
def test_other_branches_and_joins_are_refused(edges, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        ordered(graph(edges))


@pytest.mark.parametrize(
    "node",
    [
        nir.Delay(np.ones(2)),
        nir.I(np.ones(2)),
        nir.CubaLI(*np.ones((4, 2))),
        nir.Conv1d(3, np.ones((1, 1, 2)), 1, 0, 1, 1, np.ones(1)),
    ],
)
def test_a_node_of_another_type_is_refused_by_name(node):
    kind = type(node).__name__
    message = f"^node odd \\({kind}\\) of the graph must be one of Input, Output, Linear, Affine, "
    with pytest.raises(MappingError, match=message):
        ordered(graph("in>odd odd>out", odd=node))
