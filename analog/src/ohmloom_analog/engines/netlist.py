"""A crossbar as a SPICE netlist, element by element as `ohmloom_analog.crossbar` draws it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cells import DeviceCells
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices.spice_text import DRIVE, INSIDE, standing_current
from ohmloom_analog.errors import EngineError
from ohmloom_analog.memory_law import MemoryCells
from ohmloom_analog.transistor import Transistor

__all__ = ["Drawing", "draw", "netlist", "options", "saves", "terminal_names"]

Floats = NDArray[np.float64]

# Vectors named on one .save line; SPICE lines have a limit somewhere beyond 1000 characters.
_SAVES_A_LINE = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Lines and cells of a crossbar, without what drives and senses them."""

    text: list[str]
    """Elements."""
    words: list[list[str]]
    """Node at the word terminal of each cell, row by row."""
    bits: list[list[str]]
    """Node at the bit terminal of each cell, line by line."""
    states: dict[tuple[int, int], str]
    """Node that carries the state of each cell that is free to change it."""


def draw(
    crossbar: Crossbar,
    *,
    free: NDArray[np.bool_] | None = None,
    transistor: Transistor | None = None,
) -> Drawing:
    """Write the lines and the cells; drivers belong at ``d<row>``, grounds at ``s<line>``.

    Parameters
    ----------
    free
        Which cells may change their state, (R, L); None for none. Only cells of a device can.
    transistor
        Between each cell of a device and its bit line, its gate at ``g<line>``; None for none.

    Raises
    ------
    EngineError
        Where SPICE can't write the cells.
    """
    text: list[str] = []
    words = [_word_line(crossbar, row, text) for row in range(crossbar.rows)]
    bits = [_bit_line(crossbar, line, text) for line in range(crossbar.lines)]
    law = crossbar.law
    states: dict[tuple[int, int], str] = {}
    if not isinstance(law, DeviceCells | MemoryCells):
        if free is not None:
            msg = "ngspice: cells must be those of a device to change their state"
            raise EngineError(msg)
        for row, line in np.argwhere(crossbar.conductance > 0).tolist():
            conductance = float(crossbar.conductance[row, line])
            text += law.elements(f"c{row}_{line}", words[row][line], bits[line][row], conductance)
        return Drawing(text=text, words=words, bits=bits, states=states)
    subcircuit = _subcircuit(law)
    standing = standing_current(subcircuit)
    if standing is None or free is not None:
        text.append(subcircuit)
    if transistor is not None:
        text.append(_model(transistor))
    normalised = law.device.normalised(law.state)
    for row, line in np.argwhere(crossbar.conductance > 0).tolist():
        name, top, bottom = f"c{row}_{line}", words[row][line], bits[line][row]
        if transistor is not None:
            source, bottom = bottom, f"t{row}_{line}"
            text.append(f"m{name} {bottom} g{line} {source} 0 select w=1u l=1u")
        moves = free is not None and bool(free[row, line])
        x0 = float(normalised[row, line])
        if standing is not None and not moves:
            text += _standing(law, (row, line), (top, bottom), standing, x0)
            continue
        state = f"q{row}_{line}"
        top = _to_device(text, law, (row, line), top, bottom)
        text.append(f"x{name} {top} {bottom} {state} cell x0={x0!r} frozen={1 - moves}")
        if moves:
            states[row, line] = state
        else:
            # An operating point knows no initial conditions.
            text.append(f"v{state} {state} 0 {x0!r}")
    return Drawing(text=text, words=words, bits=bits, states=states)


def _model(transistor: Transistor) -> str:
    # The junctions of its ends to the bulk are none of the square law's.
    law = f"level=1 vto={transistor.threshold!r} kp={transistor.gain!r} lambda=0 gamma=0"
    return f".model select nmos({law} is=1e-30)"


def _subcircuit(law: DeviceCells | MemoryCells) -> str:
    text = law.device.subcircuit("cell")
    if text is None:
        msg = f"ngspice: cells of {law.device.name} must be of a device that SPICE can write"
        raise EngineError(msg)
    return text


def _standing(
    law: DeviceCells | MemoryCells,
    cell: tuple[int, int],
    ends: tuple[str, str],
    current: str,
    x0: float,
) -> list[str]:
    """Write a device that stands still, with what is before it, as little as that takes."""
    top, bottom = ends
    text: list[str] = []
    name = f"{cell[0]}_{cell[1]}"
    if isinstance(law, MemoryCells):
        top = _resistor(text, f"rg{name}", top, f"g{name}", law.r_access)
        scale = float(law.scale[cell])
        current = f"{scale!r}*({current})"
    placed = current.replace(DRIVE, f"v({top},{bottom})").replace(INSIDE, repr(x0))
    return [*text, f"bc{name} {top} {bottom} i={placed}"]


