import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.spec import load_spec
from ohmloom_sim.column_checks import block_limits, column_bounds, judge


def naive(values, truth, bounds, block):
    """The decision of one sample, check by check, in plain Python."""
    values = list(values)
    flagged, corrected = [], []
    for first in range(0, len(values), block):
        columns = range(first, min(first + block, len(values)))
        checks = [list(columns)]
        bit = 1
        while bit <= len(columns):
            checks.append([j for j in columns if (j - first + 1) & bit])
            bit *= 2
        syndromes = [sum(values[j] - truth[j] for j in check) for check in checks]
        limits = [sum(bounds[j] for j in check) for check in checks]
        label = sum(
            1 << b
            for b, (s, limit) in enumerate(zip(syndromes[1:], limits[1:], strict=True))
            if abs(s) > limit
        )
        sure = abs(syndromes[0]) > limits[0] + 2 * max(limits[1:])
        flagged.append(abs(syndromes[0]) > limits[0])
        if sure and 1 <= label <= len(columns):
            values[first + label - 1] -= syndromes[0]
            corrected.append(first + label - 1)
        else:
            corrected.append(-1)
    return values, flagged, corrected


@given(
    columns=st.integers(1, 40),
    block=st.integers(3, 31),
    seed=st.integers(0, 2**32 - 1),
    faults=st.integers(0, 3),
)
def test_verdict_is_that_of_the_checks_one_by_one(columns, block, seed, faults):
    rng = np.random.default_rng(seed)
    bounds = rng.integers(0, 20, columns)
    truth = rng.integers(-1000, 1000, (6, columns))
    values = truth + rng.integers(-bounds, bounds, (6, columns), endpoint=True)
    for _ in range(faults):
        values[rng.integers(0, 6), rng.integers(0, columns)] += rng.integers(-4000, 4000)
    found = judge(values, truth, bounds, block)
    for sample in range(6):
        wanted = naive(values[sample].tolist(), truth[sample].tolist(), bounds.tolist(), block)
        assert found.values[sample].tolist() == wanted[0]
        assert found.flagged[sample].tolist() == wanted[1]
        assert found.column[sample].tolist() == wanted[2]


@given(
    block=st.integers(3, 31),
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(-(10**6), 10**6),
)
def test_one_wrong_column_is_found_above_the_stated_size_and_never_another(block, seed, size):
    rng = np.random.default_rng(seed)
    bounds = rng.integers(0, 50, block)
    truth = rng.integers(-(10**5), 10**5, (8, block))
    values = truth + rng.integers(-bounds, bounds, (8, block), endpoint=True)
    column = int(rng.integers(0, block))
    values[:, column] = truth[:, column] + size
    found = judge(values, truth, bounds, block)
    flag, correct = block_limits(bounds, independent=False)
    assert set(found.column.ravel().tolist()) <= {-1, column}
    if abs(size) > 2 * flag:
        assert found.flagged.all()
    if abs(size) > flag + correct:
        assert (found.column == column).all()
        left = np.abs(found.values[:, column] - truth[:, column])
        assert (left <= bounds.sum() - bounds[column]).all()
    if abs(size) <= bounds[column]:
        assert not found.flagged.any()


def test_bounds_of_the_default_chip_hold_five_sigma_of_two_lines_and_two_slices():
    spec = load_spec("default")
    # Noise 0.3 and rounding of codes that count 8, 8 * 16, on two lines each.
    sigma = np.sqrt((0.3**2 + 1 / 12) * 2 * (8**2 + 128**2))
    assert column_bounds(spec, signed=False).tolist() == [int(np.ceil(5 * sigma))] * spec.columns
    both = column_bounds(spec, signed=True)
    assert both[0] == int(np.ceil(5 * sigma * np.sqrt(2)))
    averaged = np.sqrt((0.3**2 / 4 + 2 / 12) * 2 * (8**2 + 128**2))
    assert column_bounds(spec, signed=False, average=4)[0] == int(np.ceil(5 * averaged))


def test_independent_bounds_add_up_by_their_squares():
    bounds = np.full(4, 30)
    assert block_limits(bounds, independent=False) == (120, 120 + 2 * 60)
    assert block_limits(bounds, independent=True) == (60, 60 + 2 * 42)


@pytest.mark.parametrize(
    ("bounds", "block", "message"),
    [
        (
            np.zeros(3, dtype=np.int64),
            8,
            r"^values, truth and bounds must be .*, not \(2, 4\), \(2, 4\) and \(3,\)$",
        ),
        (np.array([0, 0, -1, 0]), 8, r"^bounds must be at least 0, not -1$"),
        (np.zeros(4, dtype=np.int64), 2, r"^block must be in \[3, 31\], not 2$"),
    ],
)
def test_what_does_not_fit_is_refused(bounds, block, message):
    values = np.zeros((2, 4), dtype=np.int64)
    with pytest.raises(ValueError, match=message):
        judge(values, values, bounds, block)
