"""Many products judged at once: what `ColumnCode` says of each, one by one."""

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.codes.column_code import ColumnLimits
from ohmloom_sim.checked_sums import check_sums

SAMPLES = 200


def _shape(columns, block, rows=5):
    return CheckShape.of(
        ChipSpec.parse(
            {
                "tile": [{"rows": rows, "columns": columns, "cell": {"levels": 4}}],
                "input": {"bits": 4, "slice_bits": 2, "signed": True},
                "adc": {"bits": 7},
                "ecc": {"checksums": True, "block": block},
            }
        )
    )


def _one_by_one(shape, values, entries, limits, inputs):
    """Return values, flags, columns and sizes of one product, by `ColumnCode`."""
    used, values = len(values), list(values)
    padded_inputs = [*inputs, *[0] * (shape.rows - len(inputs))]
    predictions = shape.predict(entries.ravel().tolist(), padded_inputs)
    top = 1 << (shape.value_bits - 1)
    checks, found = shape.code.checks, []
    for block in range(-(-used // shape.code.columns)):
        members = [j for j in shape.members(block) if j < used]
        padded = [values[j] for j in members] + [0] * (shape.code.columns - len(members))
        at = block * checks
        syndromes = shape.code.syndromes(padded, predictions[at : at + checks])
        *each, correct = limits[block].tolist()
        verdict = shape.code.judge(syndromes, ColumnLimits(checks=tuple(each), correct=correct))
        column = -1
        if verdict.column is not None and verdict.column < len(members):
            column = members[verdict.column]
            values[column] = min(max(values[column] - verdict.size, -top), top - 1)
        found.append((verdict.flagged, column, verdict.size))
    return values, found


@pytest.mark.parametrize(("columns", "block"), [(3, 3), (4, 31), (8, 3), (10, 4), (31, 31)])
def test_products_are_judged_as_the_code_judges_each(columns, block):
    shape = _shape(columns, block)
    rng = np.random.default_rng(columns * 100 + block)
    weights = rng.uniform(-3, 3, (shape.rows, columns))
    entries = np.array(shape.entries(weights.tolist()), dtype=np.int64)
    entries = entries.reshape(shape.blocks, shape.code.checks, shape.rows)
    limits = rng.integers(5, 40, (shape.blocks, shape.code.checks + 1))
    limits[:, -1] += 80
    top = 1 << (shape.value_bits - 1)
    seen = {"flagged": 0, "located": 0, "doubtful": 0, "clean": 0}
    for used in {1, columns - 1, columns}:
        rows = int(rng.integers(1, shape.rows, endpoint=True))
        inputs = rng.integers(-15, 15, (SAMPLES, rows), endpoint=True)
        exact = np.rint(inputs @ weights[:rows, :used]).astype(np.int64)
        values = exact + rng.integers(-2, 2, (SAMPLES, used), endpoint=True)
        wrong = rng.integers(used, size=SAMPLES)
        values[np.arange(SAMPLES), wrong] += rng.integers(-600, 600, SAMPLES)
        # One in four is untouched but for noise, one in eight has a second wrong column.
        values[::4] = exact[::4]
        values[1::8, 0] += 300
        # A sum at the end of what a register holds.
        values[3, wrong[3]] = top - 1
        judged = check_sums(shape, values, entries, limits, inputs)
        for sample in range(SAMPLES):
            right, found = _one_by_one(
                shape, values[sample].tolist(), entries, limits, inputs[sample].tolist()
            )
            assert judged.values[sample].tolist() == right
            parts = (judged.flagged[sample], judged.column[sample], judged.size[sample])
            assert list(zip(*(part.tolist() for part in parts), strict=True)) == found
        seen["flagged"] += int(judged.flagged.sum())
        seen["located"] += int((judged.column >= 0).sum())
        seen["doubtful"] += int(judged.doubtful.sum())
        seen["clean"] += int((~judged.flagged).sum())
    assert all(seen.values()), seen
    assert seen["flagged"] == seen["located"] + seen["doubtful"]


def test_a_correction_past_the_end_of_a_register_saturates():
    # Column 0 is large and another far below: the total is low, the label is that of column 0.
    shape = _shape(3, 3)
    top = 1 << (shape.value_bits - 1)
    entries = np.zeros((1, shape.code.checks, shape.rows), dtype=np.int64)
    limits = np.array([[0, 0, 3 * top, 0]])
    values = np.array([[top - 1, -top, -top]])
    judged = check_sums(shape, values, entries, limits, np.zeros((1, 1), dtype=np.int64))
    assert judged.column.tolist() == [[0]]
    assert judged.size.tolist() == [[-top - 1]]
    assert judged.values.tolist() == [[top - 1, -top, -top]]
