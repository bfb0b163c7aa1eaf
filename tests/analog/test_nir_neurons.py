"""NIR's neurons in one step of time."""

import re

import nir
import numpy as np
import pytest
from nir_files import chain

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_file import read_graph
from ohmloom_analog.nir_neurons import neuron_step

DT = 0.5


def stepped(node, shape=(2,), dt=DT):
    read = read_graph(chain(node, inputs=shape)).nodes
    return neuron_step(next(n for name, n in read.items() if name.endswith("_0")), shape, dt)


def values(step):
    names = ("leak", "synapse_leak", "drive", "couple", "bias_gain", "threshold", "v_reset")
    return {name: getattr(step, name).tolist() for name in names}


def test_leaky_neurons_take_the_step_as_part_of_their_time_constant():
    node = nir.LIF(*np.array([[2.0, 4.0], [3.0, -1.0], [0.5, 0.25], [1.0, 2.0], [0.0, -1.0]]))
    step = stepped(node)
    assert step.kind == "lif"
    assert step.v_leak.tolist() == [0.5, 0.25]
    assert values(step) == {
        "leak": [0.25, 0.125],
        "synapse_leak": [0.0, 0.0],
        "drive": [0.75, -0.125],
        "couple": [1.0, 1.0],
        "bias_gain": [0.75, -0.125],
        "threshold": [1.0, 2.0],
        "v_reset": [0.0, -1.0],
    }


def test_the_step_is_not_in_what_an_integrating_neuron_adds():
    node = nir.IF(np.array([3.0, -1.0]), np.array([1.0, 2.0]))
    for dt in (0.5, 1e-3):
        step = stepped(node, dt=dt)
        assert (step.kind, step.drive.tolist(), step.leak.tolist()) == ("if", [3, -1], [0, 0])


def test_current_based_neurons_have_a_step_in_both_states():
    rows = [[1.0, 2.0], [2.0, 4.0], [3.0, -1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    step = stepped(nir.CubaLIF(*np.array(rows), w_in=np.array([5.0, 8.0])))
    assert step.kind == "cuba_lif"
    found = values(step)
    assert (found["synapse_leak"], found["leak"]) == ([0.5, 0.25], [0.25, 0.125])
    assert (found["drive"], found["couple"]) == ([2.5, 2.0], [0.75, -0.125])
    assert found["bias_gain"] == [3.75, -1.0]


def test_a_readout_has_no_threshold():
    step = stepped(nir.LI(*np.array([[2.0, 4.0], [3.0, 1.0], [0.5, 0.25]])))
    assert (step.kind, step.threshold.tolist(), step.leak.tolist()) == ("li", [0, 0], [0.25, 0.125])


def test_a_threshold_forgets_in_every_tick():
    step = stepped(nir.Threshold(np.array([1.5, -2.0])))
    assert (step.kind, step.leak.tolist(), step.drive.tolist()) == ("lif", [1, 1], [1, 1])
    assert step.threshold.tolist() == [1.5, -2.0]
    assert (step.v_reset < step.threshold).all()


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            nir.LIF(*np.array([[2.0, 0.25], [1, 1], [0, 0], [1, 1]])),
            "tau of node lif_0 (LIF) of the graph must be at least dt = 0.5 s, not 0.25",
        ),
        (
            nir.CubaLIF(*np.array([[0.0, 1.0], [1, 1], [1, 1], [0, 0], [1, 1]])),
            "tau_syn of node cubalif_0 (CubaLIF) of the graph must be at least dt = 0.5 s, not 0.0",
        ),
        (
            nir.IF(np.ones(2), np.ones(2), np.array([0.0, 1.5])),
            (
                "v_reset of node if_0 (IF) of the graph must not be above v_threshold, which is "
                "1.0 in neuron 1, not 1.5"
            ),
        ),
        (
            nir.IF(np.ones(3), np.ones(3)),
            "r of node if_0 (IF) of the graph must be one number or fit (2,), not (3,)",
        ),
    ],
)
def test_what_no_step_can_be_is_refused(node, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        stepped(node)
