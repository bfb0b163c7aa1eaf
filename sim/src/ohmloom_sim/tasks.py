"""What the main job classifies: the digits, what is sensed, or the model and samples of a file."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.integer import IntegerRun, run_integers
from ohmloom_analog.mapping import Mapping, map_network
from ohmloom_analog.network import Network, load_network
from ohmloom_analog.onnx_network import load_onnx
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.digits import INPUTS, OUTPUTS, load_digits_split, train_digits
from ohmloom_sim.senses.catalogue import SENSES
from ohmloom_sim.senses.samples import train_sense

__all__ = [
    "PreparedTask",
    "Task",
    "TaskName",
    "chosen_task",
    "digits_task",
    "model_task",
    "prepare",
    "sense_task",
    "taken",
]

Floats = NDArray[np.float64]
IntArray = NDArray[np.int64]


class TaskName(StrEnum):
    """Tasks that are known by a name."""

    DIGITS = "digits"
    JAPANESE_VOWELS = "japanese-vowels"
    BASIC_MOTIONS = "basic-motions"
    PICKUP_GESTURE = "pickup-gesture"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Task:
    """A network and labelled samples."""

    name: str
    """For reports."""
    network: Network
    """In floating point."""
    typical: Floats
    """Samples from which scales are taken, samples x inputs."""
    inputs: Floats
    """Samples to classify, samples x inputs."""
    labels: IntArray
    """Their classes."""
    classes: tuple[str, ...] = ()
    """What the classes are, for reports; none where they are called by their numbers."""
    packages: tuple[str, ...] = ()
    """Packages that the samples come from, beside scikit-learn."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class PreparedTask:
    """A task made ready for a chip, and what is to be expected of it."""

    task: Task
    """With only the samples that are asked for."""
    mapping: Mapping
    """The network on the chip."""
    inputs: IntArray
    """The samples as the chip takes them."""
    clipped_inputs: int
    """Inputs that were outside what the chip takes."""
    float_predictions: IntArray
    """Classes that the float network finds."""
    integer: IntegerRun
    """What the chip gives if its analog part is perfect."""


def chosen_task(name: TaskName | None, model: Path | None, seed: int) -> Task:
    """Return the task of a name, or that of a file; the digits where neither is given.

    Raises
    ------
    MappingError
        Where both are given, and where `model_task` raises it.
    ToolError
        Where the samples of the task aren't installed.
    """
    if model is not None:
        if name is not None:
            msg = f"--task must be left out with --model, not '{name}'"
            raise MappingError(msg)
        return model_task(model, seed)
    if name is None or name is TaskName.DIGITS:
        return digits_task(seed)
    return sense_task(name, seed)


def digits_task(seed: int) -> Task:
    """Train on the digits; the samples are those held out."""
    digits = train_digits(seed)
    return Task(
        name=f"scikit-learn digits, MLP {_shape(digits.network)}",
        network=digits.network,
        typical=digits.train_inputs,
        inputs=digits.held_out_inputs,
        labels=digits.held_out_labels,
    )


def sense_task(name: str, seed: int) -> Task:
    """Train on what was heard, moved or touched; the samples are the test part of the data set.

    Raises
    ------
    ToolError
        Where the data set isn't installed.
    """
    sense, trained = SENSES[name], train_sense(name, seed)
    return Task(
        name=f"{sense.dataset}, MLP {_shape(trained.network)}",
        network=trained.network,
        typical=trained.split.train_inputs,
        inputs=trained.split.test_inputs,
        labels=trained.split.test_labels,
        classes=tuple(sense.classes.values()),
        packages=("aeon",),
    )


