"""Oracles for crossbars, written differently from the engines."""

from fractions import Fraction

import pytest


def _exact_currents(crossbar, voltages):
    # Loop analysis in exact fractions: one unknown current a cell, and around each cell's loop
    # the drops along both lines add up to the driver's voltage. The drop that cell q causes at
    # cell p is its current times the resistance of what their paths share.
    cells = [
        (row, line, Fraction(float(crossbar.conductance[row, line])))
        for row in range(crossbar.rows)
        for line in range(crossbar.lines)
        if crossbar.conductance[row, line] > 0
    ]
    r_word, r_bit = Fraction(crossbar.r_word), Fraction(crossbar.r_bit)
    r_source, r_sense = Fraction(crossbar.r_source), Fraction(crossbar.r_sense)
    system = []
    for row, line, conductance in cells:
        equation = []
        for other_row, other_line, _ in cells:
            shared = Fraction(0)
            if other_row == row:
                shared += r_source + r_word * (1 + min(line, other_line))
            if other_line == line:
                shared += r_sense + r_bit * (crossbar.rows - max(row, other_row))
            if (other_row, other_line) == (row, line):
                shared += 1 / conductance
            equation.append(shared)
        system.append([*equation, Fraction(float(voltages[row]))])
    for k in range(len(system)):
        pivot = system[k]
        scaled = [value / pivot[k] for value in pivot]
        system = [
            scaled
            if j == k
            else [a - equation[k] * b for a, b in zip(equation, scaled, strict=True)]
            for j, equation in enumerate(system)
        ]
    totals = [Fraction(0)] * crossbar.lines
    for (_, line, _), equation in zip(cells, system, strict=True):
        totals[line] += equation[-1]
    return [float(total) for total in totals]


@pytest.fixture(scope="session")
def exact_currents():
    return _exact_currents