def _to_device(
    text: list[str],
    law: DeviceCells | MemoryCells,
    cell: tuple[int, int],
    top: str,
    bottom: str,
) -> str:
    """Write what stands between a word line and a device; return the device's top node."""
    if isinstance(law, DeviceCells):
        return top
    name = f"{cell[0]}_{cell[1]}"
    node = _resistor(text, f"rg{name}", top, f"g{name}", law.r_access)
    scale = float(law.scale[cell])
    if scale == 1:
        return node
    # The device's current is taken once through the sense source, and the rest beside it.
    text.append(f"vh{name} {node} h{name} 0")
    text.append(f"fh{name} {node} {bottom} vh{name} {scale - 1!r}")
    return f"h{name}"


def netlist(
    crossbar: Crossbar,
    *,
    title: str = "crossbar",
    levels: Floats | None = None,
    nodes: bool = False,
    klu: bool = False,
) -> str:
    """Return the netlist.

    ``vd<row>`` are the drivers and ``vs<line>`` the virtual grounds: sources of 0 V, whose
    branch currents are the outputs. A cell lies between ``w<row>_<line>`` and
    ``b<row>_<line>``; a line, or end of a line, without resistance is one node under its first
    name. A cell without conductance is left out.

    Parameters
    ----------
    title
        First line; ngspice tells circuits apart by it.
    levels
        Of the drivers, (R,) [V]; None for 0 V.
    nodes
        Whether the voltages at the cells are saved, too.
    klu
        Whether to ask for the KLU solver, which only newer ngspice has.
    """
    rows, lines = crossbar.conductance.shape
    text = [title]
    driven = ["0"] * rows if levels is None else [repr(level) for level in levels.tolist()]
    text += [f"vd{row} d{row} 0 {level}" for row, level in enumerate(driven)]
    text += [f"vs{line} s{line} 0 0" for line in range(lines)]
    drawing = draw(crossbar)
    text += drawing.text
    text += saves([f"i(vs{line})" for line in range(lines)])
    if nodes:
        names = {f"v({name})" for at in (*drawing.words, *drawing.bits) for name in at}
        text += saves(sorted(names))
    text += [options(crossbar, klu=klu), ".end"]
    return "\n".join(text) + "\n"


def terminal_names(crossbar: Crossbar) -> tuple[list[str], list[str]]:
    """Return the nodes at the word and at the bit terminals of the cells, row by row."""
    words = [_word_line(crossbar, row, []) for row in range(crossbar.rows)]
    bits = [_bit_line(crossbar, line, []) for line in range(crossbar.lines)]
    return [name for names in words for name in names], [
        names[row] for row in range(crossbar.rows) for names in bits
    ]


def options(crossbar: Crossbar, *, klu: bool) -> str:
    """Return the line of options with which ngspice solves a crossbar as it is."""
    # The default of 1e-13 S would take lines of high resistance for open ones.
    chosen = [".options pivtol=1e-30"]
    if not crossbar.law.linear:
        chosen.append("reltol=1e-9 abstol=1e-21 vntol=1e-15")
    if klu:
        chosen.append("klu")
    return " ".join(chosen)


def _word_line(crossbar: Crossbar, row: int, text: list[str]) -> list[str]:
    """Write a word line from its driver to its open end; return its nodes at the cells."""
    node = f"d{row}"
    node = _resistor(text, f"ra{row}", node, f"a{row}", crossbar.r_source)
    names = []
    for line in range(crossbar.lines):
        resistance = math.inf if (row, line) in crossbar.cut_word else crossbar.r_word
        node = _resistor(text, f"rw{row}_{line}", node, f"w{row}_{line}", resistance)
        names.append(node)
    return names


def _bit_line(crossbar: Crossbar, line: int, text: list[str]) -> list[str]:
    """Write a bit line from its ground up to its open end; return its nodes from the top."""
    node = f"s{line}"
    node = _resistor(text, f"re{line}", node, f"e{line}", crossbar.r_sense)
    names = []
    for row in reversed(range(crossbar.rows)):
        resistance = math.inf if (row, line) in crossbar.cut_bit else crossbar.r_bit
        node = _resistor(text, f"rb{row}_{line}", node, f"b{row}_{line}", resistance)
        names.append(node)
    return names[::-1]


def _resistor(text: list[str], name: str, start: str, end: str, resistance: float) -> str:
    if resistance == 0:
        return start
    if math.isinf(resistance):
        return end
    text.append(f"{name} {start} {end} {resistance!r}")
    return end


def saves(vectors: list[str]) -> list[str]:
    """Return the lines that have vectors saved."""
    return [
        f".save {' '.join(vectors[start : start + _SAVES_A_LINE])}"
        for start in range(0, len(vectors), _SAVES_A_LINE)
    ]
