"""Buses by which a system on a chip reaches the registers, beside the host link."""

from typing import TypeAlias

from ohmloom_hw.buses.apb import ApbBridge
from ohmloom_hw.buses.axi4lite import Axi4LiteBridge
from ohmloom_hw.buses.wishbone import WishboneBridge
from ohmloom_hw.features import BusName

__all__ = ["Bridge", "make_bridge"]

Bridge: TypeAlias = WishboneBridge | Axi4LiteBridge | ApbBridge


def make_bridge(name: BusName) -> Bridge | None:
    """Return the bridge of a bus, or None if there is to be none."""
    if name == "none":
        return None
    bridges: dict[str, type[Bridge]] = {
        "wishbone": WishboneBridge,
        "axi4lite": Axi4LiteBridge,
        "apb": ApbBridge,
    }
    return bridges[name]()
