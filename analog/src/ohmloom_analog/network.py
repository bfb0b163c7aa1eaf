"""Networks of dense layers in floating point, as they come from training."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.errors import MappingError

__all__ = ["DenseLayer", "Network", "from_matrix", "from_sklearn", "load_network", "save_network"]

Activation = Literal["relu", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseLayer:
    """y = activation(weights @ x + bias)."""

    weights: NDArray[np.float64]
    """Weights, outputs x inputs."""
    bias: NDArray[np.float64]
    """Bias, one an output."""
    activation: Activation = "none"
    """What follows the sum."""

    def __post_init__(self) -> None:
        """Check shapes and numbers."""
        if self.weights.ndim != 2 or 0 in self.weights.shape:
            msg = f"weights must be a matrix of outputs x inputs, not of shape {self.weights.shape}"
            raise MappingError(msg)
        if self.bias.shape != (self.weights.shape[0],):
            msg = f"bias must have shape ({self.weights.shape[0]},), not {self.bias.shape}"
            raise MappingError(msg)
        for name, values in (("weights", self.weights), ("bias", self.bias)):
            if not np.isfinite(values).all():
                place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
                msg = f"{name} must be finite, not {values[place]} at {place}"
                raise MappingError(msg)
        if self.activation not in ("relu", "none"):
            msg = f"activation must be 'relu' or 'none', not {self.activation!r}"
            raise MappingError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Dense layers in a row."""

    layers: tuple[DenseLayer, ...]
    """From input to output."""

    def __post_init__(self) -> None:
        """Check that each layer takes what the one before gives."""
        if not self.layers:
            msg = "layers must be at least 1, not 0"
            raise MappingError(msg)
        for index, (before, after) in enumerate(zip(self.layers, self.layers[1:], strict=False)):
            given, taken = before.weights.shape[0], after.weights.shape[1]
            if given != taken:
                msg = (
                    f"inputs of layer {index + 1} must be the {given} outputs of layer {index}, "
                    f"not {taken} (weights are outputs x inputs)"
                )
                raise MappingError(msg)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return int(self.layers[0].weights.shape[1])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.layers[-1].weights.shape[0])

    def activations(self, x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the output of every layer, samples x outputs, for inputs of samples x inputs."""
        found = []
        for layer in self.layers:
            x = x @ layer.weights.T + layer.bias
            if layer.activation == "relu":
                x = np.maximum(x, 0.0)
            found.append(x)
        return found


def from_matrix(weights: ArrayLike) -> Network:
    """Return the network that only multiplies by a matrix of outputs x inputs."""
    matrix = np.asarray(weights, dtype=np.float64)
    rows = matrix.shape[0] if matrix.ndim else 0
    return Network(layers=(DenseLayer(weights=matrix, bias=np.zeros(rows)),))


def from_sklearn(model: Any) -> Network:
    """Take over a trained scikit-learn `MLPClassifier` or `LogisticRegression`.

    A two-class model has one output there; it gets two here, so that the larger one is the class.

    Raises
    ------
    MappingError
        Where the model is of another kind, not trained, or has an activation other than relu or
        identity.
    """
    kind = type(model).__name__
    if kind == "MLPClassifier" and hasattr(model, "coefs_"):
        weights = [np.asarray(w, dtype=np.float64).T for w in model.coefs_]
        biases = [np.asarray(b, dtype=np.float64) for b in model.intercepts_]
        names: dict[str, Activation] = {"relu": "relu", "identity": "none"}
        if model.activation not in names:
            msg = f"activation of the model must be relu or identity, not {model.activation}"
            raise MappingError(msg)
        hidden = names[model.activation]
    elif kind == "LogisticRegression" and hasattr(model, "coef_"):
        weights, biases = [np.asarray(model.coef_)], [np.asarray(model.intercept_)]
        hidden = "none"
    else:
        msg = f"model must be a trained MLPClassifier or LogisticRegression, not {kind}"
        raise MappingError(msg)
    if weights[-1].shape[0] == 1:
        weights[-1] = np.vstack([np.zeros_like(weights[-1]), weights[-1]])
        biases[-1] = np.concatenate([[0.0], biases[-1]])
    last = len(weights) - 1
    return Network(
        layers=tuple(
            DenseLayer(weights=w, bias=b, activation="none" if index == last else hidden)
            for index, (w, b) in enumerate(zip(weights, biases, strict=True))
        )
    )


def load_network(path: Path, *, activation: Activation = "relu") -> Network:
    """Read a network from an `.npz` file.

    The file holds `weights_0`, `bias_0`, `weights_1`, ... with weights of outputs x inputs. A
    missing bias is zero. `activations`, a list of 'relu' or 'none' with one name a layer, may be
    there; without it, hidden layers have `activation` and the last has none.

    Raises
    ------
    MappingError
        Where the file is missing, isn't an `.npz` file, or lacks an array, naming it.
    """
    if not path.is_file():
        msg = f"model must be an .npz file, not the missing '{path}'"
        raise MappingError(msg)
    try:
        # Given a path, numpy leaves a damaged file open.
        with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        msg = f"model must be an .npz file of plain arrays, not '{path}': {error}"
        raise MappingError(msg) from None
    if "weights_0" not in arrays:
        there = ", ".join(sorted(arrays)) or "nothing"
        msg = f"model {path} must hold the array weights_0, not only {there}"
        raise MappingError(msg)
    count = 0
    while f"weights_{count}" in arrays:
        count += 1
    default = [activation] * (count - 1) + ["none"]
    names = [str(name) for name in arrays.get("activations", default)]
    if len(names) != count:
        msg = f"activations of {path} must have {count} names, not {len(names)}"
        raise MappingError(msg)
    layers = []
    for index, name in enumerate(names):
        try:
            weights = np.asarray(arrays[f"weights_{index}"], dtype=np.float64)
            zeros = np.zeros(weights.shape[:1])
            bias = np.asarray(arrays.get(f"bias_{index}", zeros), dtype=np.float64)
            layers.append(DenseLayer(weights=weights, bias=bias, activation=name))  # type: ignore[arg-type]
        except ValueError as error:
            msg = f"layer {index} of {path}: {error}"
            raise MappingError(msg) from None
    return Network(layers=tuple(layers))


def save_network(network: Network, path: Path, **samples: NDArray[Any]) -> None:
    """Write a network as `load_network` reads it, with other arrays beside it."""
    arrays: dict[str, NDArray[Any]] = {
        "activations": np.array([layer.activation for layer in network.layers])
    }
    for index, layer in enumerate(network.layers):
        arrays[f"weights_{index}"] = layer.weights
        arrays[f"bias_{index}"] = layer.bias
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays, **samples)
    beside.replace(path)
