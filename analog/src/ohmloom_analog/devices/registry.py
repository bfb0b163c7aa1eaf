"""Devices by name; users may add their own."""

import difflib
import importlib
from collections.abc import Callable

from ohmloom_analog.devices.protocol import Device

__all__ = ["device", "device_names", "register"]

_FACTORIES: dict[str, str | Callable[[], Device]] = {
    "skywater": "skywater:skywater",
    "stanford": "stanford:stanford",
    "vteam": "vteam:vteam_a",
    "vteam-b": "vteam:vteam_b",
    "yakopcic": "yakopcic:boise",
    "yakopcic-michigan": "yakopcic:michigan",
    "drift-joglekar": "drift:drift_joglekar",
    "drift-biolek": "drift:drift_biolek",
    "drift-prodromakis": "drift:drift_prodromakis",
}


def device_names() -> tuple[str, ...]:
    """Return the names that `device` takes."""
    return tuple(sorted(_FACTORIES))


def device(name: str) -> Device:
    """Return a device.

    Raises
    ------
    ValueError
        Where there is none of that name.
    """
    if name not in _FACTORIES:
        near = difflib.get_close_matches(name, _FACTORIES, n=1, cutoff=0.0)
        msg = f"device must be one of {', '.join(device_names())}, not {name!r}; nearest: {near[0]}"
        raise ValueError(msg)
    factory = _FACTORIES[name]
    if isinstance(factory, str):
        module, _, function = factory.partition(":")
        factory = getattr(importlib.import_module(f"ohmloom_analog.devices.{module}"), function)
    made: Device = factory()
    return made


def register(name: str, factory: Callable[[], Device]) -> None:
    """Add a device of one's own.

    Raises
    ------
    ValueError
        Where the name is taken.
    """
    if name in _FACTORIES:
        msg = f"device name must be new, not {name!r}"
        raise ValueError(msg)
    _FACTORIES[name] = factory
