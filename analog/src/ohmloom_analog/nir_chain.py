"""The order of a NIR graph's nodes: one way from input to output, and loops at its neurons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_file import NirGraph, NirNode

__all__ = ["LINEAR", "NEURONS", "NirChain", "ordered"]

NEURONS = ("IF", "LIF", "LI", "CubaLIF", "Threshold")
"""Types of nodes that hold a layer's neurons."""
LINEAR = ("Linear", "Affine", "Scale", "Flatten", "Conv2d", "SumPool2d", "AvgPool2d")
"""Types of nodes that become the weights of a layer."""

_ENDS = ("Input", "Output")


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class NirChain:
    """Nodes in the order in which a tick goes through them."""

    nodes: tuple[NirNode, ...]
    """From the input to the output, loops left out."""
    loops: Mapping[str, tuple[tuple[NirNode, ...], ...]]
    """By a neuron node's name, the linear nodes of each way from it back to itself."""


def ordered(graph: NirGraph) -> NirChain:
    """Find the way from the input to the output and the loops beside it.

    Raises
    ------
    MappingError
        Where a node is of a type that a chip hasn't, there isn't one input and one output, ways
        branch or join elsewhere than in a loop from neurons to themselves, or a node is on no way.
    """
    for node in graph.nodes.values():
        if node.kind not in (*_ENDS, *NEURONS, *LINEAR):
            msg = f"{node} must be one of {', '.join((*_ENDS, *LINEAR, *NEURONS))}"
            raise MappingError(msg)
    ways = _Ways(graph)
    loops = {
        name: ways.take_loops(name) for name, node in graph.nodes.items() if node.kind in NEURONS
    }
    first, last = (_only(graph, kind) for kind in _ENDS)
    nodes = [first]
    while nodes[-1] is not last:
        nodes.append(ways.after(nodes[-1], nodes))
    missed = [node for node in ways.nodes.values() if node not in nodes]
    if missed:
        msg = f"{missed[0]} must be on the way from {first.name} to {last.name}"
        raise MappingError(msg)
    return NirChain(nodes=tuple(nodes), loops=loops)


def _only(graph: NirGraph, kind: str) -> NirNode:
    found = [node for node in graph.nodes.values() if node.kind == kind]
    if len(found) != 1:
        msg = f"{graph.source} must have one {kind}, not {len(found)}"
        raise MappingError(msg)
    return found[0]


@dataclass(eq=False, slots=True)
class _Ways:
    """Edges both ways, from which loops are taken out."""

    graph: NirGraph
    nodes: dict[str, NirNode] = field(init=False)
    behind: dict[str, list[str]] = field(init=False)
    before: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = dict(self.graph.nodes)
        self.behind = {name: [] for name in self.nodes}
        self.before = {name: [] for name in self.nodes}
        for first, second in self.graph.edges:
            self.behind[first].append(second)
            self.before[second].append(first)

    def take_loops(self, neuron: str) -> tuple[tuple[NirNode, ...], ...]:
        """Take out every way from a node through linear ones back to it."""
        loops = []
        for start in list(self.behind[neuron]):
            path, at = [neuron], start
            while at != neuron and self._passes(at):
                path.append(at)
                at = self.behind[at][0]
            if at == neuron:
                self.behind[neuron].remove(start)
                self.before[neuron].remove(path[-1])
                loops.append(tuple(self.nodes.pop(name) for name in path[1:]))
        return tuple(loops)

    def _passes(self, name: str) -> bool:
        single = len(self.behind[name]) == len(self.before[name]) == 1
        return single and self.nodes[name].kind in LINEAR

    def after(self, node: NirNode, past: list[NirNode]) -> NirNode:
        """Return the only node behind another.

        Raises
        ------
        MappingError
            Where there isn't one, or it takes from others too.
        """
        behind = self.behind[node.name]
        if len(behind) != 1:
            told = ": " + ", ".join(behind) if behind else ""
            msg = (
                f"{node} must have one node behind it beside loops from neurons to themselves, "
                f"not {len(behind)}{told}"
            )
            raise MappingError(msg)
        found, before = self.nodes[behind[0]], self.before[behind[0]]
        if len(before) != 1 or found in past:
            msg = (
                f"{found} must take from one node beside loops from neurons to themselves, "
                f"not from {', '.join(before)}"
            )
            raise MappingError(msg)
        return found
