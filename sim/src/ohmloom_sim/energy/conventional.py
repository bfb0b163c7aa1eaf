"""The same network on a conventional datapath, and what its memory takes of it."""

from dataclasses import dataclass
from typing import Any

from ohmloom_analog.energy_datapath import DATAPATHS

__all__ = ["Rival", "rivals"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """A datapath with its memory, on one inference."""

    assumption: str
    """Bytes, memory and reuse, in words."""
    energy: float
    """Of an inference [J]."""
    memory_share: float
    """Share of it that is memory."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "assumption": self.assumption,
            "energy_per_inference": self.energy,
            "memory_share": self.memory_share,
        }


def rivals(macs: float) -> tuple[Rival, ...]:
    """Return what inferences of so many MACs take on each datapath.

    Raises
    ------
    ValueError
        Where MACs aren't above 0.
    """
    if not 0 < macs < float("inf"):
        msg = f"MACs must be finite and above 0, not {macs!r}"
        raise ValueError(msg)
    return tuple(
        Rival(
            assumption=path.assumption,
            energy=macs * path.mac_energy(),
            memory_share=path.memory_share(),
        )
        for path in DATAPATHS
    )
