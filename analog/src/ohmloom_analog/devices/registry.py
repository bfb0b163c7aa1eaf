"""Devices by name; users may add their own.

A name that ends in .csv is the path of a table of measured pulses; `measured` tells its columns.
"""

import difflib
import importlib
from collections.abc import Callable
from pathlib import Path

from ohmloom_analog.devices.protocol import Device

__all__ = ["device", "device_names", "is_table", "register"]

_TABLE = ".csv"

_FACTORIES: dict[str, str | Callable[[], Device]] = {
    "drift": "drift:drift",
    "drift-biolek": "drift:drift_biolek",
    "drift-joglekar": "drift:drift_joglekar",
    "drift-prodromakis": "drift:drift_prodromakis",
    "jart": "jart:jart",
    "mtj": "mtj:mtj",
    "pcm": "pcm_device:pcm",
    "pcm-pulses": "pcm_device:pcm_pulses",
    "skywater": "skywater:skywater",
    "skywater-dynamic": "skywater_dynamic:skywater_dynamic",
    "stanford": "stanford:stanford",
    "stanford-hfox-a": "stanford:hfox_a",
    "stanford-hfox-b": "stanford:hfox_b",
    "stanford-hfox-c": "stanford:hfox_c",
    "team": "team:team",
    "vteam": "vteam:vteam_a",
    "vteam-b": "vteam:vteam_b",
    "yakopcic": "yakopcic:boise",
    "yakopcic-boise-triangle": "yakopcic:boise_triangle",
    "yakopcic-hp": "yakopcic:tantalum_oxide",
    "yakopcic-michigan": "yakopcic:michigan",
    "yakopcic-srtio3": "yakopcic:strontium_titanate",
}


def device_names() -> tuple[str, ...]:
    """Return the names that `device` takes."""
    return tuple(sorted(_FACTORIES))


def is_table(name: str) -> bool:
    """Return whether a name is the path of a table of measured pulses."""
    return name.endswith(_TABLE)


def device(name: str) -> Device:
    """Return a device.

    Parameters
    ----------
    name
        One of `device_names`, or the path of a table of measured pulses, which ends in .csv.

    Raises
    ------
    ValueError
        Where there is none of that name, or the table isn't one; it names the line.
    """
    if is_table(name):
        # Its fit needs scipy, which the other devices do without.
        measured = importlib.import_module("ohmloom_analog.devices.measured")
        path = Path(name)
        table: Device = measured.MeasuredDevice(measured.load_measured(path), name=path.name)
        return table
    if name not in _FACTORIES:
        near = difflib.get_close_matches(name, _FACTORIES, n=1, cutoff=0.0)
        msg = (
            f"device must be one of {', '.join(device_names())}, or a table of pulses that ends "
            f"in {_TABLE}, not {name!r}; nearest: {near[0]}"
        )
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
        Where the name is taken, or that of a table.
    """
    if is_table(name):
        msg = f"device name must not end in {_TABLE}, which is a table of pulses, not {name!r}"
        raise ValueError(msg)
    if name in _FACTORIES:
        msg = f"device name must be new, not {name!r}"
        raise ValueError(msg)
    _FACTORIES[name] = factory
