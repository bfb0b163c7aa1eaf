import re
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import (
    DenseLayer,
    Network,
    from_matrix,
    from_sklearn,
    load_network,
    save_network,
)


def blobs(classes):
    rng = np.random.default_rng(1)
    centres = rng.normal(scale=4, size=(classes, 5))
    labels = np.repeat(np.arange(classes), 30)
    return centres[labels] + rng.normal(size=(len(labels), 5)), labels


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(
    "model",
    [
        MLPClassifier((6,), max_iter=200, random_state=0),
        MLPClassifier((6, 3), activation="identity", max_iter=200, random_state=0),
        LogisticRegression(),
    ],
)
def test_trained_models_decide_as_in_scikit_learn(model, classes):
    x, y = blobs(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y)
    network = from_sklearn(model)
    assert network.activations(x)[-1].argmax(axis=1).tolist() == model.predict(x).tolist()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            object(),
            "model must be a trained MLPClassifier or LogisticRegression, not object",
        ),
        (
            MLPClassifier(),
            "model must be a trained MLPClassifier or LogisticRegression, not MLPClassifier",
        ),
    ],
)
def test_other_models_are_refused(model, message):
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        from_sklearn(model)


def test_tanh_is_refused():
    x, y = blobs(2)
    model = MLPClassifier((2,), activation="tanh", max_iter=200, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y)
    message = "^activation of the model must be relu or identity, not tanh$"
    with pytest.raises(MappingError, match=message):
        from_sklearn(model)


def test_saved_network_comes_back_equal(tmp_path):
    rng = np.random.default_rng(0)
    network = Network(
        layers=(
            DenseLayer(weights=rng.normal(size=(3, 4)), bias=rng.normal(size=3), activation="relu"),
            DenseLayer(weights=rng.normal(size=(2, 3)), bias=rng.normal(size=2)),
        )
    )
    save_network(network, tmp_path / "net.npz")
    found = load_network(tmp_path / "net.npz")
    for layer, same in zip(network.layers, found.layers, strict=True):
        np.testing.assert_array_equal(layer.weights, same.weights)
        np.testing.assert_array_equal(layer.bias, same.bias)
        assert layer.activation == same.activation


def test_bare_weights_get_zero_bias_and_the_default_activation(tmp_path):
    np.savez(tmp_path / "w.npz", weights_0=np.eye(3), weights_1=np.ones((1, 3)))
    network = load_network(tmp_path / "w.npz", activation="none")
    assert [layer.activation for layer in network.layers] == ["none", "none"]
    assert network.layers[0].bias.tolist() == [0, 0, 0]


def broken(folder, **arrays):
    path = folder / "net.npz"
    np.savez(path, **arrays)
    return path


def test_file_without_the_arrays_is_refused(tmp_path):
    path = broken(tmp_path, a=np.eye(2), b=np.eye(2))
    message = f"model {path} must hold the array weights_0, not only a, b"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        load_network(path)


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.npz"
    message = f"model must be an .npz file, not the missing '{path}'"
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        load_network(path)


def test_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "net.npz"
    path.write_text("weights")
    with pytest.raises(MappingError, match="^model must be an .npz file of plain arrays, not "):
        load_network(path)


def test_damaged_file_is_refused(tmp_path):
    path = broken(tmp_path, weights_0=np.eye(8))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(MappingError, match="^model must be an .npz file of plain arrays, not "):
        load_network(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"weights_0": np.ones(3)}, "weights must be a matrix of outputs x inputs, not of shape"),
        ({"weights_0": np.full((2, 2), np.nan)}, "weights must be finite, not nan at (0, 0)"),
        (
            {"weights_0": np.ones((2, 3)), "bias_0": np.ones(3)},
            "bias must have shape (2,), not (3,)",
        ),
        (
            {"weights_0": np.ones((2, 3)), "activations": np.array(["tanh"])},
            "activation must be 'relu' or 'none', not 'tanh'",
        ),
    ],
)
def test_faulty_layers_are_refused_by_their_number(arrays, message, tmp_path):
    path = broken(tmp_path, **arrays)
    with pytest.raises(MappingError, match=f"^{re.escape(f'layer 0 of {path}: {message}')}"):
        load_network(path)


def test_layers_that_do_not_follow_each_other_are_refused(tmp_path):
    path = broken(tmp_path, weights_0=np.ones((4, 2)), weights_1=np.ones((4, 3)))
    message = (
        "inputs of layer 1 must be the 4 outputs of layer 0, not 3 (weights are outputs x inputs)"
    )
    with pytest.raises(MappingError, match=f"^{re.escape(message)}$"):
        load_network(path)


def test_matrix_is_a_network_without_bias():
    network = from_matrix([[1, 2], [3, 4], [5, 6]])
    assert (network.inputs, network.outputs) == (2, 3)
    assert network.activations(np.array([[1.0, 10.0]]))[0].tolist() == [[21, 43, 65]]
