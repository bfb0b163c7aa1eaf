"""Saved views of waves: what is shown first, in which form.

GTKWave opens a `.gtkw` file, Surfer runs the commands of a `.sucl` file. Both show the same rows:
the host's pins, the sequencer, then each tile with its port, lines, currents and converters.
"""

import importlib
import math
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ohmloom_sim.files import replaced, write_text
from ohmloom_sim.waves.recorder import Variable

__all__ = ["shown", "write_views"]

_ANALOG_HEIGHT = 3
_STRETCHES = 5
# So many rows of a kind a tile; the others are in the file all the same.
_FIRST = 4
_DIGITAL = ("rst", "rx", "tx", "irq", "state", "number", "busy", "error")
_PORT = ("levels", "select", "start", "done", "codes", "over_range", "op", "pulse", "rails")


def shown(variables: Sequence[Variable]) -> dict[str, list[Variable]]:
    """Return the variables that a view shows, by its groups in their order."""
    groups: dict[str, list[Variable]] = {}
    names = {variable.name: variable for variable in reversed(variables) if _digital(variable)}
    groups["chip"] = [names[name] for name in _DIGITAL if name in names]
    for scope, held in _tiles(variables).items():
        kinds = [list(part) for _, part in groupby(held, key=lambda one: _kind(one.name))]
        groups[scope] = [
            *(names[port] for name in _PORT if (port := f"array_{scope[4:]}__{name}") in names),
            *(variable for kind in kinds for variable in kind[:_FIRST]),
        ]
    return {name: held for name, held in groups.items() if held}


def write_views(
    waves: Path, variables: Sequence[Variable], span_ps: tuple[int, int]
) -> tuple[Path, Path]:
    """Write both views beside a file of waves, and return where they are.

    Parameters
    ----------
    span_ps
        Begin and end of what is shown at first [ps].

    Raises
    ------
    OhmloomError
        Where a file can't be written.
    """
    groups = shown(variables)
    gtkwave, surfer = waves.with_suffix(".gtkw"), waves.with_suffix(".sucl")
    _write_gtkwave(gtkwave, waves, groups, span_ps)
    write_text(surfer, "\n".join(_surfer(waves, groups)) + "\n")
    return gtkwave, surfer


def _write_gtkwave(
    path: Path, waves: Path, groups: dict[str, list[Variable]], span_ps: tuple[int, int]
) -> None:
    begin, end = span_ps
    gtkw: Any = importlib.import_module("vcd.gtkw")
    step = gtkw.GTKWFlag.analog_step | gtkw.GTKWFlag.analog_fullscale
    with replaced(path) as beside, beside.open("w", encoding="ascii") as file:
        save = gtkw.GTKWSave(file)
        # A name beside the view, so that both can be moved together.
        save.dumpfile(waves.name, abspath=False)
        save.timestart(begin)
        # GTKWave keeps the logarithm of the time that some hundred and seventy pixels stand for.
        save.zoom_markers(-math.log2(max(end - begin, 1) / _STRETCHES))
        save.size(1500, 900)
        save.signals_width(200)
        for name, held in groups.items():
            with save.group(name):
                for variable in held:
                    _trace(save, variable, step)


def _trace(save: Any, variable: Variable, step: Any) -> None:
    full = f"{variable.scope}.{variable.name}"
    if variable.kind == "wire":
        save.trace(full + (f"[{variable.bits - 1}:0]" if variable.bits > 1 else ""))
        return
    if variable.kind == "string":
        save.trace(full, datafmt="ascii")
        return
    save.trace(full, datafmt="real", extraflags=step)
    for _ in range(_ANALOG_HEIGHT - 1):
        save.blank(analog_extend=True)


def _surfer(waves: Path, groups: dict[str, list[Variable]]) -> Iterator[str]:
    yield f"load_file {waves.name}"
    for name, held in groups.items():
        yield f"divider_add {name}"
        for variable in held:
            yield f"variable_add {variable.scope}.{variable.name}"
    yield "zoom_fit"


def _tiles(variables: Sequence[Variable]) -> dict[str, list[Variable]]:
    found: dict[str, list[Variable]] = {}
    for variable in variables:
        if not _digital(variable):
            found.setdefault(variable.scope.rpartition(".")[2], []).append(variable)
    return found


def _digital(variable: Variable) -> bool:
    return not variable.scope.startswith("analog")


def _kind(name: str) -> str:
    return re.split(r"_\d", name, maxsplit=1)[0]
