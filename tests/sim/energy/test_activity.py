from dataclasses import replace

import pytest
from energy_run import energy_run

from ohmloom_analog.ecc_spec import EccSpec
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import Step
from ohmloom_sim.energy.activity import Activity, counted_operations


@pytest.fixture(scope="module")
def run():
    return energy_run()


def test_times_and_counts_are_those_of_the_run(run):
    found = Activity.of(run.spec, run.prepared.mapping, run.answer)
    assert (found.samples, found.mvms, found.conversions) == (2, 4, 24)
    # Four and two weights, both samples.
    assert found.macs == 12
    assert found.settle_seconds == pytest.approx(8e-6)
    assert found.conversion_seconds == pytest.approx(24e-6)
    assert found.row_seconds == pytest.approx(3 * 32e-6)
    # Two columns are four lines, and the reference line.
    assert found.line_seconds == pytest.approx(5 * 32e-6)
    assert found.run_seconds == pytest.approx(40e-6)


def test_more_conversions_are_more_additions_and_bytes(run):
    mapping = run.prepared.mapping
    once = Activity.of(run.spec, mapping, run.answer)
    twice = Activity.of(run.spec, mapping, replace(run.answer, conversions=48))
    assert twice.additions - once.additions == 24
    sum_bytes = -(-run.spec.accumulator_bits // 8)
    assert twice.buffer_bytes - once.buffer_bytes == 24 * 2 * sum_bytes


def test_reads_that_are_averaged_or_voted_on_are_conversions_too(run):
    mapping = run.prepared.mapping
    once = Activity.of(run.spec, mapping, run.answer)
    spec = run.spec.model_copy(update={"ecc": EccSpec(average=4, vote=3)})
    found = Activity.of(spec, mapping, run.answer)
    assert found.conversions == 12 * once.conversions
    assert found.additions - once.additions == 11 * 24
    assert found.buffer_bytes == once.buffer_bytes


def test_operations_of_a_step_by_hand(run):
    hidden, last = run.prepared.mapping.table.steps
    # Two rows, two columns, two slices: offset, total, bias and rounding a column, gain and scale;
    # two bytes in a pass, totals of 4 bytes twice, two bytes out.
    assert counted_operations(run.spec, hidden) == (8, 4, 2 * 2 + 16 + 2)
    # One column, whose result stays as it is: offset, total and bias, and the gain.
    assert counted_operations(run.spec, last) == (3, 1, 2 * 2 + 8)


def test_signed_inputs_and_an_offset_encoding_take_more():
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": 8, "columns": 4}],
            "encoding": "offset_column",
            "input": {"bits": 4, "slice_bits": 4, "signed": True},
        }
    )
    step = Step.of_sums(0, rows=8, columns=4, signed=True)
    # Eight inputs are summed; positive and negative parts are read in turn.
    assert counted_operations(spec, step) == (3 * 4 + 8, 4, 2 * 8 + 32)
