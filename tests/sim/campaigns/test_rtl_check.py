from dataclasses import replace

import numpy as np
import pytest
from campaign_points import a_point

from ohmloom_analog.errors import HardwareError
from ohmloom_sim.campaigns.point_jobs import prepare_job
from ohmloom_sim.campaigns.point_runs import run_point
from ohmloom_sim.campaigns.rtl_check import RtlCheck, check_points, drawn
from ohmloom_sim.campaigns.run_times import run_cycles
from ohmloom_sim.job import Answer

POINTS = [a_point(k, settings={"spread": 0.1, "bits": k}, seed=5, vectors=3) for k in range(4)]


def verilog(change=lambda answer: answer):
    """Return what stands in for a simulation: it gives what the functional chip gives, changed."""

    def run(job, *, sim, folder):
        assert sim == "icarus"
        assert folder.name.startswith("point-")
        shared = prepare_job(job.spec, POINTS[0].task)
        point = replace(POINTS[0], seed=job.seed)
        chip = run_point(replace(shared, inputs=job.inputs), point).chip
        samples = len(job.inputs)
        cycles = run_cycles(job.spec, job.table)
        return change(
            Answer(
                results=chip.results,
                winners=chip.winners,
                buffer=np.zeros((samples, 0), dtype=np.int64),
                cycles=np.full(samples, cycles, dtype=np.int64),
                adc_busy=np.zeros(samples, dtype=np.int64),
                clipped=chip.clipped,
                conversions=chip.conversions,
                seconds=1.0,
                recording=chip.recording,
            )
        )

    return run


def check(tmp_path, change=lambda answer: answer, **options):
    options = {"count": 2, "seed": 0, "samples": 2, "sim": "icarus", **options}
    return check_points(POINTS, folder=tmp_path, run=verilog(change), **options)


def test_equal_runs_pass_and_say_what_was_compared(tmp_path):
    told = []
    found = check(tmp_path, on_progress=told.append)
    assert told == [1, 2]
    assert [(p.samples, p.codes, p.results) for p in found.points] == [(2, 2 * 2 * 6, 6)] * 2
    assert found.points[0].settings == {"spread": 0.1, "bits": found.points[0].index}
    assert RtlCheck.from_json(found.to_json()) == found


def test_all_points_are_checked_where_more_are_asked_for(tmp_path):
    assert [p.index for p in check(tmp_path, count=9).points] == [0, 1, 2, 3]


def test_draw_follows_its_seed():
    points = [a_point(k) for k in range(100)]
    first = [p.index for p in drawn(points, 5, 1)]
    assert first == [p.index for p in drawn(points, 5, 1)] == sorted(set(first))
    assert first != [p.index for p in drawn(points, 5, 2)]


def changed(array, place, by):
    other = array.copy()
    other[place] += by
    return other


def in_recording(name, place, by):
    def change(answer):
        other = changed(getattr(answer.recording, name), place, by)
        return replace(answer, recording=replace(answer.recording, **{name: other}))

    return change


def in_answer(name, place, by):
    return lambda answer: replace(answer, **{name: changed(getattr(answer, name), place, by)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (in_recording("codes", (1, 4), 3), r"ADC code at pass 1, line 4 must be the Verilog's"),
        (in_recording("inputs", (2, 0), 1), r"DAC code at pass 2, row 0 must be the Verilog's"),
        (in_recording("clipped", 3, 1), r"clipped codes at pass 3 must be the Verilog's"),
        (in_answer("results", (1, 2), -1), r"result at sample 1, output 2 must be the Verilog's"),
        (in_answer("cycles", 1, 4), r"cycles at sample 1 must be the Verilog's"),
        (
            lambda answer: replace(answer, conversions=answer.conversions + 1),
            r"conversions must be the Verilog's 25, not 24$",
        ),
    ],
)
def test_first_difference_is_named(tmp_path, change, message):
    with pytest.raises(
        HardwareError, match=rf"^point \d, spread = 0\.1, bits = \d, seed 5: {message}"
    ):
        check(tmp_path, change)


def test_another_shape_is_a_difference(tmp_path):
    def fewer(answer):
        return replace(answer, recording=answer.recording.chosen(np.arange(3)))

    message = r"tile of a pass must have the shape \(3,\) of the Verilog's, not \(4,\)$"
    with pytest.raises(HardwareError, match=message):
        check(tmp_path, fewer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, r"^points of a check must be at least 1, not 0$"),
        ({"samples": 0}, r"^samples of a check must be at least 1, not 0$"),
    ],
)
def test_check_of_nothing_is_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        check(tmp_path, **options)
