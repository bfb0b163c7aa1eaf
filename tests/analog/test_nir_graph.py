"""Spiking networks from NIR graphs, beside floats that step through NIR's own definitions."""

import re
from itertools import pairwise

import nir
import nir_files
import numpy as np
import pytest
from nir_files import DT, chain
from nir_oracle import NirOracle

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spike_reference import SpikingReference

RNG = np.random.default_rng(17)


@pytest.fixture(autouse=True)
def same_draws():
    # Whatever ran before, so that a test gives the same alone.
    RNG.bit_generator.state = np.random.default_rng(17).bit_generator.state


def exact(*shape):
    # Multiples of 1/64 whose rows all have 127/64 as their largest, which 8 bits hold as they are.
    codes = RNG.integers(-60, 127, shape)
    codes.reshape(shape[0], -1)[:, 0] = 127
    return codes / 64


def dyadic(*shape):
    return RNG.integers(-8, 9, shape) / 16


def fire(size, r=0.5, v_threshold=1.25, v_reset=-0.25):
    return nir.IF(*(np.full(size, value) for value in (r, v_threshold, v_reset)))


def forgetful(size):
    # A time constant of one step: nothing is left of what was before.
    full = [np.full(size, value) for value in (DT, 0.5, 0.25, 1.5, 0.125)]
    return nir.LIF(*full)


def current_based(size):
    tau, r, v_leak, v_threshold = (np.full(size, value) for value in (DT, -0.5, 0.25, 1.0))
    w_in = -dyadic(size) - 1
    return nir.CubaLIF(tau, tau, r, v_leak, v_threshold, v_threshold / 4, w_in)


def looped(inner, size=4, inputs=5):
    nodes = {
        "input": nir.Input(np.array([inputs])),
        "fc": nir.Linear(exact(size, inputs)),
        "cells": fire(size),
        "out": nir.Linear(exact(3, size)),
        "last": fire(3),
        "output": nir.Output(np.array([3])),
        **inner,
    }
    edges = [("input", "fc"), ("fc", "cells"), ("cells", "out"), ("out", "last")]
    back = ["cells", *inner, "cells"]
    edges += [("last", "output"), *pairwise(back)]
    return nir.NIRGraph(nodes, edges, type_check=False)


