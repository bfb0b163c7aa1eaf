"""What is guaranteed: statements and their clauses, as data."""

import importlib.resources
import tomllib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Clause", "Guarantee", "load_guarantees"]


class Clause(BaseModel):
    """A part of a guarantee that tests show by themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    """By which tests name it."""
    text: Annotated[str, Field(min_length=1)]
    """What holds."""
    gap: str | None = None
    """Why no test shows it; None where one has to."""


class Guarantee(BaseModel):
    """A statement on Ohmloom that is shown by tests and proofs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^G[1-9][0-9]?$")]
    """By which tests name it."""
    title: Annotated[str, Field(min_length=1)]
    """In a few words."""
    statement: Annotated[str, Field(min_length=1)]
    """In a sentence."""
    clause: Annotated[tuple[Clause, ...], Field(min_length=1)]
    """Its parts."""

    def key(self, clause: Clause) -> str:
        """Return by which results name a clause, such as ``G5/corrected``."""
        return f"{self.id}/{clause.name}"


def load_guarantees() -> tuple[Guarantee, ...]:
    """Return all guarantees in their order."""
    source = importlib.resources.files("ohmloom_sim.guarantees") / "statements.toml"
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(Guarantee.model_validate(entry) for entry in data["guarantee"])
