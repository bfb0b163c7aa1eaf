"""Energy and area of a chip in the technology of a published one, by that one's table of parts.

The table states what parts draw at full use. A pass of an array is one cycle of the published chip,
whatever our gateware takes for it, as that one holds samples while it converts them::

    part:        E = P / A * passes t
    converters:  E = P / A * passes t * conversions / (passes L)

with the power P of a part in a unit that has A arrays, a cycle t and L lines of an array. Parts of
what surrounds the arrays count with their share. For NeuRRAM see `energy_neurram`.
"""

from collections.abc import Iterator
from itertools import pairwise

from ohmloom_analog.energy_cycle import Cycle
from ohmloom_analog.energy_neurram import neurram_run_energy
from ohmloom_analog.energy_parts import PartTable
from ohmloom_analog.energy_published import PublishedChip, load_published
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.technology import published_data
from ohmloom_sim.energy.activity import Activity
from ohmloom_sim.energy.component import Component

__all__ = ["technology_area", "technology_energy"]


def technology_energy(spec: ChipSpec, activity: Activity) -> tuple[Component, ...]:
    """Return the energy of an inference by component [J].

    Raises
    ------
    ValueError
        Where the chip's technology isn't that of a published one.
    """
    chip = _published(spec)
    if chip.table is None or chip.cycle is None:
        return _neurram(spec, activity)
    cycle = chip.cycle
    seconds = activity.passes * cycle.seconds / activity.samples
    each = f"mW an array for {cycle.seconds / 1e-9:g} ns a pass"
    found = []
    for name, where, power, _ in _shares(chip.table, cycle):
        busy, basis = 1.0, f"{power / spec.tiles / 1e-3:.4g} {each}, {where}"
        if name == cycle.converters:
            busy = activity.conversions / (activity.passes * spec.lines)
            basis += ", where all lines are converted"
        joules = power / spec.tiles * seconds * busy
        found.append(Component(name=name, value=joules, basis=basis))
    return tuple(found)


def technology_area(spec: ChipSpec) -> tuple[Component, ...]:
    """Return the area of a chip by component [m^2]; nothing where none was published.

    Raises
    ------
    ValueError
        Where the chip's technology isn't that of a published one.
    """
    chip = _published(spec)
    if chip.table is None or chip.cycle is None:
        return ()
    return tuple(
        Component(name=name, value=area, basis=where)
        for name, where, _, area in _shares(chip.table, chip.cycle)
    )


def _published(spec: ChipSpec) -> PublishedChip:
    if spec.technology == "lab":
        msg = "technology must be that of a published chip, not 'lab'"
        raise ValueError(msg)
    return load_published(spec.technology, spec)


def _shares(table: PartTable, cycle: Cycle) -> Iterator[tuple[str, str, float, float]]:
    """Give name, where it is from, power [W] and area [m^2] of parts and of what is around them."""
    for part in table.groups[cycle.group]:
        where = f"{part.count:,} in a unit"
        yield part.name, where, table.power_of(part), table.area_of(part)
    arrays = table.count_named(cycle.group, cycle.arrays)
    for inner, outer in pairwise(cycle.groups):
        held = sum(part.count for part in table.groups[outer] if part.group == inner)
        units = table.count_named(outer, cycle.arrays) / arrays
        power = (table.power(outer) - held * table.power(inner)) / units
        area = (table.area(outer) - held * table.area(inner)) / units
        yield f"share of a {outer}", f"the rest of it over {units:,g}", power, area


def _neurram(spec: ChipSpec, activity: Activity) -> tuple[Component, ...]:
    data = published_data(spec.technology)
    parts = neurram_run_energy(data, spec, products=activity.mvms, passes=activity.passes)
    outputs, inputs = spec.adc.bits, spec.input.bits + 1
    why = {
        "word lines": "once a bit of an input, as at 3/1 bits",
        "neurons": f"power at 3/1 bits, for as long as a product of {outputs}/{inputs} bits takes",
        "inputs": "once a bit of an input, as at 3/1 bits",
    }
    return tuple(
        Component(name=name, value=joules / activity.samples, basis=why[name])
        for name, joules in parts.items()
    )
