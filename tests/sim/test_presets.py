"""Each preset classifies digits through its arrays, with plain integers for the digital side."""

from pathlib import Path

import behavioural_chip
import pytest

from ohmloom_analog.spec import load_spec
from ohmloom_sim.array_figures import array_figures
from ohmloom_sim.job import Job
from ohmloom_sim.metrics import measure
from ohmloom_sim.tasks import digits_task, prepare

IMAGES = 20


@pytest.fixture(scope="module")
def task():
    return digits_task(0)


def _metrics(task, preset, age):
    spec = load_spec(preset)
    ready = prepare(spec, task, IMAGES)
    job = Job.of(spec, ready.mapping, ready.inputs, engine="ideal", seed=0, age=age)
    answer = behavioural_chip.simulate(job, sim=None, folder=Path())
    return measure(
        spec,
        ready.mapping,
        answer,
        ready.integer,
        labels=ready.task.labels,
        float_predictions=ready.float_predictions,
        seed=0,
        engine="ideal",
        sim="none",
        array=array_figures(job.analog_chip("nodal"), answer),
    )


@pytest.mark.parametrize(
    ("preset", "fresh", "day"),
    [("rram", 0.7, 0.6), ("pcm", 0.7, 0.5), ("mram", 0.85, 0.85), ("hybrid", 0.7, 0.6)],
)
def test_preset_classifies_fresh_and_after_a_day(task, preset, fresh, day):
    for age, floor in ((0.0, fresh), (86400.0, day)):
        found = _metrics(task, preset, age)
        assert found.accuracy.chip >= floor
        assert found.accuracy.integer_model >= 0.9
        assert 1e-10 < found.array.array_energy < 1e-7


@pytest.mark.parametrize(("preset", "floor"), [("isaac", 0.9), ("puma", 0.9), ("neurram", 0.7)])
def test_preset_after_a_published_chip_classifies(task, preset, floor):
    found = _metrics(task, preset, 0.0)
    assert found.accuracy.chip >= floor
    assert found.accuracy.integer_model >= 0.9
