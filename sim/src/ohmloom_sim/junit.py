"""JUnit XML of several benches and checks in one file, as other people's CI reads it."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Check", "write_junit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A test case of its own, that ran in no simulator."""

    name: str
    """What was checked."""
    failure: str | None
    """Why it failed; None where it passed."""


def write_junit(
    path: Path,
    benches: Iterable[tuple[str, Iterable[Path]]],
    checks: Iterable[tuple[str, Iterable[Check]]],
) -> None:
    """Write the results of benches and checks as test suites.

    Parameters
    ----------
    benches
        Name of each suite, and the JUnit XML that cocotb wrote of its tests.
    checks
        Name of each further suite, and its checks.
    """
    root = ET.Element("testsuites")
    for name, results in benches:
        cases = [case for file in results for case in ET.parse(file).iter("testcase")]
        _suite(root, name, cases)
    for name, made in checks:
        _suite(root, name, [_case(name, check) for check in made])
    for what in ("tests", "failures", "errors", "skipped"):
        root.set(what, str(sum(int(suite.get(what, "0")) for suite in root)))
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for what, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(what, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)


def _case(suite: str, check: Check) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name=check.name, time="0")
    if check.failure is not None:
        failure = ET.SubElement(case, "failure", message=check.failure)
        failure.text = check.failure
    return case
