"""A crossbar as a SPICE netlist, element by element as `ohmloom_analog.crossbar` draws it."""

import math

from ohmloom_analog.crossbar import Crossbar

__all__ = ["netlist", "terminal_names"]

# Vectors named on one .save line; SPICE lines have a limit somewhere beyond 1000 characters.
_SAVES_A_LINE = 32


def netlist(
    crossbar: Crossbar, *, title: str = "crossbar", nodes: bool = False, klu: bool = False
) -> str:
    """Return the netlist, with every driver at 0 V.

    ``vd<row>`` are the drivers and ``vs<line>`` the virtual grounds: sources of 0 V, whose
    branch currents are the outputs. A cell lies between ``w<row>_<line>`` and
    ``b<row>_<line>``; a line, or end of a line, without resistance is one node under its first
    name. A cell without conductance is left out.

    Parameters
    ----------
    title
        First line; ngspice tells circuits apart by it.
    nodes
        Whether the voltages at the cells are saved, too.
    klu
        Whether to ask for the KLU solver, which only newer ngspice has.
    """
    rows, lines = crossbar.conductance.shape
    text = [title]
    text += [f"vd{row} d{row} 0 0" for row in range(rows)]
    text += [f"vs{line} s{line} 0 0" for line in range(lines)]
    words = [_word_line(crossbar, row, text) for row in range(rows)]
    bits = [_bit_line(crossbar, line, text) for line in range(lines)]
    for row in range(rows):
        for line in range(lines):
            # Below 1e-308 S the resistance overflows, and the cell carries nothing.
            conductance = float(crossbar.conductance[row, line])
            if conductance and math.isfinite(1 / conductance):
                text.append(
                    f"rc{row}_{line} {words[row][line]} {bits[line][row]} {1 / conductance!r}"
                )
    text += _saves([f"i(vs{line})" for line in range(lines)])
    if nodes:
        text += _saves(sorted({f"v({name})" for names in (*words, *bits) for name in names}))
    # The default of 1e-13 S would take lines of high resistance for open ones.
    text.append(f".options pivtol=1e-30{' klu' if klu else ''}")
    text.append(".end")
    return "\n".join(text) + "\n"


def terminal_names(crossbar: Crossbar) -> tuple[list[str], list[str]]:
    """Return the nodes at the word and at the bit terminals of the cells, row by row."""
    words = [_word_line(crossbar, row, []) for row in range(crossbar.rows)]
    bits = [_bit_line(crossbar, line, []) for line in range(crossbar.lines)]
    return [name for names in words for name in names], [
        names[row] for row in range(crossbar.rows) for names in bits
    ]


def _word_line(crossbar: Crossbar, row: int, text: list[str]) -> list[str]:
    """Write a word line from its driver to its open end; return its nodes at the cells."""
    node = f"d{row}"
    node = _resistor(text, f"ra{row}", node, f"a{row}", crossbar.r_source)
    names = []
    for line in range(crossbar.lines):
        node = _resistor(text, f"rw{row}_{line}", node, f"w{row}_{line}", crossbar.r_word)
        names.append(node)
    return names


def _bit_line(crossbar: Crossbar, line: int, text: list[str]) -> list[str]:
    """Write a bit line from its ground up to its open end; return its nodes from the top."""
    node = f"s{line}"
    node = _resistor(text, f"re{line}", node, f"e{line}", crossbar.r_sense)
    names = []
    for row in reversed(range(crossbar.rows)):
        node = _resistor(text, f"rb{row}_{line}", node, f"b{row}_{line}", crossbar.r_bit)
        names.append(node)
    return names[::-1]


def _resistor(text: list[str], name: str, start: str, end: str, resistance: float) -> str:
    if resistance == 0:
        return start
    text.append(f"{name} {start} {end} {resistance!r}")
    return end


def _saves(vectors: list[str]) -> list[str]:
    return [
        f".save {' '.join(vectors[start : start + _SAVES_A_LINE])}"
        for start in range(0, len(vectors), _SAVES_A_LINE)
    ]
