"""NIR files as exporters write them, and what isn't one."""

import re
import sys

import h5py
import nir
import numpy as np
import pytest
from nir_files import DT, chain, lif

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_file import read_graph
from ohmloom_analog.nir_graph import load_nir

WEIGHTS = np.array([[0.5, -0.25, 1.0], [0.125, 0.75, -1.0]])


def scalar(**more):
    # snnTorch's Leaky of one beta for all neurons.
    tau, r, v_leak, v_threshold = (np.array(value) for value in (0.02, 20.0, 0.0, 1.0))
    return nir.LIF(tau, r, v_leak, v_threshold, **more)


def written(path, graph, change=None):
    # The package can't compress a number that is no array.
    nir.write(path, graph, compression=None)
    if change is not None:
        with h5py.File(path, "r+") as file:
            change(file)
    return path


def recurrent(cells):
    inner = {
        "input": nir.Input(np.array([2])),
        "lif": cells,
        "w_rec": nir.Linear(WEIGHTS[:, :2]),
        "output": nir.Output(np.array([2])),
    }
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    return chain(nir.Linear(WEIGHTS), nir.NIRGraph(inner, edges, type_check=False), inputs=[3])


def flat(cells):
    nodes = {
        "input": nir.Input(np.array([3])),
        "fc": nir.Linear(WEIGHTS),
        "rnn.lif": cells,
        "rnn.w_rec": nir.Linear(WEIGHTS[:, :2]),
        "output": nir.Output(np.array([2])),
    }
    edges = [("input", "fc"), ("fc", "rnn.lif"), ("rnn.lif", "rnn.w_rec")]
    edges += [("rnn.w_rec", "rnn.lif"), ("rnn.lif", "output")]
    return nir.NIRGraph(nodes, edges, type_check=False)


def integers(path):
    (layer,) = load_nir(path, dt=DT).network.layers
    return layer


@pytest.mark.parametrize("graph", [recurrent, flat], ids=["nested", "flat"])
def test_one_parameter_for_all_neurons_is_as_good_as_one_each(graph, tmp_path):
    each = written(tmp_path / "each.nir", graph(lif(2)))
    single = written(tmp_path / "single.nir", graph(scalar()))
    assert integers(single) == integers(each)
    assert integers(single).recurrent is not None


def test_a_graph_in_the_graph_is_that_without_borders(tmp_path):
    nested = written(tmp_path / "nested.nir", recurrent(lif(2)))
    assert integers(nested) == integers(written(tmp_path / "flat.nir", flat(lif(2))))


def test_a_loop_around_a_graph_is_one_around_its_neurons():
    around, flat_one = recurrent(lif(2)), flat(lif(2))
    around.edges.append(("nirgraph_1", "nirgraph_1"))
    flat_one.edges.append(("rnn.lif", "rnn.lif"))
    assert integers(around) == integers(flat_one) != integers(recurrent(lif(2)))


@pytest.mark.parametrize("missing", ["v_reset", "w_in"])
def test_what_older_files_lack_has_nirs_own_default(missing, tmp_path):
    full = [np.full(2, value) for value in (0.005, 0.02, 20.0, 0.0, 1.0)]
    cells = nir.CubaLIF(*full, w_in=1.0)
    path = written(
        tmp_path / "old.nir",
        chain(nir.Linear(WEIGHTS), cells, inputs=[3]),
        lambda file: file["node/nodes/cubalif_1"].pop(missing),
    )
    assert integers(path) == integers(chain(nir.Linear(WEIGHTS), cells, inputs=[3]))
    assert {neuron.v_reset for neuron in integers(path).neurons} == {0}


def test_parameters_may_differ_in_shape(tmp_path):
    def change(file):
        cells = file["node/nodes/lif_1"]
        del cells["v_threshold"], cells["tau"]
        cells["v_threshold"], cells["tau"] = np.ones(1, np.float32), np.full((1, 2), 0.02)

    graph = chain(nir.Linear(WEIGHTS), lif(2), inputs=[3])
    path = written(tmp_path / "mixed.nir", graph, change)
    assert integers(path) == integers(graph)


