"""Chips as they were published: their tables of components, and what comes out of them.

A chip is a TOML file in `published/`, and tables of cells are there, too. Its figures are those of
the paper; ours are summed from its parts, so that a table that doesn't close is seen. What can't be
rebuilt is listed there with why.
"""

import importlib.resources
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ohmloom_analog.energy_neurram import neurram_figures
from ohmloom_analog.energy_parts import Part, PartTable
from ohmloom_analog.energy_rebuilt import OpenFigure, RebuiltFigure
from ohmloom_analog.errors import SpecError
from ohmloom_analog.published_devices import device_figures

__all__ = ["PublishedChip", "load_published", "published_names"]

_TERA, _GIGA, _PICO, _MM2 = 1e12, 1e9, 1e-12, 1e-6
_UNITS = {
    "power_mw": "mW",
    "power_w": "W",
    "area_mm2": "mm2",
    "share_percent": "%",
    "mac_pj": "pJ",
    "power_density_w_mm2": "W/mm2",
    "throughput_tops": "TOPS",
    "efficiency_gops_w": "GOPS/s/W",
    "density_gops_mm2": "GOPS/s/mm2",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedChip:
    """A chip as it was published, and as it is rebuilt."""

    title: str
    """Name, paper, technology."""
    source: str
    """Where its parts are from, and how sure they are."""
    table: PartTable | None
    """Its parts; None where it has no such table."""
    top: str | None
    """Group that is the whole chip; None without a table."""
    figures: tuple[RebuiltFigure, ...]
    """Published figures beside those that come out."""
    open: tuple[OpenFigure, ...]
    """Published figures that don't."""

    def to_json(self) -> dict[str, Any]:
        """Return the chip as plain data, in SI units but for those that a figure names."""
        table = self.table
        groups = {} if table is None else table.groups
        return {
            "title": self.title,
            "source": self.source,
            "groups": {
                group: [
                    {
                        "name": part.name,
                        "count": part.count,
                        "power": table.power_of(part),
                        "area": table.area_of(part),
                    }
                    for part in parts
                ]
                for group, parts in groups.items()
                if table is not None
            },
            "figures": [figure.to_json() for figure in self.figures],
            "open": [figure.to_json() for figure in self.open],
        }


def published_names() -> tuple[str, ...]:
    """Return the names of the chips that are there."""
    folder = importlib.resources.files("ohmloom_analog") / "published"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def load_published(name: str) -> PublishedChip:
    """Read a published chip and rebuild its figures.

    Raises
    ------
    SpecError
        Where there is none of the name.
    """
    if name not in published_names():
        msg = f"published chip must be one of {', '.join(published_names())}, not '{name}'"
        raise SpecError(msg)
    file = importlib.resources.files("ohmloom_analog") / "published" / f"{name}.toml"
    return _parsed(tomllib.loads(file.read_text(encoding="utf-8")))


def _parsed(data: Mapping[str, Any]) -> PublishedChip:
    table = None
    figures: tuple[RebuiltFigure, ...] = ()
    if "group" in data:
        table = PartTable(
            groups={
                name: tuple(_part(line) for line in group["parts"])
                for name, group in data["group"].items()
            }
        )
        figures = tuple(_figure(table, data, line) for line in data["figure"])
    elif "mode" in data:
        figures = neurram_figures(data)
    elif "sigma" in data:
        figures = device_figures(data)
    return PublishedChip(
        title=data["title"],
        source=data["source"].strip(),
        table=table,
        top=data.get("top"),
        figures=figures,
        open=tuple(_open(table, data, line) for line in data.get("open", ())),
    )


def _part(line: Mapping[str, Any]) -> Part:
    return Part(
        name=line["name"],
        count=line.get("count", 1),
        power=line.get("power_mw", 0.0) * 1e-3,
        area=line.get("area_mm2", 0.0) * _MM2,
        group=line.get("group"),
    )


def _figure(table: PartTable, data: Mapping[str, Any], line: Mapping[str, Any]) -> RebuiltFigure:
    quantity = line["quantity"]
    return RebuiltFigure(
        name=line["name"],
        unit=_UNITS[quantity],
        published=line["published"],
        ours=_quantity(table, data, quantity, line["group"], line.get("part")),
        within=line["within"],
    )


def _open(table: PartTable | None, data: Mapping[str, Any], line: Mapping[str, Any]) -> OpenFigure:
    ours = {
        _UNITS[quantity]: _quantity(table, data, quantity, line["group"], None)
        for quantity in line.get("quantities", ())
        if table is not None
    }
    return OpenFigure(name=line["name"], why=line["why"], ours=ours)


def _quantity(
    table: PartTable, data: Mapping[str, Any], quantity: str, group: str, part: str | None
) -> float:
    power, area = table.power(group), table.area(group)
    named = power if part is None else table.power_named(group, part)
    rate = data.get("throughput", {})

    def throughput() -> float:
        units = table.count_named(group, rate["part"])
        return float(units * rate["operations"] / rate["seconds"])

    found: dict[str, Callable[[], float]] = {
        "power_mw": lambda: named / 1e-3,
        "power_w": lambda: named,
        "area_mm2": lambda: area / _MM2,
        "share_percent": lambda: 100 * named / power,
        # The group is then one of the units whose throughput is stated.
        "mac_pj": lambda: power * rate["seconds"] / (rate["operations"] / 2) / _PICO,
        "power_density_w_mm2": lambda: power / (area / _MM2),
        "throughput_tops": lambda: throughput() / _TERA,
        "efficiency_gops_w": lambda: throughput() / _GIGA / power,
        "density_gops_mm2": lambda: throughput() / _GIGA / (area / _MM2),
    }
    return found[quantity]()
