"""NIR graphs run in floats, node by node from NIR's definitions: no matrices, no integers.

A node that is asked for what it gives asks those before it first. One that is asked while it asks
itself, as in a loop, gives what it gave in the tick before.
"""

from itertools import product

import nir
import numpy as np


class NirOracle:
    """A graph at rest, which `tick` moves on by dt seconds."""

    def __init__(self, graph, dt):
        self.graph, self.dt = graph, dt
        self.inner = {
            name: NirOracle(node, dt)
            for name, node in graph.nodes.items()
            if isinstance(node, nir.NIRGraph)
        }
        self.membranes, self.synapses, self.given = {}, {}, {}
        self.levels = {}
        (self.first,) = [n for n, node in graph.nodes.items() if isinstance(node, nir.Input)]
        (self.last,) = [n for n, node in graph.nodes.items() if isinstance(node, nir.Output)]

    def tick(self, signal):
        self.asked, self.now = set(), {self.first: np.asarray(signal, float)}
        out = self.ask(self.last)
        self.given = dict(self.now)
        return out

    def ask(self, name):
        if name in self.now:
            return self.now[name]
        if name in self.asked:
            return self.given.get(name, 0.0)
        self.asked.add(name)
        total = sum(self.ask(a) for a, b in self.graph.edges if b == name)
        if name in self.inner:
            self.now[name] = self.inner[name].tick(total)
        else:
            node = self.graph.nodes[name]
            self.now[name] = getattr(self, f"run_{type(node).__name__.lower()}")(name, node, total)
        return self.now[name]

    def run_output(self, name, node, x):
        return x

    def run_linear(self, name, node, x):
        x = x if np.ndim(x) else np.full(node.weight.shape[1], x)
        return np.array([sum(w * v for w, v in zip(row, x, strict=True)) for row in node.weight])

    def run_affine(self, name, node, x):
        return self.run_linear(name, node, x) + node.bias

    def run_scale(self, name, node, x):
        return x * node.scale

    def run_flatten(self, name, node, x):
        return x.reshape(-1)

    def run_sumpool2d(self, name, node, x):
        return self.window(x, node, lambda part: part.sum(axis=(1, 2)))

    def run_avgpool2d(self, name, node, x):
        return self.window(x, node, lambda part: part.mean(axis=(1, 2)))

    def window(self, x, node, reduce):
        (top, left), (high, wide), (down, right) = node.padding, node.kernel_size, node.stride
        padded = np.pad(x, ((0, 0), (top, top), (left, left)))
        rows = range(0, padded.shape[1] - high + 1, down)
        columns = range(0, padded.shape[2] - wide + 1, right)
        picked = [[reduce(padded[:, i : i + high, j : j + wide]) for j in columns] for i in rows]
        return np.moveaxis(np.array(picked), 2, 0)

    def run_conv2d(self, name, node, x):
        assert node.groups == 1
        top, left = node.padding
        padded = np.pad(x, ((0, 0), (top, top), (left, left)))
        _, inputs, high, wide = node.weight.shape
        down, right = node.stride
        far, away = node.dilation
        rows = (padded.shape[1] - (high - 1) * far - 1) // down + 1
        columns = (padded.shape[2] - (wide - 1) * away - 1) // right + 1
        out = np.zeros((len(node.weight), rows, columns))
        for o, i, j in product(*map(range, out.shape)):
            out[o, i, j] = node.bias[o] + sum(
                node.weight[o, c, a, b] * padded[c, i * down + a * far, j * right + b * away]
                for c, a, b in product(range(inputs), range(high), range(wide))
            )
        return out

    def run_if(self, name, node, x):
        v = self.membranes.get(name, 0.0) + node.r * x
        return self.fire(name, node, v)

    def run_lif(self, name, node, x):
        return self.fire(name, node, self.leaked(name, node, node.tau, x))

    def run_li(self, name, node, x):
        self.membranes[name] = self.leaked(name, node, node.tau, x)
        return self.membranes[name]

    def run_cubalif(self, name, node, x):
        i = self.synapses.get(name, 0.0)
        i = i + self.dt / node.tau_syn * (node.w_in * x - i)
        self.synapses[name] = i
        return self.fire(name, node, self.leaked(name, node, node.tau_mem, i))

    def run_threshold(self, name, node, x):
        self.levels[name] = x
        return np.where(x > node.threshold, 1.0, 0.0)

    def leaked(self, name, node, tau, current):
        v = self.membranes.get(name, 0.0)
        return v + self.dt / tau * (node.v_leak - v + node.r * current)

    def fire(self, name, node, v):
        self.levels[name] = v
        spikes = v > node.v_threshold
        self.membranes[name] = np.where(spikes, node.v_reset, v)
        return np.where(spikes, 1.0, 0.0)
