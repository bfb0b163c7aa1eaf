"""The lines of a crossbar as ladders, solved exactly whatever their wires are.

=========  =======================================================  ======
symbol     name                                                     unit
=========  =======================================================  ======
g          conductance from a node of the line to its cell          S
r          resistance of the segment towards the driven end         ohm
y          conductance of all that lies behind a node               S
f          part of a voltage that a segment passes on, 1/(1 + r y)  1
h          resistance r f of a node, seen with the driven end at 0  ohm
s          current that the driven end must take, Norton's          A
x          voltage of a node                                        V
=========  =======================================================  ======

A line is driven at one end and open at the other. Counted from the open end, y = g + f y and
s = i + f s sum up what lies behind each node, for currents i into the nodes; then, counted from
the driven end, x = f x + h s. Nothing is ever subtracted and no resistance is divided by, so that
wires of 1e-15 ohm, of none at all, and cut ones (r infinite: f = 0 and h = 1/y) are as exact as
any other. These are the two substitutions of an L D L^T factor with -f beside the diagonal and
D = 1/h, which LAPACK's pttrs carries out for all lines of a family at once.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpttrs

from ohmloom_analog.engines.protocol import Floats

__all__ = ["Ladder"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Ladder:
    """All lines of one direction; nodes are counted from the open end."""

    passed: Floats
    """f of the segment behind which a node lies, (lines, nodes)."""
    series: Floats
    """h of each node, (lines, nodes) [ohm]."""
    driven: Floats
    """Voltage of each node per volt at the driven end, (lines, nodes)."""
    _diagonal: Floats
    _beside: Floats

    @classmethod
    def of(cls, loads: Floats, segments: Floats) -> "Ladder":
        """Return the ladders for cells and wires.

        Parameters
        ----------
        loads
            g of each node, (lines, nodes) [S].
        segments
            r from each node towards the driven end, (lines, nodes) or what broadcasts to it
            [ohm]; infinite where it is cut.
        """
        lines, nodes = loads.shape
        # Node by node is row by row here, which is what numpy is fast at.
        g = np.ascontiguousarray(loads.T)
        r = np.broadcast_to(segments, loads.shape).T
        cut = np.isinf(r)
        has_cuts = bool(cut.any())
        passed, series = np.zeros((nodes, lines)), np.zeros((nodes, lines))
        behind = np.zeros(lines)
        for node in range(nodes):
            behind += g[node]
            f, h = passed[node], series[node]
            np.multiply(r[node], behind, out=f, where=~cut[node] if has_cuts else True)
            f += 1
            np.divide(1, f, out=f)
            np.multiply(r[node], f, out=h, where=~cut[node] if has_cuts else True)
            if has_cuts:
                _cut(f, h, behind, cut[node])
            behind *= f
        driven = np.multiply.accumulate(passed[::-1], axis=0)[::-1]
        passed, series, driven = (np.ascontiguousarray(a.T) for a in (passed, series, driven))
        beside = -passed
        beside[:, -1] = 0.0
        with np.errstate(divide="ignore"):
            diagonal = 1 / series
        return cls(
            passed=passed,
            series=series,
            driven=driven,
            _diagonal=diagonal.ravel(),
            # LAPACK's binding counts an empty off-diagonal wrongly.
            _beside=beside.ravel()[:-1] if beside.size > 1 else np.zeros(1),
        )

    def replace(self, line: int, loads: Floats, segments: Floats) -> None:
        """Take other cells for one line, (nodes,) [S], with its segments, (nodes,) [ohm]."""
        nodes, behind = loads.size, 0.0
        # One line is too short for numpy.
        passed, series = [0.0] * nodes, [0.0] * nodes
        for node, (g, r) in enumerate(zip(loads.tolist(), segments.tolist(), strict=True)):
            behind += g
            if r == math.inf:
                passed[node], series[node] = 0.0, 1 / behind if behind else 0.0
            else:
                passed[node] = 1 / (1 + r * behind)
                series[node] = r * passed[node]
            behind *= passed[node]
        self.passed[line], self.series[line] = passed, series
        self.driven[line] = np.multiply.accumulate(self.passed[line, ::-1])[::-1]
        start = line * nodes
        with np.errstate(divide="ignore"):
            self._diagonal[start : start + nodes] = 1 / self.series[line]
        self._beside[start : start + nodes - 1] = -self.passed[line, :-1]

    def solve(self, currents: Floats) -> Floats:
        """Return the voltages for currents into the nodes, with the driven ends at 0 V.

        Parameters
        ----------
        currents
            (n, lines, nodes) [A], contiguous; the answer takes its place.
        """
        n, lines, nodes = currents.shape
        if lines * nodes == 1:
            currents *= self.series
            return currents
        flat = currents.reshape(n, lines * nodes).T
        answer, _ = dpttrs(self._diagonal, self._beside, flat, overwrite_b=True)
        answered: Floats = answer.T.reshape(currents.shape)
        return answered


def _cut(passed: Floats, series: Floats, behind: Floats, cut: np.ndarray) -> None:
    """Set f and h where the segment is cut: nothing passes, and a load of none stays at 0 V."""
    passed[cut] = 0.0
    series[cut] = np.divide(1, behind, out=np.zeros_like(behind), where=behind > 0)[cut]
