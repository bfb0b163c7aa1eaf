"""Rows that tell how neurons were rounded."""

import nir
import numpy as np
import pytest
from nir_files import DT, KINDS, chain, drawn, lif

from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spike_reference import SpikingReference
from ohmloom_analog.spike_report import worst_rounding


def rows_of(kind, seed=3):
    graph = drawn(kind, np.random.default_rng(seed), 3, 4)
    (layer,) = load_nir(graph, dt=DT).layers
    return graph, layer


@pytest.mark.parametrize("kind", KINDS)
def test_rows_tell_the_integers_and_what_they_stand_for(kind):
    graph, layer = rows_of(kind)
    cells = graph.nodes[f"{kind.lower()}_1"]
    rows = {(row.neuron, row.parameter): row for row in layer.rows}
    places = [r.fraction_bits for r in layer.ranges if r.state == "membrane"]
    for j, neuron in enumerate(layer.layer.neurons):
        assert rows[j, "gain"].code == neuron.gain
        assert rows[j, "gain"].value == neuron.gain / 2**neuron.gain_shift
        assert rows[j, "bias"].value == neuron.bias / 2 ** places[j]
        if kind not in ("IF", "Threshold"):
            tau = cells.tau_mem if kind == "CubaLIF" else cells.tau
            assert rows[j, "leak"].wanted == DT / tau[j]
            assert rows[j, "leak"].value == neuron.leak / 65536
            assert rows[j, "v_leak"].wanted == cells.v_leak[j]
            assert rows[j, "v_leak"].value == neuron.v_leak / 2 ** places[j]
        if kind not in ("LI", "Threshold"):
            assert rows[j, "threshold"].wanted == cells.v_threshold[j]
            assert rows[j, "threshold"].value == (neuron.threshold - 1) / 2 ** places[j]
            assert rows[j, "v_reset"].value == neuron.v_reset / 2 ** places[j]
        if kind == "CubaLIF":
            assert rows[j, "couple"].value == neuron.couple / 2**neuron.couple_shift
            assert rows[j, "synapse_leak"].value == neuron.synapse_leak / 65536
    assert ((0, "leak") in rows) == (kind != "IF")
    assert ((0, "threshold") in rows) == (kind != "LI")
    assert ((0, "couple") in rows) == (kind == "CubaLIF")


def test_the_row_of_weights_is_the_one_that_is_off_most():
    weights = np.array([[1.27, 0.5049, -0.2], [1.0, -1.0, 0.0]])
    (layer,) = load_nir(chain(nir.Linear(weights), lif(2), inputs=[3]), dt=DT).layers
    first, second = (row for row in layer.rows if row.parameter == "weight")
    assert (first.wanted, first.code) == (0.5049, 50)
    assert first.value == pytest.approx(0.5)
    assert first.relative == pytest.approx(0.0049 / 1.27)
    assert (second.error, second.relative) == (0.0, 0.0)
    assert [row[0] for row in layer.layer.weights] == [127, 50, -20]


def test_the_worst_of_each_parameter_is_told():
    _, layer = rows_of("CubaLIF")
    worst = worst_rounding(layer.rows)
    assert set(worst) == {row.parameter for row in layer.rows}
    for row in layer.rows:
        assert row.relative <= worst[row.parameter].relative


def test_a_leak_that_rounds_to_nothing_leaves_the_state_where_the_row_says():
    graph = chain(nir.Linear(np.array([[1.0]])), nir.LI(*np.array([[0.1], [10.0], [0.25]])),
                  inputs=[1])  # fmt: skip
    (layer,) = load_nir(graph, dt=DT).layers
    reference = SpikingReference(load_nir(graph, dt=DT).network)
    for tick in range(4000):
        reference.tick(np.array([tick < 1000]))
    (row,) = (row for row in layer.rows if row.parameter == "rest")
    assert row.code == reference.states[0].membrane[0] > layer.layer.neurons[0].v_leak
    assert row.relative == pytest.approx(row.error / layer.ranges[0].reach)
