"""How far integers may be off a layer's floats, from what each rounding can do in a tick."""

import numpy as np


class RoundingBound:
    """Bounds of one layer's states, for NIR's nodes Affine and neurons.

    A leak in steps of 2^-16 takes the wrong part of the way to rest, an integer weight is half of
    its step off for each spike, a gain keeps 15 bits, and whatever is added is rounded to a step.
    """

    def __init__(self, affine, cells, dt, bits, steps):
        self.affine, self.cells = affine, cells
        self.cuba, kind = hasattr(cells, "tau_syn"), type(cells).__name__
        self.step, self.synapse_step = steps
        size = len(affine.weight)
        self.synapse, self.membrane = np.zeros(size), np.zeros(size)
        if kind in ("IF", "Threshold"):
            self.leak = np.full(size, 0.0 if kind == "IF" else 1.0)
        else:
            self.leak = dt / (cells.tau_mem if self.cuba else cells.tau)
        self.synapse_leak = dt / cells.tau_syn if self.cuba else None
        r = abs(getattr(cells, "r", np.ones(size)))
        self.drive = r if kind in ("IF", "Threshold") else r * self.leak
        self.lsb = abs(affine.weight).max(axis=1) / (2 ** (bits - 1) - 1)

    def tick(self, signal, membrane, synapse):
        """Take spikes that come in, and the float states before them."""
        off = signal.sum() * self.lsb / 2 + 2.0**-15 * (abs(self.affine.weight) @ signal)
        if self.cuba:
            off = abs(self.cells.w_in) * self.synapse_leak * off
            self.synapse = self.moved(self.synapse, self.synapse_leak, synapse, off)
            self.synapse += self.synapse_step
            off = self.synapse + 2.0**-15 * abs(synapse)
        rest = getattr(self.cells, "v_leak", 0.0)
        self.membrane = self.moved(self.membrane, self.leak, membrane - rest, self.drive * off)
        # Rounded are the current, the leak, the bias, and what the leak draws to.
        self.membrane += (1.5 + self.leak / 2) * self.step

    @staticmethod
    def moved(before, leak, way, added):
        code = np.rint(leak * 65536).clip(max=65535) / 65536
        return (1 - code) * before + abs(code - leak) * (abs(way) + before) + added
