"""A conventional datapath: what its multiplications take, and what the traffic to its memory.

::

    E = MACs (e_mac + bytes e_byte / reuse)

One MAC is a multiplication of 8 bits and its addition. Bytes are those that it needs from memory:
one where only the weight comes from there, two where its input does, too. Reuse is how many MACs
an access serves.
"""

from dataclasses import dataclass
from typing import Literal

from ohmloom_analog.energy_costs import DIGITAL_COSTS, DigitalCosts

__all__ = ["DATAPATHS", "Datapath"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Datapath:
    """How a datapath gets its operands.

    Raises
    ------
    ValueError
        Where bytes are negative, or reuse is below 1.
    """

    memory: Literal["sram", "dram"]
    """Where they come from: an SRAM of 8 KB, or DRAM."""
    bytes_per_mac: float
    """What a MAC needs."""
    reuse: float = 1.0
    """MACs that an access serves."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0 <= self.bytes_per_mac < float("inf"):
            msg = f"bytes_per_mac must be finite and at least 0, not {self.bytes_per_mac!r}"
            raise ValueError(msg)
        if not 1 <= self.reuse < float("inf"):
            msg = f"reuse must be finite and at least 1, not {self.reuse!r}"
            raise ValueError(msg)

    def memory_energy(self, costs: DigitalCosts = DIGITAL_COSTS) -> float:
        """Return what the memory takes for a MAC [J]."""
        byte = costs.sram_byte if self.memory == "sram" else costs.dram_byte
        return self.bytes_per_mac * byte / self.reuse

    def mac_energy(self, costs: DigitalCosts = DIGITAL_COSTS) -> float:
        """Return what a MAC takes, memory included [J]."""
        return costs.mac_8 + self.memory_energy(costs)

    def memory_share(self, costs: DigitalCosts = DIGITAL_COSTS) -> float:
        """Return the share of it that is memory."""
        return self.memory_energy(costs) / self.mac_energy(costs)

    @property
    def assumption(self) -> str:
        """What is assumed, in words."""
        size = f"{self.bytes_per_mac:g} byte{'' if self.bytes_per_mac == 1 else 's'} a MAC"
        where = "an SRAM of 8 KB" if self.memory == "sram" else "DRAM"
        used = "no reuse" if self.reuse == 1 else f"each access serves {self.reuse:,g} MACs"
        return f"{size} from {where}, {used}"


DATAPATHS = (
    Datapath(memory="sram", bytes_per_mac=1),
    Datapath(memory="sram", bytes_per_mac=2),
    Datapath(memory="dram", bytes_per_mac=1),
    Datapath(memory="dram", bytes_per_mac=1, reuse=100),
    Datapath(memory="dram", bytes_per_mac=1, reuse=1000),
)
"""Those that a chip is held against."""
