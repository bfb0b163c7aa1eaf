from types import SimpleNamespace

import numpy as np

from ohmloom_sim.spiking.chip_runner import outcome_of


def test_spikes_are_counted_sample_by_sample():
    spikes = (
        np.array([[1, 0], [1, 1], [0, 0]], bool),
        np.array([[0, 0]], bool),
    )
    membranes = np.array([[3, -4], [0, 7]])
    outcome = outcome_of(SimpleNamespace(spikes=spikes, membranes=membranes))
    assert outcome.counts.tolist() == [[2, 1], [0, 0]]
    assert outcome.membranes.tolist() == membranes.tolist()
