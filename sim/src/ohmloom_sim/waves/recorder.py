"""What is seen of a chip while somebody looks: changes of named variables, with their times."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Change", "Kind", "Variable", "Waves"]

Kind: TypeAlias = Literal["wire", "real", "string"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """Something that changes."""

    scope: str
    """Where it is, from the top, names with dots between."""
    name: str
    """Its name; that of a quantity ends with its unit."""
    kind: Kind
    """Bits, a number, or a text."""
    bits: int = 0
    """How many, of a wire."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new value."""

    time_ps: int
    """From when on [ps]."""
    variable: Variable
    """Of what."""
    value: int | float | str
    """The value; bits that aren't all 0 or 1 as a text of them."""


@dataclass(kw_only=True, slots=True)
class Waves:
    """Changes that were noted, in any order, in one look or in several."""

    begin_ps: int = 0
    """Begin of the last look [ps]."""
    end_ps: int = 0
    """End of the last look that is over [ps]."""
    looking: bool = False
    """Whether changes are kept."""
    _changes: list[Change] = field(default_factory=list)

    @property
    def seen(self) -> bool:
        """Whether anything was noted."""
        return bool(self._changes)

    def begin(self, time_ps: int) -> None:
        """Look from now on."""
        self.begin_ps, self.looking = time_ps, True

    def end(self, time_ps: int) -> None:
        """Look no more until the next begin."""
        self.end_ps, self.looking = time_ps, False

    def note(self, variable: Variable, time_ps: int, value: float | str) -> None:
        """Take down a change; one that is older than the look is of its begin."""
        if self.looking:
            self._changes.append(Change(max(time_ps, self.begin_ps), variable, value))

    def changes(self) -> list[Change]:
        """Return all changes by time.

        Raises
        ------
        ValueError
            Where nothing was seen.
        """
        if not self._changes:
            msg = "waves must hold at least one change, not none"
            raise ValueError(msg)
        return sorted(self._changes, key=lambda one: one.time_ps)
