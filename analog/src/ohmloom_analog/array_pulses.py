"""Pulses on cells without transistors: all cells see something, and all may move.

=======  =========================================================  ====
symbol   name                                                       unit
=======  =========================================================  ====
V        voltage of the pulse                                       V
v, i     voltage and current of the selected cell, selector and all V, A
s        its slope di/dv                                            S
z        voltage that a current source of 1 A leaves across it      ohm
V_0, R   what the rest of the array is to it: voltage and resistor  V, ohm
=======  =========================================================  ====

::

    v/2:  the other lines at V/2        v/3:  word lines at V/3, bit lines at 2V/3 (in a SET)
    R = z / (1 - s z),  V_0 = v + i R

The array is solved with all its cells as they are. To the selected cell the rest is then a source
behind a resistor, exactly so where cells are linear, and it moves under this load line. All others
move under the voltages that they have. Where one of them moves by more than a hundredth of its
window, the step is halved: within a step that short their voltages stand still.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.cell_bank import CellBank, CellPulse, Moved
from ohmloom_analog.cell_pulse import pulsed
from ohmloom_analog.devices.protocol import State
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.newton import newton
from ohmloom_analog.engines.sweeps import Sweeps
from ohmloom_analog.errors import EngineError
from ohmloom_analog.load_line import LoadLine

__all__ = ["ArrayPulses"]

Floats = NDArray[np.float64]

_MOST_MOVED = 1e-2
_SHORTEST = 1e-6


class ArrayPulses:
    """The selected cell under what the array is to it, and the disturb of all others."""

    alone = False

    def moved(self, bank: CellBank, pulse: CellPulse, rng: np.random.Generator) -> Moved:
        """Return where all cells are after a pulse.

        Raises
        ------
        EngineError
            Where the array can't be solved, or cells move too fast to be followed.
        """
        left = step = pulse.width
        energy = 0.0
        while left > 0:
            step = min(step, left)
            found = _stepped(bank, pulse, step, rng)
            if found is None:
                step /= 2
                if step < _SHORTEST * pulse.width:
                    msg = f"the cells of an array must be followed in steps of {step:g} s or more"
                    raise EngineError(msg)
                continue
            left -= step
            energy += found.energy
            bank = _with(bank, found.state)
        return Moved(state=bank.state, energy=energy)


def _stepped(
    bank: CellBank, pulse: CellPulse, width: float, rng: np.random.Generator
) -> Moved | None:
    """Return the cells after a part of a pulse, or None where others moved too far."""
    crossbar = bank.crossbar()
    word, bit = bank.levels(pulse)
    solution = newton(crossbar, word, bit)
    across = solution.word[0] - solution.bit[0]
    current, slope = crossbar.law.current_and_slope(across, crossbar.conductance)
    cell = (pulse.row, pulse.line)
    memory = np.asarray(across)
    if bank.selector is not None:
        taken = bank.selector.v_s * np.arcsinh(current / bank.selector.i_s)
        memory = across - taken
    others = ~bank.fixed
    others[cell] = False
    state = _crept(bank, memory, others, width)
    if state is None:
        return None
    energy = float((across * current).sum() - across[cell] * current[cell]) * width
    if not bank.fixed[cell]:
        sweeps = Sweeps(crossbar, slope)
        source = np.zeros((1, *slope.shape))
        source[0][cell] = 1.0
        answer = solved(sweeps, np.zeros((1, crossbar.rows)), source)
        z = -float((answer.word[0] - answer.bit[0])[cell])
        resistance = max(z / (1 - float(slope[cell]) * z), 0.0)
        source_voltage = float(across[cell] + current[cell] * resistance)
        circuit = LoadLine(
            voltage=abs(source_voltage),
            resets=source_voltage < 0,
            r_word=resistance,
            selector=bank.selector,
        )
        after = pulsed(
            bank.device,
            bank.cell(*cell),
            circuit,
            width,
            scale=float(bank.scale[cell]),
            rng=rng,
        )
        energy += after.energy
        for name, values in after.state.items():
            state[name][cell] = values[0]
    return Moved(state=state, energy=energy)


def _crept(
    bank: CellBank, voltage: Floats, moving: NDArray[np.bool_], width: float
) -> dict[str, Floats] | None:
    device = bank.device
    before = {name: values[moving] for name, values in bank.state.items()}
    after = device.pulse(before, voltage[moving], width)
    far = np.abs(device.normalised(after) - device.normalised(before))
    if far.size and far.max() > _MOST_MOVED:
        return None
    state = {name: np.array(values) for name, values in bank.state.items()}
    for name, values in after.items():
        state[name][moving] = values
    return state


def _with(bank: CellBank, state: State) -> CellBank:
    return CellBank(
        device=bank.device,
        state=state,
        scale=bank.scale,
        fixed=bank.fixed,
        wires=bank.wires,
        scheme=bank.scheme,
        transistor=bank.transistor,
        selector=bank.selector,
    )
