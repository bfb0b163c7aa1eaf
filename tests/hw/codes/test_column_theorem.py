"""The theorem of the checksums, proved by z3 for each size of block and each faulty column."""

import pytest
import z3

from ohmloom_hw.codes.column_code import ColumnCode

pytestmark = pytest.mark.guarantee("G7", "theorem")


def _bounded(solver, name, bound):
    value = z3.Real(name)
    solver.add(value <= bound, value >= -bound)
    return value


def _beyond(value, limit):
    return z3.Or(value > limit, -value > limit)


def _within(value, limit):
    return z3.And(value <= limit, -value <= limit)


class _Block:
    """Any columns within any bounds, one of which has any error, and limits that follow."""

    def __init__(self, columns, faulty):
        self.code = ColumnCode(columns=columns)
        self.solver = z3.Solver()
        bounds = [z3.Real(f"d_{j}") for j in range(columns)]
        prediction = z3.Real("e")
        self.solver.add(*(bound >= 0 for bound in bounds), prediction >= 0)
        self.error = z3.Real("E")
        off = [
            self.error if j == faulty else _bounded(self.solver, f"e_{j}", bound)
            for j, bound in enumerate(bounds)
        ]
        groups = self.code.groups
        self.limits = [z3.Sum([bounds[j] for j in group]) + prediction for group in groups]
        self.syndromes = [
            z3.Sum([off[j] for j in group]) - _bounded(self.solver, f"p_{c}", prediction)
            for c, group in enumerate(groups)
        ]
        self.largest = z3.Real("largest")
        # More than the largest would be a limit of correction that is too careful, not a wrong one.
        self.solver.add(*(self.largest >= limit for limit in self.limits[1:]))
        self.correct = self.limits[0] + 2 * self.largest
        self.bound = bounds[faulty]
        self.flagged = z3.Or(*map(_beyond, self.syndromes, self.limits))
        self.bits = [_beyond(s, t) for s, t in zip(self.syndromes, self.limits, strict=True)][1:]
        label = faulty + 1
        self.right_label = z3.And(
            *(bit if label >> b & 1 else z3.Not(bit) for b, bit in enumerate(self.bits))
        )
        self.corrects = _beyond(self.syndromes[0], self.correct)

    def holds(self, claim):
        self.solver.push()
        self.solver.add(z3.Not(claim))
        found = self.solver.check()
        self.solver.pop()
        return found == z3.unsat


@pytest.mark.parametrize("columns", range(3, 32))
def test_the_four_clauses_hold(columns, figure):
    for faulty in range(columns):
        block = _Block(columns, faulty)
        error, limits = block.error, block.limits
        good = _within(error, block.bound)
        assert block.holds(z3.Implies(good, z3.Not(block.flagged)))
        assert block.holds(z3.Implies(_beyond(error, 2 * limits[0]), block.flagged))
        large = _beyond(error, 2 * limits[0] + 2 * block.largest)
        left = error - block.syndromes[0]
        assert block.holds(
            z3.Implies(large, z3.And(block.corrects, block.right_label, _within(left, limits[0])))
        )
        assert block.holds(z3.Implies(block.corrects, block.right_label))
        figure("claims proved by z3", 4)
    figure("columns of a block", columns, merge="range")


@pytest.mark.parametrize("columns", [3, 8, 31])
def test_a_lower_limit_of_correction_would_correct_wrong_columns(columns):
    block = _Block(columns, 0)
    hasty = _beyond(block.syndromes[0], block.limits[0] + 0.5 * block.largest)
    assert not block.holds(z3.Implies(hasty, block.right_label))


@pytest.mark.parametrize("columns", [3, 15])
def test_less_than_what_is_stated_is_not_always_located(columns):
    block = _Block(columns, 0)
    smaller = _beyond(block.error, 1.5 * block.limits[0] + 2 * block.largest)
    assert not block.holds(z3.Implies(smaller, block.corrects))
