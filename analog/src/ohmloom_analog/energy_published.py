"""Chips as they were published: their tables of components, and what comes out of them.

A chip is a TOML file in `published/`, and tables of cells are there, too. Its figures are those of
the paper; ours are summed from its parts, so that a table that doesn't close is seen. Where a
preset describes a unit of the chip, its parts are counted by that description: arrays, drivers,
lines and converters are as many as the gateware has ports for. What can't be rebuilt is listed
there with why.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ohmloom_analog.energy_cycle import Cycle
from ohmloom_analog.energy_neurram import neurram_figures
from ohmloom_analog.energy_parts import Part, PartTable
from ohmloom_analog.energy_rebuilt import OpenFigure, RebuiltFigure
from ohmloom_analog.errors import SpecError
from ohmloom_analog.published_devices import device_figures
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.technology import counted, published_data, published_names

__all__ = ["PublishedChip", "load_published"]

_TERA, _GIGA, _PICO, _MM2 = 1e12, 1e9, 1e-12, 1e-6
_UNITS = {
    "power_mw": "mW",
    "power_w": "W",
    "area_mm2": "mm2",
    "share_percent": "%",
    "cycle_percent": "%",
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
    spec: ChipSpec | None
    """What its parts are counted by; None where no preset describes it."""
    source: str
    """Where its parts are from, and how sure they are."""
    table: PartTable | None
    """Its parts; None where it has no such table."""
    cycle: Cycle | None
    """What its arrays do in each cycle; None without a table."""
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
            "spec": None if self.spec is None else self.spec.name,
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


def load_published(name: str, spec: ChipSpec | None = None) -> PublishedChip:
    """Read a published chip and rebuild its figures.

    Parameters
    ----------
    spec
        What the parts are counted by; None for the preset of the published chip.

    Raises
    ------
    SpecError
        Where there is none of the name.
    """
    if name not in published_names():
        msg = f"published chip must be one of {', '.join(published_names())}, not '{name}'"
        raise SpecError(msg)
    return _parsed(published_data(name), spec)


def _parsed(data: Mapping[str, Any], spec: ChipSpec | None = None) -> PublishedChip:
    if spec is None and "preset" in data:
        spec = load_spec(data["preset"])
    table = cycle = None
    figures: tuple[RebuiltFigure, ...] = ()
    if spec is not None and "group" in data:
        table = PartTable(
            groups={
                name: tuple(_part(line, spec) for line in group["parts"])
                for name, group in data["group"].items()
            }
        )
        cycle = Cycle.of(data["cycle"], spec)
        figures = tuple(_figure(table, cycle, line, spec) for line in data["figure"])
    elif spec is not None:
        figures = neurram_figures(data, spec)
    elif "sigma" in data:
        figures = device_figures(data)
    return PublishedChip(
        title=data["title"],
        spec=spec,
        source=data["source"].strip(),
        table=table,
        cycle=cycle,
        figures=figures,
        open=tuple(_open(table, cycle, line) for line in data.get("open", ())),
    )


def _part(line: Mapping[str, Any], spec: ChipSpec) -> Part:
    count = line.get("count", 1)
    ratio = counted(spec, line["of"]) / line.get("per", count) if "of" in line else 1.0
    return Part(
        name=line["name"],
        count=max(1, round(count * ratio)),
        power=line.get("power_mw", 0.0) * ratio * 1e-3,
        area=line.get("area_mm2", 0.0) * ratio * _MM2,
        group=line.get("group"),
    )


def _figure(
    table: PartTable, cycle: Cycle, line: Mapping[str, Any], spec: ChipSpec
) -> RebuiltFigure:
    quantity = line["quantity"]
    return RebuiltFigure(
        name=line["name"],
        unit=_UNITS[quantity],
        published=line["published"],
        ours=_quantity(table, cycle, quantity, line["group"], line.get("part")),
        within=line["within"],
        spec=spec.name,
    )


def _open(table: PartTable | None, cycle: Cycle | None, line: Mapping[str, Any]) -> OpenFigure:
    ours = {
        _UNITS[quantity]: _quantity(table, cycle, quantity, line["group"], None)
        for quantity in line.get("quantities", ())
        if table is not None and cycle is not None
    }
    return OpenFigure(name=line["name"], why=line["why"], ours=ours)


def _quantity(table: PartTable, cycle: Cycle, quantity: str, group: str, part: str | None) -> float:
    power, area = table.power(group), table.area(group)
    named = power if part is None else table.power_named(group, part)
    throughput = functools.partial(cycle.throughput, table, group)
    found: dict[str, Callable[[], float]] = {
        "power_mw": lambda: named / 1e-3,
        "power_w": lambda: named,
        "area_mm2": lambda: area / _MM2,
        "share_percent": lambda: 100 * named / power,
        "cycle_percent": lambda: 100 * named / cycle.power(table),
        "mac_pj": lambda: cycle.mac_energy(table) / _PICO,
        "power_density_w_mm2": lambda: power / (area / _MM2),
        "throughput_tops": lambda: throughput() / _TERA,
        "efficiency_gops_w": lambda: throughput() / _GIGA / power,
        "density_gops_mm2": lambda: throughput() / _GIGA / (area / _MM2),
    }
    return found[quantity]()
