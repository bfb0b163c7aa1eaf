import numpy as np
import pytest

from ohmloom_analog.spec import load_spec
from ohmloom_sim.column_checks import CheckTables, column_bounds, job_checks
from ohmloom_sim.tasks import digits_task, prepare


@pytest.fixture(scope="module")
def chip():
    spec = load_spec("protected")
    return spec, prepare(spec, digits_task(0), 30)


def test_bounds_of_the_default_chip_hold_five_sigma_of_two_lines_and_two_slices():
    spec = load_spec("default")
    # Noise 0.3 and rounding of codes that count 8 and 8 * 16, on two lines each.
    sigma = np.sqrt((0.3**2 + 1 / 12) * 2 * (8**2 + 128**2))
    assert column_bounds(spec, signed=False).tolist() == [int(np.ceil(5 * sigma))] * spec.columns
    both = column_bounds(spec, signed=True)
    assert both[0] == int(np.ceil(5 * sigma * np.sqrt(2)))
    averaged = np.sqrt((0.3**2 / 4 + 2 / 12) * 2 * (8**2 + 128**2))
    assert column_bounds(spec, signed=False, average=4)[0] == int(np.ceil(5 * averaged))


def test_limits_hold_what_columns_in_use_are_off_together(chip):
    spec, prepared = chip
    tables = CheckTables.of(spec, prepared.mapping)
    bound = int(column_bounds(spec, signed=False)[0])
    together = [int((count * bound**2) ** 0.5) + 1 for count in (8, 4, 4, 4, 1)]
    assert tables.limits[0, 0].tolist() == [*together, together[0] + 2 * together[1]]
    # The last layer has ten outputs, so two columns of its second block are in use.
    together = [int((count * bound**2) ** 0.5) + 1 for count in (2, 1, 1, 0, 0)]
    assert tables.limits[4, 1].tolist() == [*together, together[0] + 2 * together[1]]
    assert not tables.weights[5].any()


def test_one_column_is_found_by_weights_and_inputs_alone(chip):
    spec, prepared = chip
    tables = CheckTables.of(spec, prepared.mapping)
    x = prepared.inputs[:, :32]
    right = x @ prepared.mapping.network.layers[0].weights[:16, :32].T
    assert not tables.judge(0, right, x).flagged.any()
    for column in range(16):
        wrong = right.copy()
        wrong[:, column] -= 9999
        found = tables.judge(0, wrong, x)
        assert np.array_equal(found.values, right)
        assert (found.column[:, column // 8] == column).all()
        assert not found.flagged[:, 1 - column // 8].any()


def test_jobs_have_checks_only_for_chips_that_have_them(chip):
    spec, prepared = chip
    weights, bounds = job_checks(spec, prepared.mapping)
    assert weights.shape == (6, 32, 18)
    assert bounds.shape == (6, 18)
    assert (bounds[:, 16:] == 0).all()
    assert job_checks(load_spec("default"), prepared.mapping) is None
