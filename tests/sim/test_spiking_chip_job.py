import numpy as np
import pytest
from spiking_oracle import random_network

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.spiking.chip_job import (
    SpikingAnswer,
    SpikingJob,
    read_samples_done,
    report_samples_done,
)

SPEC = ChipSpec.parse(
    {"tile": [{"count": 4, "rows": 6, "columns": 4}], "spiking": {"neurons": 8, "synapses": True}}
)


def test_a_job_comes_back_from_its_folder(tmp_path):
    rng = np.random.default_rng(1)
    network = random_network(rng, [5, 3, 2], most=7, recurrent=(1,), synapses=True)
    events = tuple(rng.random((ticks, 5)) < 0.3 for ticks in (4, 9))
    job = SpikingJob(spec=SPEC, network=network, events=events, engine="ideal", seed=3)
    job.save(tmp_path)
    found = SpikingJob.load(tmp_path)
    assert (found.spec, found.network, found.engine, found.seed) == (SPEC, network, "ideal", 3)
    assert len(found.events) == 2
    for sample, again in zip(events, found.events, strict=True):
        assert np.array_equal(sample, again)


def test_an_answer_comes_back_from_its_folder(tmp_path):
    spikes = (np.ones((3, 2), np.bool_), np.zeros((5, 2), np.bool_))
    counts = {"ticks": 8, "spikes_in": 3, "spikes_out": 6, "steps_skipped": 1, "lost": 0}
    answer = SpikingAnswer(
        spikes=spikes,
        membranes=np.array([[1, -2], [3, 4]]),
        conversions=7,
        clipped=2,
        seconds=0.5,
        **counts,
    )
    answer.save(tmp_path)
    found = SpikingAnswer.load(tmp_path)
    assert [sample.tolist() for sample in found.spikes] == [s.tolist() for s in spikes]
    assert found.membranes.tolist() == [[1, -2], [3, 4]]
    assert (found.ticks, found.conversions, found.clipped, found.seconds) == (8, 7, 2, 0.5)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ((), "samples must be at least 1, not 0"),
        ((np.zeros((4, 6), np.bool_),), "sample 0 must be of ticks x 5 inputs"),
        ((np.zeros((0, 5), np.bool_),), "sample 0 must be of ticks x 5 inputs"),
    ],
)
def test_samples_of_another_shape_are_refused(events, message):
    network = random_network(np.random.default_rng(1), [5, 3, 2], most=7)
    with pytest.raises(ValueError, match=message):
        SpikingJob(spec=SPEC, network=network, events=events)


def test_progress_is_0_until_it_is_told(tmp_path):
    assert read_samples_done(tmp_path) == 0
    report_samples_done(tmp_path, 4)
    assert read_samples_done(tmp_path) == 4