def model_task(path: Path, seed: int) -> Task:
    """Take the network of a file, with its own samples or the held-out digits.

    The file is that of `ohmloom_analog.onnx_network.load_onnx`, which has no samples, or an `.npz`
    as for `ohmloom_analog.network.load_network`; `x`, samples x inputs, and `y`,
    one class a sample, may be there too. Without them a network of 64 inputs and 10 outputs
    classifies the held-out digits, with pixels from 0 to 1.

    Raises
    ------
    MappingError
        Where the file holds no network, its samples don't fit it, or there are none.
    """
    if path.suffix == ".onnx":
        return _on_digits(path, load_onnx(path), seed)
    network = load_network(path)
    with np.load(path, allow_pickle=False) as file:
        samples = {name: file[name] for name in ("x", "y") if name in file.files}
    if len(samples) == 1:
        there, missing = ("x", "y") if "x" in samples else ("y", "x")
        msg = f"model {path} must hold the array {missing} beside {there}"
        raise MappingError(msg)
    if not samples:
        return _on_digits(path, network, seed)
    x = _samples(path, samples["x"], network.inputs)
    labels = _labels(path, samples["y"], len(x), network.outputs)
    return Task(name=path.name, network=network, typical=x, inputs=x, labels=labels)


def taken(task: Task, images: int | None, usual: int = 100) -> int:
    """Return how many samples are taken: so many, or the usual number if there are as many."""
    return min(usual, len(task.inputs)) if images is None else images


def prepare(spec: ChipSpec, task: Task, images: int) -> PreparedTask:
    """Map a task's network, and run its first samples through the float and integer models.

    Raises
    ------
    MappingError
        Where the network doesn't fit the chip, or the samples are fewer than asked for.
    """
    if not 1 <= images <= len(task.inputs):
        msg = f"images must be from 1 to the {len(task.inputs)} that are there, not {images}"
        raise MappingError(msg)
    used = replace(task, inputs=task.inputs[:images], labels=task.labels[:images])
    network = quantise(spec, task.network, task.typical)
    mapping = map_network(spec, network)
    inputs, clipped = quantise_inputs(spec, used.inputs, network.input_lsb)
    return PreparedTask(
        task=used,
        mapping=mapping,
        inputs=inputs,
        clipped_inputs=clipped,
        float_predictions=task.network.activations(used.inputs)[-1].argmax(axis=1),
        integer=run_integers(spec, mapping, inputs),
    )


def _shape(network: Network) -> str:
    return "-".join(str(n) for n in (network.inputs, *(len(one.bias) for one in network.layers)))


def _on_digits(path: Path, network: Network, seed: int) -> Task:
    if (network.inputs, network.outputs) != (INPUTS, OUTPUTS):
        msg = (
            f"model {path} must hold samples x and labels y, or have the {INPUTS} inputs and "
            f"{OUTPUTS} outputs of the digits, not {network.inputs} and {network.outputs}"
        )
        raise MappingError(msg)
    train_x, held_x, _, held_y = load_digits_split(seed)
    return Task(
        name=f"{path.name} on scikit-learn digits",
        network=network,
        typical=train_x,
        inputs=held_x,
        labels=held_y,
    )


def _samples(path: Path, x: NDArray[np.generic], inputs: int) -> Floats:
    if x.dtype.kind not in "biuf":
        msg = f"x of {path} must be real numbers, not {x.dtype}"
        raise MappingError(msg)
    if x.ndim != 2 or x.shape[1] != inputs or not len(x):
        msg = f"x of {path} must be of shape n x {inputs} with n > 0, not {x.shape}"
        raise MappingError(msg)
    values = x.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(values))
    if wrong.size:
        row, column = (int(k) for k in wrong[0])
        msg = f"x[{row}, {column}] of {path} must be finite, not {float(values[row, column])!r}"
        raise MappingError(msg)
    return values


def _labels(path: Path, y: NDArray[np.generic], samples: int, outputs: int) -> IntArray:
    if y.dtype.kind not in "iu":
        msg = f"y of {path} must be integers, not {y.dtype}"
        raise MappingError(msg)
    if y.shape != (samples,):
        msg = f"y of {path} must have the shape ({samples},), one label a sample, not {y.shape}"
        raise MappingError(msg)
    labels = y.astype(np.int64)
    wrong = np.flatnonzero((labels < 0) | (labels >= outputs))
    if wrong.size:
        place = int(wrong[0])
        msg = f"y[{place}] of {path} must be in [0, {outputs - 1}], not {int(labels[place])}"
        raise MappingError(msg)
    return labels
