"""Rounded neurons beside floats: as far off as rounding can put them, and no further."""

import re

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_files import DT, KINDS, chain, drawn, lif
from nir_oracle import NirOracle
from rounding_bound import RoundingBound

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spike_reference import SpikingReference
from ohmloom_analog.spike_report import worst_rounding


def states(layer, kind):
    return np.array(
        [[2.0**-r.fraction_bits, r.held] for r in layer.ranges if r.state == kind]
    ).T if any(r.state == kind for r in layer.ranges) else np.zeros((2, 1))  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    inputs=st.integers(1, 5),
    bits=st.sampled_from([3, 8]),
    state_bits=st.sampled_from([14, 16, 20]),
)
def test_states_are_off_by_no_more_than_rounding_can_do(kind, seed, inputs, bits, state_bits):
    rng = np.random.default_rng(seed)
    graph, name = drawn(kind, rng, 2, inputs), f"{kind.lower()}_1"
    affine, cells = graph.nodes["affine_0"], graph.nodes[name]
    read = load_nir(graph, dt=DT, bits=bits, state_bits=state_bits)
    reference, oracle = SpikingReference(read.network), NirOracle(graph, DT)
    (step, held), (fine, most) = (states(read.layers[0], s) for s in ("membrane", "synapse"))
    bound = RoundingBound(affine, cells, DT, bits, (step, fine))
    level = getattr(cells, "v_threshold", getattr(cells, "threshold", np.inf))
    # A bias counts as if it had been there for long, and integers keep it beside the synapse.
    still = cells.w_in * affine.bias if kind == "CubaLIF" else 0.0
    sign = np.sign(cells.r) if kind == "CubaLIF" else 1
    oracle.synapses[name] = still
    for _ in range(150):
        signal = rng.random(inputs) < 0.4
        before = oracle.membranes.get(name, 0.0), oracle.synapses[name] - still
        spikes, expected = reference.tick(signal), oracle.tick(signal)
        bound.tick(signal, *before)
        synapse = oracle.synapses[name] - still
        v = oracle.levels.get(name, oracle.membranes.get(name, 0.0))
        if (abs(v) + bound.membrane > held).any() or (abs(synapse) + bound.synapse > most).any():
            break
        if (abs(v - level) <= bound.membrane).any():
            # What follows depends on less than rounding may change.
            break
        if kind == "CubaLIF":
            found = reference.states[0].synapse * fine * sign
            assert (abs(found - synapse) <= bound.synapse + 1e-9).all()
        if kind != "LI":
            assert spikes.tolist() == expected.tolist()
            bound.membrane = np.where(spikes, step, bound.membrane)
        if kind != "Threshold":
            found = reference.states[0].membrane * step
            assert (abs(found - oracle.membranes[name]) <= bound.membrane + 1e-9).all()


def test_each_neuron_has_its_own_scale():
    weights = np.array([[1e-3, -2e-3], [5.0, 2.5]])
    (layer,) = load_nir(chain(nir.Linear(weights), lif(2), inputs=[2]), dt=DT).network.layers
    assert layer.weights == ((64, 127), (-127, 64))


def test_neurons_without_weights_stay_at_rest():
    graph = chain(nir.Linear(np.zeros((2, 3))), lif(2), inputs=[3])
    reference = SpikingReference(load_nir(graph, dt=DT).network)
    assert not reference.tick(np.ones(3, bool)).any()
    assert reference.states[0].membrane.tolist() == [0, 0]


def test_weights_that_move_no_step_count_as_none():
    weights = np.array([[1e-30, 0.0], [1.0, 1.0]])
    cells = nir.IF(np.ones(2), np.full(2, 100.0))
    read = load_nir(chain(nir.Linear(weights), cells, inputs=[2]), dt=DT)
    assert [neuron.gain > 0 for neuron in read.network.layers[0].neurons] == [False, True]
    worst = worst_rounding(read.layers[0].rows)["gain"]
    assert (worst.neuron, worst.relative) == (0, 1.0)


def test_a_neuron_that_cannot_be_had_is_named():
    cells = nir.LIF(np.array([0.02, 1e3]), np.ones(2), np.zeros(2), np.ones(2))
    message = "neuron 1 of lif_0: dt / tau must be 0 or at least 7.62939453125e-06, not 1e-06"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        load_nir(chain(cells, inputs=[2]), dt=DT)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1.0, 1e3, 1e9])
def test_any_unit_of_potentials_will_do(unit):
    weights = np.array([[0.5, -0.25, 1.0]])
    cells = nir.LIF(*(np.array([value]) for value in (0.02, 20.0 * unit, 0.0, unit)))
    read = load_nir(chain(nir.Linear(weights), cells, inputs=[3]), dt=DT)
    (neuron,) = read.network.layers[0].neurons
    assert 512 < neuron.threshold < 32767
    assert 32 < neuron.threshold / neuron.gain * 2**neuron.gain_shift < 128
