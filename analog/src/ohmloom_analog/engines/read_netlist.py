"""A crossbar with what makes a read take time: edges, capacitance of the lines, amplifiers.

The amplifiers are virtual grounds with one pole: the current of a line, mirrored into a resistor
and a capacitor side by side.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.netlist import draw, saves
from ohmloom_analog.engines.timing import ReadTiming

__all__ = ["TRANSIMPEDANCE", "ReadNetlist", "read_netlist"]

TRANSIMPEDANCE = 1e6
"""Volts that an amplifier gives for an ampere; what is read is divided by it again [ohm]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadNetlist:
    """What `ohmloom_analog.engines.stepping` needs, and where to look."""

    text: str
    """The netlist."""
    sources: tuple[str, ...]
    """Driver of each word line, a voltage source."""
    outputs: tuple[str, ...]
    """Vector of each line's amplifier: current times `TRANSIMPEDANCE` [V]."""
    capacitors: dict[str, str]
    """Each capacitor, and the vector of its voltage."""
    words: tuple[str, ...]
    """Node at the word terminal of each cell, row by row."""
    bits: tuple[str, ...]
    """Node at the bit terminal of each cell, row by row."""


def read_netlist(
    crossbar: Crossbar,
    timing: ReadTiming,
    *,
    title: str,
    levels: NDArray[np.float64] | None = None,
    nodes: bool = False,
    klu: bool = False,
) -> ReadNetlist:
    """Write a crossbar whose cells stand still; all begins at 0 V.

    Parameters
    ----------
    levels
        To which the drivers go at time 0, (R,) [V]; None for drivers that are told later.
    nodes
        Whether the voltages at all cells are saved, too.
    """
    rows, lines = range(crossbar.rows), range(crossbar.lines)
    drawing = draw(crossbar)
    text = [title]
    ramps = ["0 0 1 0"] * crossbar.rows
    if levels is not None:
        ramps = [f"0 0 {timing.edge_time!r} {level!r}" for level in levels.tolist()]
    text += [f"vd{row} d{row} 0 pwl({ramp})" for row, ramp in enumerate(ramps)]
    text += [f"vs{line} s{line} 0 0" for line in lines]
    text += drawing.text
    pole = timing.time_constant / TRANSIMPEDANCE
    for line in lines:
        text += [
            f"ft{line} 0 t{line} vs{line} 1",
            f"rt{line} t{line} 0 {TRANSIMPEDANCE!r}",
            f"ct{line} t{line} 0 {pole!r} ic=0",
        ]
    capacitors = {f"ct{line}": f"t{line}" for line in lines}
    for node, farad in _line_capacitances(crossbar, drawing.words, drawing.bits).items():
        text.append(f"cl{node} {node} 0 {farad!r} ic=0")
        capacitors[f"cl{node}"] = node
    words = tuple(name for names in drawing.words for name in names)
    bits = tuple(names[row] for row in rows for names in drawing.bits)
    seen = sorted({*words, *bits} - set(capacitors.values())) if nodes else []
    text += saves([f"v({node})" for node in (*capacitors.values(), *seen)])
    options = ".options method=gear pivtol=1e-30 reltol=1e-4 abstol=1e-15 vntol=1e-9 chgtol=1e-20"
    text += [f"{options} klu" if klu else options, ".end"]
    return ReadNetlist(
        text="\n".join(text) + "\n",
        sources=tuple(f"vd{row}" for row in rows),
        outputs=tuple(f"t{line}" for line in lines),
        capacitors=capacitors,
        words=words,
        bits=bits,
    )


def _line_capacitances(
    crossbar: Crossbar, words: list[list[str]], bits: list[list[str]]
) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for lines, farad in ((words, crossbar.c_word), (bits, crossbar.c_bit)):
        for node in (name for names in lines for name in names):
            # What is held by an ideal source or ground has no need to be charged.
            if farad and node[0] not in "ds":
                total[node] += farad
    return dict(total)
