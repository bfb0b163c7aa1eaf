"""A programming pulse on an array of devices that move: a transient of ngspice, and its end state.

The pulse stands on all word and bit lines at once, each with a level of its own, so that half
selected cells get what they get. Its edges are ramps whose corners are time points of the
transient; its width is taken at half of its height.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.cells import DeviceCells
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.netlist import draw, saves
from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.simulator import Circuit, simulator
from ohmloom_analog.errors import EngineError
from ohmloom_analog.memory_law import MemoryCells

__all__ = ["Pulse", "apply_pulse"]

# Those under which every device here comes within 1 % of its model in numpy.
_OPTIONS = ".options method=gear pivtol=1e-30 reltol=1e-4 abstol=1e-12 vntol=1e-7 chgtol=1e-16"
_STEPS = 1000


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Pulse:
    """What the drivers do; all lines are at 0 V before and after.

    Raises
    ------
    ValueError
        Where a level isn't finite, or a time not above 0.
    """

    word: Floats
    """Level of each word line, (R,) [V]."""
    bit: Floats
    """Level of each bit line, (L,) [V]."""
    width: float
    """At half of the height [s]."""
    edge: float
    """Of each edge, at most the width [s]."""
    steps: int = field(default=_STEPS)
    """Time steps in a width, at least."""

    def __post_init__(self) -> None:
        """Copy and check."""
        for name in ("word", "bit"):
            levels = np.array(getattr(self, name), dtype=np.float64)
            if levels.ndim != 1 or not np.isfinite(levels).all():
                msg = f"{name} must be finite levels, one a line, not {levels.tolist()!r}"
                raise ValueError(msg[:200])
            levels.setflags(write=False)
            object.__setattr__(self, name, levels)
        if not 0 < self.width < np.inf:
            msg = f"width must be finite and above 0 s, not {self.width!r}"
            raise ValueError(msg)
        if not 0 < self.edge <= self.width:
            msg = f"edge must be above 0 s and at most width = {self.width:g} s, not {self.edge!r}"
            raise ValueError(msg)
        if self.steps < 1:
            msg = f"steps must be at least 1, not {self.steps!r}"
            raise ValueError(msg)


def apply_pulse(crossbar: Crossbar, pulse: Pulse, *, free: ArrayLike | None = None) -> Crossbar:
    """Return the crossbar after a pulse.

    Parameters
    ----------
    crossbar
        With cells of a device as its law; where its conductance is 0 there is no cell.
    pulse
        What stands on its lines.
    free
        Which cells may move, (R, L); the others are frozen, which is faster. None for all.

    Raises
    ------
    ValueError
        Where shapes don't fit.
    EngineError
        Where the cells aren't those of a device that SPICE can write, or ngspice aborts.
    """
    law = crossbar.law
    if not isinstance(law, DeviceCells | MemoryCells):
        msg = "ngspice: cells must be those of a device to change their state"
        raise EngineError(msg)
    shape = crossbar.conductance.shape
    moving = np.ones(shape, bool) if free is None else np.asarray(free, dtype=bool)
    for name, found, wanted in (
        ("word", pulse.word.shape, shape[:1]),
        ("bit", pulse.bit.shape, shape[1:]),
        ("free", moving.shape, shape),
    ):
        if found != wanted:
            msg = f"{name} must have the shape {wanted}, not {found}"
            raise ValueError(msg)
    text, states, stop = _netlist(crossbar, pulse, moving)
    if not states:
        return crossbar
    circuit = Circuit(simulator(), text.partition("\n")[0], text)
    vectors = circuit.transient(stop, pulse.width / pulse.steps)
    after = law.device.normalised(law.state).copy()
    moved_here = np.zeros(shape, dtype=bool)
    for cell, node in states.items():
        end = float(vectors[node][-1])
        if not np.isfinite(end):
            msg = f"ngspice: the state of cell {cell} must be a finite number, not {end!r}"
            raise EngineError(msg)
        # The window at a stop is as wide as it must be to converge.
        after[cell] = min(max(end, 0.0), 1.0)
        moved_here[cell] = True
    moved = law.device.from_normalised(after)
    state = {
        name: np.where(moved_here, moved[name], values) if name in moved else values
        for name, values in law.state.items()
    }
    return replace(crossbar, law=replace(law, state=state))


def _netlist(
    crossbar: Crossbar, pulse: Pulse, moving: NDArray[np.bool_]
) -> tuple[str, dict[tuple[int, int], str], float]:
    drawing = draw(crossbar, free=moving)
    rise, fall = pulse.edge, pulse.width
    stop = pulse.width + 2 * pulse.edge

    def source(name: str, node: str, level: float) -> str:
        corners = f"0 0 {rise!r} {level!r} {fall!r} {level!r} {fall + pulse.edge!r} 0"
        if fall <= rise:
            corners = f"0 0 {rise!r} {level!r} {fall + pulse.edge!r} 0"
        return f"{name} {node} 0 pwl({corners})" if level else f"{name} {node} 0 0"

    text = [simulator().new_title()]
    text += [source(f"vd{row}", f"d{row}", float(v)) for row, v in enumerate(pulse.word)]
    text += [source(f"vs{line}", f"s{line}", float(v)) for line, v in enumerate(pulse.bit)]
    text += drawing.text
    text += saves([f"v({node})" for node in drawing.states.values()])
    text += [_OPTIONS, ".end"]
    return "\n".join(text) + "\n", drawing.states, stop
