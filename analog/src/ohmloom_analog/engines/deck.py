"""A netlist that ngspice runs by itself, and that prints the current of each line."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.netlist import netlist
from ohmloom_analog.engines.protocol import checked_voltages
from ohmloom_analog.engines.read_netlist import TRANSIMPEDANCE, read_netlist
from ohmloom_analog.engines.timing import ReadTiming

__all__ = ["deck"]


def deck(
    crossbar: Crossbar,
    voltages: ArrayLike,
    *,
    title: str,
    notes: Sequence[str] = (),
    timing: ReadTiming | None = None,
) -> str:
    """Return a file for ``ngspice -b``.

    Parameters
    ----------
    voltages
        Of the drivers, (R,) [V].
    title
        First line.
    notes
        Further lines of comment, each one line.
    timing
        Of a read, to have it run in time and sampled when the converters would; None for the
        operating point.

    Raises
    ------
    ValueError
        Where voltages don't fit, or a note or the title is more than a line.
    EngineError
        Where SPICE can't write the cells.
    """
    levels = checked_voltages(voltages, crossbar.rows, single=True)
    for line in (title, *notes):
        if len(line.splitlines()) > 1:
            msg = f"a comment must be one line, not {line!r}"
            raise ValueError(msg)
    if timing is None:
        text = netlist(crossbar, title=title, levels=levels)
        run = ["op"]
        printed = [f"i(vs{line})" for line in range(crossbar.lines)]
    else:
        written = read_netlist(crossbar, timing, title=title, levels=levels)
        text = written.text
        step = timing.step
        run = [
            f"tran {step!r} {timing.settle_time!r} 0 {step!r} uic",
            "let last = length(time) - 1",
        ]
        printed = [f"v({output})[last] / {TRANSIMPEDANCE!r}" for output in written.outputs]
    first, rest = text.split("\n", 1)
    body = rest.removesuffix(".end\n")
    control = [".control", "set numdgt=15", *run]
    for number, vector in enumerate(printed):
        control += [f"let line{number} = {vector}", f"print line{number}"]
    # Without it ngspice ends with status 1, for want of analyses outside of the block.
    control += ["quit", ".endc", ".end"]
    comments = [f"* {note}" for note in notes]
    return "\n".join([first, *comments, body + "\n".join(control)]) + "\n"
