from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.neurons import Neuron, SpikingLayer, SpikingNetwork
from ohmloom_analog.spike_reference import SpikingReference
from ohmloom_sim.spiking.batch import by_length, run_reference


def _neuron(rng):
    kind = str(rng.choice(["if", "lif", "li", "cuba_lif"]))
    threshold = int(rng.integers(1, 2000))
    cuba = kind == "cuba_lif"
    return Neuron(
        kind=kind,
        threshold=threshold,
        v_leak=int(rng.integers(-500, 500)),
        v_reset=int(rng.integers(-500, threshold)),
        reset=str(rng.choice(["to_reset", "subtract"])),
        refractory_ticks=int(rng.integers(0, 4)),
        leak=0 if kind == "if" else int(rng.integers(65536)),
        synapse_leak=int(rng.integers(65536)) if cuba else 0,
        gain=int(rng.integers(1, 65536)),
        gain_shift=int(rng.integers(8, 16)),
        couple=int(rng.integers(65536)) if cuba else 0,
        couple_shift=14 if cuba else 0,
        bias=int(rng.integers(-100, 200)),
        state_bits=int(rng.choice([12, 16])),
    )


def _network(rng, sizes):
    layers = []
    for inputs, neurons in pairwise(sizes):
        returning = bool(rng.integers(2))
        layers.append(
            SpikingLayer(
                weights=_matrix(rng, inputs, neurons),
                neurons=tuple(_neuron(rng) for _ in range(neurons)),
                recurrent=_matrix(rng, neurons, neurons) if returning else None,
            )
        )
    return SpikingNetwork(layers=tuple(layers))


def _matrix(rng, rows, columns):
    return tuple(tuple(row) for row in rng.integers(-15, 16, (rows, columns)).tolist())


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=6),
    density=st.sampled_from([0.05, 0.5]),
)
def test_batch_is_the_reference_sample_by_sample(seed, sizes, lengths, density):
    rng = np.random.default_rng(seed)
    network = _network(rng, sizes)
    events = [rng.random((ticks, sizes[0])) < density for ticks in lengths]
    found = run_reference(network, events)
    for place, sample in enumerate(events):
        reference = SpikingReference(network)
        counts = np.zeros(sizes[-1], np.int64)
        spikes_in, busy = [0] * len(network.layers), [0] * len(network.layers)
        for inputs in sample:
            before = [state.spikes.copy() for state in reference.states]
            counts += reference.tick(inputs)
            entering = [inputs] + [state.spikes for state in reference.states[:-1]]
            for layer, spikes in enumerate(entering):
                arrived = int(spikes.sum())
                if network.layers[layer].recurrent is not None:
                    arrived += int(before[layer].sum())
                spikes_in[layer] += arrived
                busy[layer] += bool(arrived)
        assert found.outcome.counts[place].tolist() == counts.tolist()
        last = reference.states[-1].membrane
        assert found.outcome.membranes[place].tolist() == last.tolist()
        assert found.events[place].tolist() == spikes_in
        assert found.products[place].tolist() == busy


def test_samples_of_one_length_run_together_and_keep_their_places():
    events = [np.full((ticks, 2), ticks == 3) for ticks in (3, 5, 3, 1)]
    groups = {len(batch): places.tolist() for places, batch in by_length(events)}
    assert groups == {1: [3], 3: [0, 2], 5: [1]}
    batches = {len(batch): batch for _, batch in by_length(events)}
    assert batches[3].shape == (3, 2, 2)
    assert batches[3].all()


def test_samples_without_ticks_are_refused():
    network = _network(np.random.default_rng(0), [2, 1])
    message = r"^samples must be there and have at least one tick, not "
    with pytest.raises(ValueError, match=message + r"\[\]$"):
        run_reference(network, [])
    with pytest.raises(ValueError, match=message + r"\[2, 0\]$"):
        run_reference(network, [np.zeros((2, 2), bool), np.zeros((0, 2), bool)])


def test_lines_must_be_those_of_the_network():
    network = _network(np.random.default_rng(0), [2, 1])
    with pytest.raises(ValueError, match=r"^inputs must have shape \(1, 2\), not \(1, 3\)$"):
        run_reference(network, [np.zeros((4, 3), bool)])
