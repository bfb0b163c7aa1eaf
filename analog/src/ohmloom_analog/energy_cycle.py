"""What the arrays of a published chip do in each of its cycles, and what a product of them takes.

=======  ==========================================================  ====
symbol   name                                                        unit
=======  ==========================================================  ====
B        bits of an operand, as published                            bit
v, w     bits of an input slice, and of a cell                       bit
R, L     rows and lines of an array                                  1
t        a cycle: one slice of an input read by all of an array      s
=======  ==========================================================  ====

With weights over ceil(B / w) lines, and inputs read in ceil(B / v) cycles, an array makes
R floor(L / ceil(B / w)) products of B by B bits in t ceil(B / v). All but B and t are of the
chip's description; that of a preset may have narrower operands on the same arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ohmloom_analog.energy_parts import PartTable
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.technology import counted

__all__ = ["Cycle"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """A cycle of a published chip, on the arrays of a description."""

    groups: tuple[str, ...]
    """The group that the description is one unit of, and those around it up to the whole chip."""
    arrays: str
    """Name of the part of it that is its arrays."""
    converters: str
    """Name of the part that is in use only as far as there are conversions."""
    parts: tuple[str, ...]
    """Names of the parts that take up the energy of an array's read."""
    seconds: float
    """How long a cycle takes [s]."""
    passes: int
    """Cycles of a product."""
    macs: int
    """Products of operands that a unit of the group makes in them."""

    @classmethod
    def of(cls, data: Mapping[str, Any], spec: ChipSpec) -> Self:
        """Return the cycle that a table states, on a chip."""
        columns = spec.lines // -(-data["bits"] // spec.cell_bits)
        return cls(
            groups=tuple(data["groups"]),
            arrays=data["arrays"],
            converters=data["converters"],
            parts=tuple(data["parts"]),
            seconds=data["seconds"],
            passes=-(-data["bits"] // spec.input.slice_bits),
            macs=counted(spec, "drivers") * columns,
        )

    @property
    def group(self) -> str:
        """The group that the description is one unit of."""
        return self.groups[0]

    def power(self, table: PartTable) -> float:
        """Return what the parts of an array's read draw in a unit of the group [W]."""
        return sum(table.power_named(self.group, name) for name in self.parts)

    def mac_energy(self, table: PartTable) -> float:
        """Return what they take for a product of two operands [J]."""
        return self.power(table) * self.seconds * self.passes / self.macs

    def throughput(self, table: PartTable, group: str) -> float:
        """Return the operations of all arrays in a unit of any group, two a product [1/s]."""
        units = table.count_named(group, self.arrays) / table.count_named(self.group, self.arrays)
        return units * 2 * self.macs / (self.seconds * self.passes)
