"""Between what cells conduct and the states of their devices.

A device of two states, such as a magnetic junction, is in the one that is nearer in the window of
its tile, wherever that window is: a junction of another area is the same junction. All others
conduct at the read voltage what their state says, and nothing outside their window.
"""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices import State, device
from ohmloom_analog.programming import window
from ohmloom_analog.spec import ChipSpec

__all__ = ["after_pulse", "device_state", "within_device"]

Floats = NDArray[np.float64]


def within_device(spec: ChipSpec, index: int, conductance: Floats) -> Floats:
    """Return the conductances, held within the window of the tile's device [S]."""
    name = spec.tile_specs[index].cell.device
    if name == "ohmic" or device(name).technology == "mram":
        return conductance
    low, high = device(name).window(spec.dac.v_read)
    return np.clip(conductance, low, high)


def device_state(spec: ChipSpec, index: int, conductance: Floats) -> State:
    """Return the states of devices that conduct this, or come nearest to it.

    Parameters
    ----------
    spec, index
        The chip, and which of its tiles.
    conductance
        Of each memory at the read voltage, of any shape [S].

    Returns
    -------
    State
        Each quantity of the conductances' shape; none for ohmic cells.
    """
    name = spec.tile_specs[index].cell.device
    if name == "ohmic":
        return {}
    memory = device(name)
    if memory.technology == "mram":
        low, high = window(spec, index)
        return memory.from_normalised(np.clip((conductance - low) / (high - low), 0.0, 1.0))
    return memory.state_for(within_device(spec, index, conductance), spec.dac.v_read)


def after_pulse(
    spec: ChipSpec,
    index: int,
    conductance: Floats,
    voltage: float,
    width: float,
    *,
    rng: np.random.Generator,
    temperature: float = 300.0,
) -> Floats:
    """Return what memories conduct after a pulse [S].

    A junction that switches takes over the other end of the tile's window, and keeps its own
    deviation from it as a ratio.

    Parameters
    ----------
    voltage
        Across the device [V].
    width
        How long [s].
    rng
        Draws whether devices switch that do so by chance.
    temperature
        Ambient [K].

    Raises
    ------
    ValueError
        Where voltage or temperature are outside the device's range.
    """
    memory = device(spec.tile_specs[index].cell.device)
    before = device_state(spec, index, conductance)
    if memory.technology != "mram":
        after = memory.pulse(before, voltage, width, temperature=temperature)
        return np.asarray(memory.current(spec.dac.v_read, after) / spec.dac.v_read)
    after = memory.pulse(before, voltage, width, rng=rng, temperature=temperature)
    low, high = window(spec, index)
    ends = [low + (high - low) * memory.normalised(state) for state in (before, after)]
    return np.asarray(conductance * (ends[1] / ends[0]))
