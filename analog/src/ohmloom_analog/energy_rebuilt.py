"""A published figure beside the one that a model gives."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

__all__ = ["OpenFigure", "RebuiltFigure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RebuiltFigure:
    """A figure that comes out of the model."""

    name: str
    """What it is of."""
    unit: str
    """Of all three numbers below."""
    published: float
    """As it was published."""
    ours: float
    """As it comes out."""
    within: float
    """By how much the two may differ; mostly half a unit of the last digit that is published."""
    spec: str | None = None
    """Name of the chip's description that it comes out of; None where there is none."""

    @property
    def error(self) -> float:
        """Ours over the published one, less 1."""
        return self.ours / self.published - 1

    @property
    def closes(self) -> bool:
        """Whether they differ by no more than they may."""
        return abs(self.ours - self.published) <= self.within

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {**asdict(self), "error": self.error, "closes": self.closes}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave.

        Raises
        ------
        KeyError
            Where a value is missing.
        """
        return cls(**{name: plain[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenFigure:
    """A figure that doesn't."""

    name: str
    """What was published."""
    why: str
    """Why it doesn't."""
    ours: Mapping[str, float] = field(default_factory=dict)
    """What comes out under the assumption that `why` states, by the unit."""

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {"name": self.name, "why": self.why, "ours": dict(self.ours)}