def test_the_ones_of_a_batch_are_passed_over():
    graph = chain(nir.Linear(WEIGHTS), lif(2), inputs=[1, 3])
    assert integers(graph) == integers(chain(nir.Linear(WEIGHTS), lif(2), inputs=[3]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.pop("node"), "a network must be a NIR file, not '{path}': "),
        (
            lambda file: file.__setitem__("node/nodes/lif_1/tau", h5py.SoftLink("/nothing")),
            "a network must be a NIR file, not '{path}': ",
        ),
        (
            lambda file: file["node"].pop("edges"),
            "graph {path} of {path} must have nodes and edges",
        ),
        (lambda file: file["node"].pop("type"), "a network must be a NIRGraph, which {path} isn't"),
        (
            lambda file: file["node/nodes/lif_1"].pop("type"),
            "node lif_1 (None) of {path} must be one of Input, Output, Linear,",
        ),
        (
            lambda file: file["node/nodes/lif_1"].pop("r"),
            "node lif_1 (LIF) of {path} must have r",
        ),
        (
            lambda file: file["node/nodes/lif_1/r"].write_direct(np.array([1.0, np.nan])),
            "r of node lif_1 (LIF) of {path} must be finite numbers, at least one",
        ),
    ],
)
def test_damaged_files_are_refused(change, message, tmp_path):
    def changed(file):
        if "tau" in str(change.__code__.co_consts):
            del file["node/nodes/lif_1/tau"]
        change(file)

    graph = chain(nir.Linear(WEIGHTS), lif(2), inputs=[3])
    path = written(tmp_path / "net.nir", graph, changed)
    with pytest.raises(MappingError, match=f"^{re.escape(message.format(path=path))}"):
        load_nir(path, dt=DT)


def test_a_dataset_that_is_larger_than_any_layer_is_not_read(tmp_path):
    def change(file):
        del file["node/nodes/lif_1/r"]
        file.create_dataset("node/nodes/lif_1/r", shape=(2**25,), dtype=float, chunks=True)

    path = written(tmp_path / "n.nir", chain(nir.Linear(WEIGHTS), lif(2), inputs=[3]), change)
    message = "/node/nodes/lif_1/r must have at most 16777216 entries, not 33554432$"
    with pytest.raises(MappingError, match=message):
        load_nir(path, dt=DT)


def test_what_is_no_file_of_networks_is_refused(tmp_path):
    path = tmp_path / "net.nir"
    for _ in range(2):
        with pytest.raises(MappingError, match="^a network must be a NIR file, not '.*net.nir': "):
            read_graph(path)
        path.write_bytes(b"something else")
    with pytest.raises(
        MappingError, match=r"^a network must be a path or a nir\.NIRGraph, not str$"
    ):
        read_graph("net.nir")
    with pytest.raises(MappingError, match="^a network must be a NIRGraph, which the graph isn't$"):
        read_graph(lif(2))


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([("input", "lif"), ("lif", "elsewhere")], "edges of the graph must be between two of its"),
        ([("input", "lif")] * 2, "edge input -> lif of the graph must be there once, not 2 times"),
    ],
)
def test_edges_are_between_nodes_and_there_once(edges, message):
    nodes = {"input": nir.Input(np.array([2])), "lif": lif(2), "output": nir.Output(np.array([2]))}
    with pytest.raises(MappingError, match=f"^{re.escape(message)}"):
        read_graph(nir.NIRGraph(nodes, edges, type_check=False))


def test_a_graph_in_the_graph_has_one_input_and_one_output():
    graph = recurrent(lif(2))
    graph.nodes["nirgraph_1"].nodes["more"] = nir.Output(np.array([2]))
    message = r"^node nirgraph_1 \(NIRGraph\) of the graph must have one Output, not 2$"
    with pytest.raises(MappingError, match=message):
        read_graph(graph)
    graph = recurrent(lif(2))
    graph.nodes["nirgraph_1"].edges.append(("input", "input"))
    message = r"^node nirgraph_1\.input, which is the border of a graph, must not feed itself$"
    with pytest.raises(MappingError, match=message):
        read_graph(graph)


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MappingError, match=r"pip install 'ohmloom\[nir\]'$"):
        read_graph(tmp_path / "net.nir")
