"""Guarantees held against what a run of the tests left."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.guarantees.figures import merged_figures
from ohmloom_sim.guarantees.results import Case
from ohmloom_sim.guarantees.statements import Clause, Guarantee

__all__ = ["JudgedClause", "JudgedGuarantee", "Tested", "judge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """How the cases of one test ended."""

    place: str
    """File and function."""
    passed: int
    """Cases that passed."""
    failed: int
    """Cases that failed."""
    skipped: int
    """Cases that were skipped."""

    @property
    def shows(self) -> bool:
        """Whether it ran, and every case passed."""
        return self.passed > 0 and not self.failed and not self.skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedClause:
    """A clause with the tests that show it."""

    clause: Clause
    """What holds."""
    tests: tuple[Tested, ...]
    """All tests that are marked with it, also those that didn't run."""
    figures: tuple[tuple[str, str], ...]
    """Names of figures and what they are, of the cases that passed."""

    @property
    def shown(self) -> bool:
        """Whether there are tests, and all of them show it."""
        return bool(self.tests) and all(test.shows for test in self.tests)

    @property
    def broken(self) -> bool:
        """Whether it has to be shown, and isn't."""
        return self.clause.gap is None and not self.shown


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedGuarantee:
    """A guarantee with its clauses as a run left them."""

    guarantee: Guarantee
    """What is guaranteed."""
    clauses: tuple[JudgedClause, ...]
    """In the order of the guarantee's."""

    @property
    def state(self) -> str:
        """``shown``, ``in part`` where tests are missing that are known to be, or ``NOT SHOWN``."""
        if any(clause.broken for clause in self.clauses) or not any(
            clause.shown for clause in self.clauses
        ):
            return "NOT SHOWN"
        return "shown" if all(clause.shown for clause in self.clauses) else "in part"

    def cases(self, outcome: str) -> int:
        """Return how many cases ended in an outcome; a test of two clauses counts once."""
        tests = {test.place: test for clause in self.clauses for test in clause.tests}
        return sum(getattr(test, outcome) for test in tests.values())


def judge(
    guarantees: Sequence[Guarantee], cases: Iterable[Case], marks: Mapping[str, Iterable[str]]
) -> tuple[JudgedGuarantee, ...]:
    """Hold guarantees against results.

    Parameters
    ----------
    guarantees
        What has to be shown.
    cases
        What ran.
    marks
        By clause, the tests of the tree that show it, so that one that didn't run is missed.

    Raises
    ------
    OhmloomError
        Where a test names a clause that isn't there, or one that is known to be without tests.
    """
    by_clause: dict[str, list[Case]] = {}
    for case in cases:
        for key in case.shows:
            by_clause.setdefault(key, []).append(case)
    _check(guarantees, by_clause, marks)
    return tuple(
        JudgedGuarantee(
            guarantee=one,
            clauses=tuple(
                _clause(clause, by_clause.get(one.key(clause), []), marks.get(one.key(clause), ()))
                for clause in one.clause
            ),
        )
        for one in guarantees
    )


def _check(
    guarantees: Sequence[Guarantee],
    by_clause: Mapping[str, Sequence[Case]],
    marks: Mapping[str, Iterable[str]],
) -> None:
    gaps = {one.key(clause): clause.gap for one in guarantees for clause in one.clause}
    for key in (*by_clause, *marks):
        if key not in gaps:
            msg = f"tests must show one of the clauses that are there, not '{key}'"
            raise OhmloomError(msg)
        if gaps[key] is not None:
            msg = f"clause {key} must have no tests, or no reason for having none"
            raise OhmloomError(msg)


def _clause(clause: Clause, cases: Sequence[Case], marked: Iterable[str]) -> JudgedClause:
    ends = Counter((case.place, case.outcome) for case in cases)
    tests = tuple(
        Tested(
            place=place,
            passed=ends[place, "passed"],
            failed=ends[place, "failed"],
            skipped=ends[place, "skipped"],
        )
        for place in sorted({*marked, *(case.place for case in cases)})
    )
    passed = [figure for case in cases if case.outcome == "passed" for figure in case.figures]
    return JudgedClause(clause=clause, tests=tests, figures=merged_figures(passed))
