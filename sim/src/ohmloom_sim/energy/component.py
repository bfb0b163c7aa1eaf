"""A part of a chip with what it takes."""

from dataclasses import dataclass

__all__ = ["Component"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """A part of the chip, with what it takes."""

    name: str
    """What it is."""
    value: float
    """Energy an inference [J], time an inference [s], or area [m^2]."""
    basis: str
    """What it was taken from."""
