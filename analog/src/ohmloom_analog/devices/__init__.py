"""Memory devices: each one physics in one file, in numpy and as an ngspice subcircuit."""

from ohmloom_analog.devices.protocol import Device, ParameterRange, State
from ohmloom_analog.devices.registry import device, device_names, register

__all__ = ["Device", "ParameterRange", "State", "device", "device_names", "register"]
