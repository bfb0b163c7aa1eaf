"""The code of a block on whole numbers: limits, verdicts, refusals."""

import re

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_hw.codes.column_code import ColumnCode


@st.composite
def _spoilt_blocks(draw):
    """Draw bounds, errors within them, and one column that is off by anything."""
    columns = draw(st.integers(3, 31))
    bounds = draw(st.lists(st.integers(0, 40), min_size=columns, max_size=columns))
    prediction = draw(st.integers(0, 5))
    off = [draw(st.integers(-bound, bound)) for bound in bounds]
    code = ColumnCode(columns=columns)
    aside = [draw(st.integers(-prediction, prediction)) for _ in code.groups]
    return code, bounds, prediction, off, aside, draw(st.integers(0, columns - 1))


@pytest.mark.guarantee("G7", "limits")
@given(_spoilt_blocks(), st.integers(-9000, 9000))
def test_the_four_clauses_hold_for_limits_and_verdicts_as_they_are_computed(block, error):
    code, bounds, prediction, off, aside, faulty = block
    limits = code.limits(bounds, prediction=prediction)
    clean = code.judge(code.syndromes(off, aside), limits)
    assert (clean.flagged, clean.column) == (False, None)
    off[faulty] = error
    verdict = code.judge(code.syndromes(off, aside), limits)
    assert verdict.column in (None, faulty)
    assert verdict.doubtful == (verdict.flagged and verdict.column is None)
    if abs(error) > code.flagged_above(limits):
        assert verdict.flagged
    if abs(error) > code.located_above(limits):
        assert verdict.column == faulty
        assert abs(error - verdict.size) <= limits.checks[0]


def test_limits_are_sums_of_bounds_or_roots_of_sums_of_squares():
    code = ColumnCode(columns=3)
    assert code.groups == ((0, 1, 2), (0, 2), (1, 2))
    summed = code.limits([3, 4, 12])
    assert (summed.checks, summed.correct) == ((20, 16, 17), 54)
    independent = code.limits([3, 4, 12], prediction=2, independent=True)
    assert (independent.checks, independent.correct) == ((15, 14, 14), 43)


def _beyond(value, limit):
    return z3.Or(value > limit, -value > limit)


@pytest.mark.guarantee("G7", "theorem")
@pytest.mark.parametrize("columns", range(3, 32))
def test_the_clauses_need_only_that_good_columns_of_a_check_are_together_within_its_limit(
    columns, figure
):
    # The premise of limits by squares: no bound of a single column is used.
    code = ColumnCode(columns=columns)
    limits = [z3.Real(f"T_{c}") for c in range(code.checks)]
    rest = [z3.Real(f"rest_{c}") for c in range(code.checks)]
    error, largest = z3.Real("E"), z3.Real("largest")
    for faulty in range(columns):
        label = faulty + 1
        solver = z3.Solver()
        for limit, part in zip(limits, rest, strict=True):
            solver.add(part <= limit, -part <= limit)
        solver.add(*(largest >= limit for limit in limits[1:]))
        held = [
            part + error if faulty in g else part for part, g in zip(rest, code.groups, strict=True)
        ]
        beyond = [_beyond(s, t) for s, t in zip(held, limits, strict=True)]
        right = z3.And(
            *(bit if label >> b & 1 else z3.Not(bit) for b, bit in enumerate(beyond[1:]))
        )
        corrects = _beyond(held[0], limits[0] + 2 * largest)
        clauses = z3.And(
            z3.Implies(error == 0, z3.Not(z3.Or(*beyond))),
            z3.Implies(_beyond(error, 2 * limits[0]), z3.Or(*beyond)),
            z3.Implies(_beyond(error, 2 * limits[0] + 2 * largest), z3.And(corrects, right)),
            z3.Implies(corrects, right),
        )
        solver.add(z3.Not(clauses))
        assert solver.check() == z3.unsat
        figure("claims proved by z3", 4)


@pytest.mark.parametrize("columns", [0, 32])
def test_a_block_has_from_1_to_31_columns(columns):
    message = f"columns of a block must be from 1 to 31, not {columns}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ColumnCode(columns=columns)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ([1, 2], "bounds must be given for 3 columns, not 2"),
        ([1, -2, 3], "bounds must not be negative, not -2"),
    ],
)
def test_bounds_that_do_not_fit_are_refused(bounds, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ColumnCode(columns=3).limits(bounds)
