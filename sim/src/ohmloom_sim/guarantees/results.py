"""Results of tests, read from the JUnit XML that pytest writes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from ohmloom_analog.errors import OhmloomError

__all__ = ["Case", "Figure", "read_results"]

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure that a test stated as it ran."""

    name: str
    """What it counts or measures, with its unit."""
    value: float | str
    """The figure itself."""
    merge: str
    """How several become one: ``sum``, ``range``, ``least``, ``most`` or ``each``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What became of one case of a test that shows something."""

    place: str
    """File and function, such as ``tests/hw/test_march.py::test_two_cells``."""
    outcome: Outcome
    """Whether it passed; an error is a failure."""
    shows: tuple[str, ...]
    """Clauses, such as ``G5/corrected``."""
    figures: tuple[Figure, ...]
    """Figures of this case."""
    origin: tuple[tuple[str, str], ...]
    """Commit and versions of its run."""


def read_results(paths: Iterable[Path]) -> tuple[Case, ...]:
    """Return the cases that show something, from the results of one run or several.

    A case that is in several files counts as the last of them has it.

    Raises
    ------
    OhmloomError
        Where a file can't be read or holds no test, or no case in any of them shows something.
    """
    cases: dict[tuple[str, str], Case] = {}
    for path in paths:
        for element in _elements(path):
            case = _case(element, path)
            if case is not None:
                cases[element.get("classname", ""), element.get("name", "")] = case
    if not cases:
        msg = "results must hold at least one test of a guarantee, not none"
        raise OhmloomError(msg)
    return tuple(cases.values())


def _elements(path: Path) -> list[ElementTree.Element]:
    try:
        found = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        msg = f"results must be a JUnit XML file, not '{path}': {error}"
        raise OhmloomError(msg) from None
    if not found:
        msg = f"results must hold at least one test, not none as '{path}'"
        raise OhmloomError(msg)
    return found


def _outcome(element: ElementTree.Element) -> Outcome:
    kinds = {child.tag for child in element}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


def _case(element: ElementTree.Element, path: Path) -> Case | None:
    given: dict[str, list[str]] = {}
    for entry in element.iterfind("properties/property"):
        given.setdefault(entry.get("name", ""), []).append(entry.get("value", ""))
    if "guarantee" not in given:
        return None
    try:
        place, origin = given["place"][-1], dict(_loaded(given["origin"][-1]))
        figures = tuple(Figure(**_loaded(text)) for text in given.get("figure", []))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"test {element.get('name')} of '{path}' must have whole properties: {error!r}"
        raise OhmloomError(msg) from None
    return Case(
        place=place,
        outcome=_outcome(element),
        # A mark of a module and one of its test may name the same clause.
        shows=tuple(dict.fromkeys(given["guarantee"])),
        figures=figures,
        origin=tuple(sorted(origin.items())),
    )


def _loaded(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    return data
