"""Which curves tell most of a device, drawn."""

import copy

import numpy as np
from matplotlib.figure import Figure

from ohmloom_analog.devices import Device
from ohmloom_analog.devices.measured import MeasuredDevice
from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_sim.device_curves import loop, retention, staircase
from ohmloom_sim.memory_curves import (
    measured_staircase,
    one_pulse,
    resistances,
    switching,
    unipolar_loop,
    unipolar_staircase,
)
from ohmloom_sim.report.device import device_figure

__all__ = ["device_picture"]

_STRIDE = 6.0


def device_picture(device: Device, v_read: float, rng: np.random.Generator) -> Figure:
    """Return loop, pulses and retention of a device, in what its technology shows best.

    Parameters
    ----------
    device
        Any.
    v_read
        At which conductances are read [V].
    rng
        Draws what varies from pulse to pulse.
    """
    if isinstance(device, OneStateDevice):
        # A picture shows no errors of a percent, and the slowest model takes a minute without.
        device = copy.copy(device)
        device.stride = _STRIDE
    kept = retention(device, v_read, rng)
    if isinstance(device, MeasuredDevice):
        pulses = measured_staircase(device, v_read, rng)
        return device_figure(device.name, loop(device, rng), pulses, kept)
    if device.technology == "mram":
        return device_figure(
            device.name, loop(device, rng), switching(device, rng), kept, resistances(device)
        )
    pulses = staircase(device, v_read, rng)
    if device.technology == "pcm":
        pulses = unipolar_staircase(device, v_read, pulses, rng)
        after = one_pulse(device, v_read, pulses.set_width, rng)
        return device_figure(device.name, unipolar_loop(device, rng), pulses, kept, after)
    return device_figure(device.name, loop(device, rng), pulses, kept)