def nested(size=4, inputs=5):
    inner = nir.NIRGraph(
        {
            "input": nir.Input(np.array([size])),
            "lif": fire(size),
            "w_rec": nir.Affine(exact(size, size), dyadic(size)),
            "output": nir.Output(np.array([size])),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    return chain(
        nir.Linear(exact(size, inputs)), inner, nir.Linear(exact(2, size)), fire(2), inputs=[inputs]
    )


GRAPHS = {
    "integrating": lambda: chain(
        nir.Affine(exact(6, 9), dyadic(6)), fire(6, r=0.25), nir.Linear(exact(4, 6)), fire(4),
        inputs=[9],
    ),
    "against the current": lambda: chain(
        nir.Linear(-exact(4, 6)), fire(4, r=-0.5), inputs=[6]
    ),
    "thresholds": lambda: chain(
        nir.Affine(exact(6, 9), dyadic(6)), nir.Threshold(dyadic(6) * 4), nir.Linear(exact(4, 6)),
        nir.Threshold(np.full(4, 2.0)), inputs=[9],
    ),
    "forgetful": lambda: chain(
        nir.Affine(exact(6, 9), dyadic(6)), forgetful(6), nir.Linear(exact(4, 6)), forgetful(4),
        inputs=[9],
    ),
    "current-based": lambda: chain(
        nir.Affine(exact(6, 9), dyadic(6)), current_based(6), nir.Linear(exact(4, 6)), fire(4),
        inputs=[9],
    ),
    "without weights": lambda: chain(fire(4, r=1.0), fire(4, r=1.0), inputs=[4]),
    "pictures": lambda: chain(
        nir.Conv2d((9, 6), exact(3, 2, 3, 2), (2, 1), (0, 0), (1, 2), 1, dyadic(3)),
        fire((3, 4, 4)),
        nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        nir.Scale(np.full((3, 1, 1), 0.5)),
        nir.Flatten(np.array([3, 2, 2]), 0, -1),
        nir.Affine(exact(5, 12), dyadic(5)),
        fire(5),
        inputs=[2, 9, 6],
    ),
    "means": lambda: chain(
        nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        nir.Flatten(np.array([2, 2, 2]), 0, -1),
        nir.Linear(exact(4, 8)),
        fire(4),
        inputs=[2, 4, 4],
    ),
    "loop": lambda: looped({"w_rec": nir.Linear(exact(4, 4))}),
    "long loop": lambda: looped(
        {"narrow": nir.Affine(exact(1, 4), dyadic(1)), "scaled": nir.Scale(np.array([-1.0])),
         "wide": nir.Affine(np.full((4, 1), 1.0), dyadic(4))}
    ),
    "self": lambda: looped({}),
    "graph in the graph": nested,
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_spikes_equal_those_of_floats_where_all_values_are_whole_steps(name, tmp_path):
    graph = GRAPHS[name]()
    nir.write(tmp_path / "net.nir", graph)
    network = load_nir(tmp_path / "net.nir", dt=DT).network
    reference, oracle = SpikingReference(network), NirOracle(graph, DT)
    shape = graph.nodes["input"].output_type["output"]
    if name == "current-based":
        # A bias counts as if it had been there for long.
        oracle.synapses["cubalif_1"] = graph.nodes["affine_0"].bias * graph.nodes["cubalif_1"].w_in
    found = []
    for _ in range(150):
        signal = RNG.random(shape) < 0.3
        found.append(reference.tick(signal.ravel()))
        assert found[-1].tolist() == oracle.tick(signal).ravel().tolist()
    assert 0.02 < np.mean(found) < 0.98


def test_two_layers_spike_as_often_as_in_floats(tmp_path):
    graph = nir_files.two_layer_lif(tmp_path / "n.nir", inputs=16, hidden=12, outputs=6, seed=2)
    reference = SpikingReference(load_nir(graph, dt=DT).network)
    oracle = NirOracle(graph, DT)
    signals = RNG.random((600, 16)) < 0.5
    found = np.array([reference.tick(signal) for signal in signals])
    expected = np.array([oracle.tick(signal) for signal in signals])
    assert found.mean() > 0.05
    assert found.mean(axis=0) == pytest.approx(expected.mean(axis=0), abs=0.02)


def test_a_file_and_its_graph_are_the_same_network(tmp_path):
    graph = nir_files.two_layer_lif(tmp_path / "n.nir", inputs=5, hidden=4, outputs=2, seed=0)
    assert load_nir(tmp_path / "n.nir", dt=DT) == load_nir(graph, dt=DT)


def test_bits_bound_weights_and_states():
    graph = chain(nir.Linear(exact(6, 9)), fire(6), inputs=[9])
    for bits in (2, 5, 8, 16):
        (layer,) = load_nir(graph, dt=DT, bits=bits, state_bits=20).network.layers
        assert np.abs(layer.weights).max() == 2 ** (bits - 1) - 1
        assert {neuron.state_bits for neuron in layer.neurons} == {20}


def test_a_spike_subtracts_the_threshold_where_that_is_asked_for():
    graph = chain(nir.Linear(np.array([[1.75]])), fire(1, r=1.0, v_threshold=1.0), inputs=[1])
    reference = SpikingReference(load_nir(graph, dt=DT, reset="subtract").network)
    assert [bool(reference.tick(np.array([True]))[0]) for _ in range(3)] == [True] * 3
    (layer,) = load_nir(graph, dt=DT, reset="subtract").layers
    step = 2.0 ** -layer.ranges[0].fraction_bits
    assert reference.states[0].membrane[0] * step == pytest.approx(3 * 0.75, abs=2 * step)


def test_a_potential_at_the_threshold_is_no_spike():
    graph = chain(fire(1, r=0.5, v_threshold=1.0, v_reset=0.0), inputs=[1])
    reference = SpikingReference(load_nir(graph, dt=DT).network)
    spikes = [bool(reference.tick(np.array([True]))[0]) for _ in range(6)]
    assert spikes == [False, False, True] * 2


def readout(size):
    return nir.LI(*(np.full(size, value) for value in (0.01, 1.0, 0.0)))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (
            chain(nir.Linear(np.ones((2, 3))), readout(2), nir.Linear(np.ones((1, 2))), fire(1),
                  inputs=[3]),
            "node li_1 (LI) of the graph must be a readout before the output, since it gives no",
        ),
        (
            chain(nir.Linear(np.ones((2, 3))), inputs=[3]),
            "node output (Output) of the graph must take from neurons, IF, LIF, LI, CubaLIF,",
        ),
        (
            nir.NIRGraph({"input": nir.Input(np.array([3])), "output": nir.Output(np.array([3]))},
                         [("input", "output")]),
            "node output (Output) of the graph must take from neurons",
        ),
        (
            nir.NIRGraph({"input": nir.Input(np.array([3])), "if": fire(3),
                          "output": nir.Output(np.array([2]))},
                         [("input", "if"), ("if", "output")], type_check=False),
            "shape of node output (Output) of the graph must have 3 numbers, not (2,)",
        ),
        (
            looped({"w_rec": nir.Linear(exact(3, 4))}),
            "the loop at node cells (IF) of the graph must give 4 numbers, not 3",
        ),
        (
            chain(fire(2), inputs=[0]),
            "shape of node input (Input) of the graph must be of at least 1, not (0,)",
        ),
    ],
)  # fmt: skip
def test_networks_that_no_chip_runs_are_refused(graph, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}"):
        load_nir(graph, dt=DT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dt": 0.0}, "dt must be a positive number of seconds, not 0.0"),
        ({"dt": float("nan")}, "dt must be a positive number of seconds, not nan"),
        ({"dt": DT, "bits": 1}, "bits must be in [2, 16], not 1"),
        ({"dt": DT, "state_bits": 25}, "state_bits must be in [12, 24], not 25"),
        ({"dt": 2.0}, "tau of node lif_0 (LIF) of the graph must be at least dt = 2.0 s, not 0.02"),
        ({"dt": 1e-8}, "neuron 0 of lif_0: dt / tau must be 0 or at least 7.62"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}"):
        load_nir(chain(nir_files.lif(2), inputs=[2]), **arguments)
