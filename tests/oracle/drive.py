"""Drive one device with a waveform, piece by piece, and look at chosen moments."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def sweep(
    device: Any, state: Any, wave: Callable[[float], float], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Hold the wave's mid-step value over each step; return currents and states at the times."""
    currents, stored = [], []
    name = device.state_names[0]
    for start, end in itertools.pairwise(times):
        state = device.pulse(state, wave((start + end) / 2), end - start)
        currents.append(float(device.current(wave(end), state)[0]))
        stored.append(float(state[name][0]))
    return np.array(currents), np.array(stored), state


def sine(amplitude: float, frequency: float) -> Callable[[float], float]:
    """Return a wave that starts at 0 and rises to an amplitude [V] at a frequency [Hz]."""
    return lambda t: amplitude * math.sin(2 * math.pi * frequency * t)


def triangle(slope: float, corners: list[float]) -> tuple[Callable[[float], float], np.ndarray]:
    """Return a wave through the corners [V] at a slope [V/s], and when each is reached [s]."""
    at = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(corners)) / slope)])
    return lambda t: float(np.interp(t, at, corners)), at
