"""Published chips as technologies: which chips their unit figures hold for, and what they count.

A technology is a table in `published/` that names the preset which describes one unit of it. Its
unit figures hold for the cells and converters that were published, and for no others.
"""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from typing import Any

from ohmloom_analog.chip_shape import ChipShape

__all__ = ["counted", "published_data", "published_names", "unfit_for_technology"]

_COUNTS = ("arrays", "cells", "drivers", "lines", "ADCs")


def published_names() -> tuple[str, ...]:
    """Return the names of the chips and tables that are there."""
    folder = importlib.resources.files("ohmloom_analog") / "published"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


@functools.cache
def published_data(name: str) -> Mapping[str, Any]:
    """Return what the file of one of `published_names` holds."""
    file = importlib.resources.files("ohmloom_analog") / "published" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def counted(spec: ChipShape, what: str) -> int:
    """Return how many arrays, cells, drivers, lines or ADCs a chip has; reference lines left out.

    Raises
    ------
    ValueError
        Where something else is asked for.
    """
    if what not in _COUNTS:
        msg = f"what is counted must be one of {', '.join(_COUNTS)}, not '{what}'"
        raise ValueError(msg)
    each = {
        "arrays": 1,
        "cells": spec.rows * spec.lines,
        "drivers": spec.rows,
        "lines": spec.lines,
        "ADCs": spec.adcs,
    }
    return spec.tiles * each[what]


def unfit_for_technology(spec: ChipShape) -> str | None:
    """Return why the unit figures of a chip's technology don't hold for it, or None."""
    if spec.technology == "lab":
        return None
    there = {
        "adc.bits": spec.adc.bits,
        "input.slice_bits": spec.input.slice_bits,
        "tile.cell.levels": spec.tile[0].cell.levels,
    }
    for key, wanted in published_data(spec.technology)["holds"].items():
        if there[key] != wanted:
            return f"{key} must be {wanted} for technology '{spec.technology}', not {there[key]}"
    return None
