"""Descriptions in TOML that come with a package, by their names, or that somebody has written."""

import tomllib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ohmloom_analog.errors import SpecError

__all__ = ["NamedToml", "read_named", "toml_names"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedToml:
    """A description that was read."""

    text: str
    """The TOML."""
    data: dict[str, Any]
    """What it holds."""
    folder: Path | None
    """From where paths in it count; None for one that came with a package."""


def toml_names(shelf: Traversable) -> tuple[str, ...]:
    """Return the names of the descriptions that lie in a folder of a package."""
    ending = ".toml"
    names = (f.name for f in shelf.iterdir() if f.name.endswith(ending))
    return tuple(sorted(name.removesuffix(ending) for name in names))


def read_named(source: str | Path, shelf: Traversable, *, what: str, kind: str) -> NamedToml:
    """Read a description.

    Parameters
    ----------
    source
        A name in the folder of the package, or the path of a file.
    shelf
        That folder.
    what, kind
        What is described, and what those that come with the package are called, for messages.

    Raises
    ------
    SpecError
        Where there is no such name or file, or it isn't TOML.
    """
    known = toml_names(shelf)
    named = str(source) in known
    path = Path(source)
    if not named and not path.is_file():
        msg = f"{what} must be a TOML file or one of the {kind} {', '.join(known)}, not '{source}'"
        raise SpecError(msg)
    held: Traversable = shelf / f"{source}.toml" if named else path
    try:
        text = held.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{source} must be a TOML file: {error}"
        raise SpecError(msg) from None
    return NamedToml(text=text, data=data, folder=None if named else path.parent)
