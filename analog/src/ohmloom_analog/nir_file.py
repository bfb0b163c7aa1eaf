"""NIR graphs as plain nodes and edges, with their subgraphs put in place.

Files are read by h5py rather than by the package nir, which refuses what exporters write in good
faith: parameters that are one number for all neurons, or of different shapes, and graphs whose
types don't match because of it.
"""

import importlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ohmloom_analog.errors import MappingError
from ohmloom_analog.unrolled import MOST_WEIGHTS

__all__ = ["NirGraph", "NirNode", "read_graph"]

Edges = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class NirNode:
    """A node with its parameters, unchecked."""

    name: str
    """Name in its graph, with those of the graphs around it before it."""
    kind: str
    """Type, such as LIF."""
    fields: Mapping[str, Any]
    """Parameters by name."""
    source: str
    """What it has been read from, for messages."""

    def __str__(self) -> str:
        """Return how messages call it."""
        return f"node {self.name} ({self.kind}) of {self.source}"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class NirGraph:
    """Nodes by name and the edges between them, without graphs inside."""

    nodes: Mapping[str, NirNode]
    """Every node by its name."""
    edges: Sequence[tuple[str, str]]
    """Pairs of names, each from a node to one that takes what it gives."""
    source: str
    """What it has been read from, for messages."""


def read_graph(source: Path | Any) -> NirGraph:
    """Read a graph and put its subgraphs in place of their nodes.

    Parameters
    ----------
    source
        An HDF5 file that `nir.write` has written, or a `nir.NIRGraph`.

    Raises
    ------
    MappingError
        Where h5py is missing, there is no such graph, an edge has no node at an end or is there
        twice, or a subgraph hasn't one input and one output.
    """
    if isinstance(source, Path):
        name, data = str(source), _file(source)
    elif hasattr(source, "to_dict"):
        name, data = "the graph", source.to_dict()
    else:
        msg = f"a network must be a path or a nir.NIRGraph, not {type(source).__name__}"
        raise MappingError(msg)
    if not isinstance(data, Mapping) or _text(data.get("type")) != "NIRGraph":
        msg = f"a network must be a NIRGraph, which {name} isn't"
        raise MappingError(msg)
    nodes, edges = _unfolded(data, name, "")
    for (first, second), count in Counter(edges).items():
        if count > 1:
            msg = f"edge {first} -> {second} of {name} must be there once, not {count} times"
            raise MappingError(msg)
    return NirGraph(nodes=nodes, edges=edges, source=name)


def _file(path: Path) -> Any:
    try:
        h5py: Any = importlib.import_module("h5py")
    except ImportError:
        msg = f"the package nir must be there to read {path}: pip install 'ohmloom[nir]'"
        raise MappingError(msg) from None
    try:
        with h5py.File(path, "r") as file:
            return _plain(file["node"])
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        told = str(error).strip().strip("'\"") or type(error).__name__
        msg = f"a network must be a NIR file, not '{path}': {told}"
        raise MappingError(msg) from None


def _plain(item: Any) -> Any:
    if hasattr(item, "items"):
        return {str(name): _plain(value) for name, value in item.items()}
    if item.size is not None and item.size > MOST_WEIGHTS:
        msg = f"{item.name} must have at most {MOST_WEIGHTS} entries, not {item.size}"
        raise ValueError(msg)
    return item[()]


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _unfolded(data: Mapping[str, Any], source: str, prefix: str) -> tuple[dict[str, Any], Edges]:
    """Return all nodes below a graph, and edges that go past what is only its border."""
    inside, pairs = data.get("nodes"), data.get("edges")
    if not isinstance(inside, Mapping) or pairs is None:
        msg = f"graph {prefix.rstrip('.') or source} of {source} must have nodes and edges"
        raise MappingError(msg)
    nodes: dict[str, NirNode] = {}
    edges: Edges = []
    borders: list[str] = []
    ends: dict[str, tuple[str, str]] = {}
    for given, fields in inside.items():
        name = prefix + given
        kind = _text(fields.get("type")) if isinstance(fields, Mapping) else "no type"
        node = NirNode(name=name, kind=kind, fields=fields, source=source)
        ends[name] = (name, name)
        if kind != "NIRGraph":
            nodes[name] = node
            continue
        below, more = _unfolded(fields, source, f"{name}.")
        ends[name] = _border(node, below, fields["nodes"])
        borders += ends[name]
        nodes |= below
        edges += more
    for pair in pairs:
        named = [prefix + _text(end) for end in pair]
        if len(named) != 2 or any(end not in ends for end in named):
            msg = f"edges of {source} must be between two of its nodes, not {' -> '.join(named)}"
            raise MappingError(msg)
        edges.append((ends[named[0]][1], ends[named[1]][0]))
    return _without(borders, nodes, edges)


def _border(
    node: NirNode, below: Mapping[str, NirNode], inside: Mapping[str, Any]
) -> tuple[str, str]:
    """Return the input and the output of a subgraph."""
    found = []
    for kind in ("Input", "Output"):
        own = [f"{node.name}.{name}" for name in inside]
        names = [name for name in own if name in below and below[name].kind == kind]
        if len(names) != 1:
            msg = f"{node} must have one {kind}, not {len(names)}"
            raise MappingError(msg)
        found += names
    return found[0], found[1]


def _without(
    borders: Sequence[str], nodes: dict[str, NirNode], edges: Edges
) -> tuple[dict[str, NirNode], Edges]:
    """Join what comes before each of some nodes to what comes behind it."""
    for border in borders:
        if (border, border) in edges:
            msg = f"node {border}, which is the border of a graph, must not feed itself"
            raise MappingError(msg)
        before = [a for a, b in edges if b == border]
        behind = [b for a, b in edges if a == border]
        edges = [edge for edge in edges if border not in edge]
        edges += [(a, b) for a in before for b in behind]
    return {name: node for name, node in nodes.items() if name not in borders}, edges
