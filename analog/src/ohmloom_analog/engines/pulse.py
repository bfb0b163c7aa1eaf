"""A programming pulse on an array of devices that move: a transient of ngspice, and its end state.

The pulse stands on all word and bit lines at once, each with a level of its own, so that half
selected cells get what they get. Cells may have transistors, whose gate lines run along the bit
lines; they are on before the pulse and after it. Its edges are ramps whose corners are time points
of the transient; its width is taken at half of its height.
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
from ohmloom_analog.transistor import Transistor

__all__ = ["Pulse", "apply_pulse", "pulse_with_energy"]

# Those under which every device here comes within 1 % of its model in numpy.
_OPTIONS = ".options method=gear pivtol=1e-30 reltol=1e-4 abstol=1e-12 vntol=1e-7 chgtol=1e-16"
_STEPS = 1000
_OPEN = 1e12


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
    gate: Floats | None = None
    """Level of each gate line, (L,) [V]; None for cells without transistors."""
    floating: tuple[int, ...] = ()
    """Word lines that nothing drives."""

    def __post_init__(self) -> None:
        """Copy and check."""
        for name in ("word", "bit", "gate"):
            if getattr(self, name) is None:
                continue
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


def apply_pulse(
    crossbar: Crossbar,
    pulse: Pulse,
    *,
    free: ArrayLike | None = None,
    transistor: Transistor | None = None,
) -> Crossbar:
    """Return the crossbar after a pulse; `pulse_with_energy` tells the rest."""
    return pulse_with_energy(crossbar, pulse, free=free, transistor=transistor)[0]


def pulse_with_energy(
    crossbar: Crossbar,
    pulse: Pulse,
    *,
    free: ArrayLike | None = None,
    transistor: Transistor | None = None,
) -> tuple[Crossbar, float]:
    """Return the crossbar after a pulse, and what the drivers of its lines gave [J].

    Parameters
    ----------
    crossbar
        With cells of a device as its law; where its conductance is 0 there is no cell.
    pulse
        What stands on its lines.
    free
        Which cells may move, (R, L); the others are frozen, which is faster. None for all.
    transistor
        Of each cell, where the pulse has levels of gates.

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
        ("gate", shape[1:] if pulse.gate is None else pulse.gate.shape, shape[1:]),
    ):
        if found != wanted:
            msg = f"{name} must have the shape {wanted}, not {found}"
            raise ValueError(msg)
    if (transistor is None) != (pulse.gate is None):
        msg = "transistor and gate must be given together or not at all"
        raise ValueError(msg)
    text, states, stop = _netlist(crossbar, pulse, moving, transistor)
    if not states:
        return crossbar, 0.0
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
    energy = _energy(pulse, vectors)
    return replace(crossbar, law=replace(law, state=state)), energy


def _energy(pulse: Pulse, vectors: dict[str, Floats]) -> float:
    time, total = vectors["time"], 0.0
    for letter, levels in (("d", pulse.word), ("s", pulse.bit)):
        for number, level in enumerate(levels):
            current = vectors.get(f"v{letter}{number}#branch")
            if current is not None:
                # A source's own current flows into it; while it ramps, so does its level.
                volts = level * np.interp(time, *_shape(pulse))
                power = -volts * current
                total += float(np.sum(np.diff(time) * (power[1:] + power[:-1]) / 2))
    return total


def _shape(pulse: Pulse) -> tuple[list[float], list[float]]:
    """Return the corners of the pulse in time [s] and as parts of its level."""
    rise, fall = pulse.edge, pulse.width
    if fall <= rise:
        return [0.0, rise, fall + pulse.edge], [0.0, 1.0, 0.0]
    return [0.0, rise, fall, fall + pulse.edge], [0.0, 1.0, 1.0, 0.0]


def _netlist(
    crossbar: Crossbar,
    pulse: Pulse,
    moving: NDArray[np.bool_],
    transistor: Transistor | None,
) -> tuple[str, dict[tuple[int, int], str], float]:
    drawing = draw(crossbar, free=moving, transistor=transistor)
    stop = pulse.width + 2 * pulse.edge

    def source(name: str, node: str, level: float) -> str:
        corners = " ".join(
            f"{time!r} {part * level!r}" for time, part in zip(*_shape(pulse), strict=True)
        )
        return f"{name} {node} 0 pwl({corners})" if level else f"{name} {node} 0 0"

    text = [simulator().new_title()]
    driven = [row for row in range(crossbar.rows) if row not in pulse.floating]
    text += [source(f"vd{row}", f"d{row}", float(pulse.word[row])) for row in driven]
    # What floats has a potential by the little that leaks anywhere.
    text += [f"rf{row} d{row} 0 {_OPEN!r}" for row in pulse.floating]
    text += [source(f"vs{line}", f"s{line}", float(v)) for line, v in enumerate(pulse.bit)]
    if pulse.gate is not None:
        text += [f"vg{line} g{line} 0 {float(v)!r}" for line, v in enumerate(pulse.gate)]
    text += drawing.text
    text += saves([f"i(vd{row})" for row in driven])
    text += saves([f"i(vs{line})" for line in range(crossbar.lines)])
    text += saves([f"v({node})" for node in drawing.states.values()])
    text += [_OPTIONS, ".end"]
    return "\n".join(text) + "\n", drawing.states, stop
