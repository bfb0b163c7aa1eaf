"""What decides on the last bit of a result beside the campaign: the code, and what it stands on."""

import functools
import hashlib
import importlib.resources
import platform
from collections.abc import Mapping
from importlib.metadata import version

__all__ = ["difference", "versions"]

_LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn")
_PACKAGES = ("ohmloom_analog", "ohmloom_hw", "ohmloom_sim")


@functools.cache
def _code() -> str:
    digest = hashlib.sha256()
    for package in _PACKAGES:
        with importlib.resources.as_file(importlib.resources.files(package)) as folder:
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".toml"):
                    digest.update(path.relative_to(folder).as_posix().encode())
                    digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of Ohmloom and of what it computes with, by name.

    'code' is a digest of Ohmloom's own sources, which change between versions, too.
    """
    libraries = {name: version(name) for name in _LIBRARIES}
    return {
        "ohmloom": version("ohmloom"),
        "code": _code(),
        "python": platform.python_version(),
        **libraries,
    }


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str | None:
    """Return the first thing that is there in two versions, in words; None if all are equal."""
    for name, mine in ours.items():
        other = theirs.get(name)
        if other != mine:
            return f"{name} {mine}, not {other}"
    return None
