"""NIR files made by hand, the way that exporters write them."""

from itertools import pairwise

import nir
import numpy as np

DT = 1e-3
"""Step for which the networks are made [s]."""
KINDS = ("LI", "LIF", "CubaLIF", "IF", "Threshold")
"""Types of nodes that hold neurons."""


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


def drawn(kind, rng, size, inputs):
    """Return a graph of weights and neurons of one type with random parameters."""

    def each(low, high):
        return rng.uniform(low, high, size)

    tau, tau_syn = DT * each(1, 60), DT * each(1, 60)
    r, v_leak, level, reset = each(-5, 15), each(-0.5, 0.5), each(0.6, 2), each(-0.5, 0.5)
    cells = {
        "LI": lambda: nir.LI(tau, r, v_leak),
        "LIF": lambda: nir.LIF(tau, r, v_leak, level, reset),
        "CubaLIF": lambda: nir.CubaLIF(tau_syn, tau, r, v_leak, level, reset, each(-1, 2)),
        "IF": lambda: nir.IF(r / 5, level, reset),
        "Threshold": lambda: nir.Threshold(level),
    }[kind]()
    affine = nir.Affine(rng.normal(size=(size, inputs)), each(-0.2, 0.2))
    return chain(affine, cells, inputs=[inputs])
