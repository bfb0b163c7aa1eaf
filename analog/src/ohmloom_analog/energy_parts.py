"""Tables of components: parts with power and area, in groups that stand for parts of others."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Part", "PartTable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A line of a table: so many equal things in one unit of a group.

    Raises
    ------
    ValueError
        Where there are none, or a figure is negative.
    """

    name: str
    """What they are."""
    count: int = 1
    """How many."""
    power: float = 0.0
    """Of all of them together; that of a group is summed instead [W]."""
    area: float = 0.0
    """Of all of them together, likewise [m^2]."""
    group: str | None = None
    """Of what each of them consists; None for a part that isn't taken apart."""

    def __post_init__(self) -> None:
        """Check the figures."""
        if self.count < 1:
            msg = f"count of {self.name} must be at least 1, not {self.count}"
            raise ValueError(msg)
        for what, value, unit in (("power", self.power, "W"), ("area", self.area, "m^2")):
            if not 0 <= value < float("inf"):
                msg = f"{what} of {self.name} must be finite and at least 0 {unit}, not {value!r}"
                raise ValueError(msg)
            if self.group is not None and value:
                msg = f"{what} of {self.name} must be left to its group, not be {value:g} {unit}"
                raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartTable:
    """Groups of parts by their names.

    Raises
    ------
    ValueError
        Where a part is of a group that isn't there, or a group holds itself.
    """

    groups: Mapping[str, tuple[Part, ...]]
    """The parts of one unit of each group."""

    def __post_init__(self) -> None:
        """Check that the groups end."""
        for name in self.groups:
            self._check(name, ())

    def _check(self, name: str, above: tuple[str, ...]) -> None:
        if name in above:
            msg = f"group '{name}' must not hold itself"
            raise ValueError(msg)
        for part in self._parts(name):
            if part.group is not None:
                self._check(part.group, (*above, name))

    def _parts(self, name: str) -> tuple[Part, ...]:
        if name not in self.groups:
            msg = f"group must be one of {', '.join(self.groups)}, not '{name}'"
            raise ValueError(msg)
        return self.groups[name]

    def power_of(self, part: Part) -> float:
        """Return the power of a part, all of its count [W]."""
        return part.power if part.group is None else part.count * self.power(part.group)

    def area_of(self, part: Part) -> float:
        """Return the area of a part, all of its count [m^2]."""
        return part.area if part.group is None else part.count * self.area(part.group)

    def power(self, group: str) -> float:
        """Return the power of one unit of a group [W].

        Raises
        ------
        ValueError
            Where there is no such group; so for all others here.
        """
        return sum(self.power_of(part) for part in self._parts(group))

    def area(self, group: str) -> float:
        """Return the area of one unit of a group [m^2]."""
        return sum(self.area_of(part) for part in self._parts(group))

    def power_named(self, group: str, name: str) -> float:
        """Return the power of all parts of a name in a unit of a group, however deep [W]."""
        return sum(
            self.power_of(part)
            if part.name == name
            else part.count * self.power_named(part.group, name)
            if part.group is not None
            else 0.0
            for part in self._parts(group)
        )

    def count_named(self, group: str, name: str) -> int:
        """Return how many parts of a name a unit of a group has, however deep."""
        return sum(
            part.count
            if part.name == name
            else part.count * self.count_named(part.group, name)
            if part.group is not None
            else 0
            for part in self._parts(group)
        )
