"""NIR files made by hand, the way that exporters write them."""

from itertools import pairwise

import nir
import numpy as np

DT = 1e-3
"""Step for which the networks are made [s]."""


def chain(*nodes, inputs):
    """Return a graph of nodes one after the other."""
    named = {"input": nir.Input(np.array(inputs))}
    named |= {f"{type(node).__name__.lower()}_{place}": node for place, node in enumerate(nodes)}
    named["output"] = nir.Output(np.array(next(iter(nodes[-1].output_type.values()))))
    names = list(named)
    edges = list(pairwise(names))
    return nir.NIRGraph(nodes=named, edges=edges, type_check=False)


def lif(size, tau=0.02, v_threshold=1.0, **more):
    """Return neurons whose weights are what a spike adds, as of snnTorch."""
    return nir.LIF(
        tau=np.full(size, tau),
        r=np.full(size, tau / DT),
        v_leak=np.full(size, more.pop("v_leak", 0.0)),
        v_threshold=np.full(size, v_threshold),
        **more,
    )


def two_layer_lif(path, *, inputs, hidden, outputs, seed):
    """Write a network of two layers of leaky neurons, and return its graph.

    With half of the inputs spiking in every tick, both layers spike now and then. The time constant
    is 20 ms in the first layer and 10 ms in the second, for a step of `DT`.
    """
    rng = np.random.default_rng(seed)
    first = rng.normal(0.1, 0.4, (hidden, inputs)) / np.sqrt(inputs)
    second = rng.normal(0.4, 1.0, (outputs, hidden)) / np.sqrt(hidden)
    graph = nir.NIRGraph.from_list(
        nir.Input(np.array([inputs])),
        nir.Affine(first, rng.uniform(0.0, 0.05, hidden)),
        lif(hidden),
        nir.Linear(second),
        lif(outputs, tau=0.01),
        nir.Output(np.array([outputs])),
    )
    nir.write(path, graph)
    return graph
