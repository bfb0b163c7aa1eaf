import re

import numpy as np
import pytest

from ohmloom_analog.errors import MappingError
from ohmloom_analog.network import DenseLayer, Network, save_network
from ohmloom_analog.spec import load_spec
from ohmloom_sim.senses.catalogue import SENSES
from ohmloom_sim.tasks import TaskName, chosen_task, model_task, prepare, taken


def saved(path, inputs, outputs, **arrays):
    rng = np.random.default_rng(0)
    layer = DenseLayer(weights=rng.normal(size=(outputs, inputs)), bias=np.zeros(outputs))
    save_network(Network(layers=(layer,)), path)
    with np.load(path) as file:
        held = dict(file)
    np.savez(path, **held, **arrays)
    return layer.weights


def refused(message):
    return pytest.raises(MappingError, match=f"^{re.escape(message)}$")


def test_model_brings_its_samples(tmp_path):
    path = tmp_path / "m.npz"
    x = np.random.default_rng(1).uniform(size=(5, 6))
    weights = saved(path, 6, 3, x=x, y=np.array([0, 1, 2, 0, 1]))
    task = model_task(path, 0)
    assert task.labels.tolist() == [0, 1, 2, 0, 1]
    ready = prepare(load_spec("default"), task, 4)
    assert ready.inputs.shape == (4, 6)
    assert ready.float_predictions.tolist() == np.argmax(x[:4] @ weights.T, axis=1).tolist()
    assert ready.integer.layers[-1].shape == (4, 3)


def test_model_of_digits_takes_those_held_out(tmp_path):
    path = tmp_path / "m.npz"
    saved(path, 64, 10)
    task = model_task(path, 3)
    assert task.inputs.shape == (360, 64)
    assert task.typical.shape == (1437, 64)


def test_model_of_another_size_without_samples_is_refused(tmp_path):
    path = tmp_path / "m.npz"
    saved(path, 6, 3)
    with refused(
        f"model {path} must hold samples x and labels y, or have the 64 inputs and 10 outputs of "
        "the digits, not 6 and 3"
    ):
        model_task(path, 0)


def test_samples_without_labels_are_refused(tmp_path):
    path = tmp_path / "m.npz"
    saved(path, 6, 3, x=np.zeros((2, 6)))
    with refused(f"model {path} must hold the array y beside x"):
        model_task(path, 0)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((2, 5)), [0, 1], "x of {} must be of shape n x 6 with n > 0, not (2, 5)"),
        (np.zeros((0, 6)), [], "x of {} must be of shape n x 6 with n > 0, not (0, 6)"),
        (np.full((2, 6), np.nan), [0, 1], "x[0, 0] of {} must be finite, not nan"),
        (np.zeros((2, 6), dtype=complex), [0, 1], "x of {} must be real numbers, not complex128"),
        (np.zeros((2, 6)), [0, 3], "y[1] of {} must be in [0, 2], not 3"),
        (np.zeros((2, 6)), [-1, 0], "y[0] of {} must be in [0, 2], not -1"),
        (np.zeros((2, 6)), [0.0, 1.0], "y of {} must be integers, not float64"),
        (np.zeros((2, 6)), [0], "y of {} must have the shape (2,), one label a sample, not (1,)"),
    ],
)
def test_samples_that_do_not_fit_are_refused(tmp_path, x, y, message):
    path = tmp_path / "m.npz"
    saved(path, 6, 3, x=x, y=np.array(y))
    with refused(message.format(path)):
        model_task(path, 0)


@pytest.mark.parametrize("images", [0, 6])
def test_more_images_than_there_are_are_refused(tmp_path, images):
    path = tmp_path / "m.npz"
    saved(path, 6, 3, x=np.ones((5, 6)), y=np.zeros(5, dtype=np.int64))
    with refused(f"images must be from 1 to the 5 that are there, not {images}"):
        prepare(load_spec("default"), model_task(path, 0), images)


@pytest.mark.parametrize(
    ("name", "least"), [("japanese-vowels", 0.96), ("basic-motions", 0.95), ("pickup-gesture", 0.7)]
)
def test_integers_lose_at_most_two_points_on_what_is_sensed(name, least):
    task = chosen_task(TaskName(name), None, 0)
    assert task.classes == tuple(SENSES[name].classes.values())
    assert task.network.outputs == len(task.classes)
    ready = prepare(load_spec("default"), task, len(task.inputs))
    in_integers = int((ready.integer.layers[-1].argmax(axis=1) == task.labels).sum())
    in_float = int((ready.float_predictions == task.labels).sum())
    assert in_float >= least * len(task.labels)
    assert abs(in_integers - in_float) <= 0.02 * len(task.labels)
    assert ready.clipped_inputs == 0


def test_every_sense_is_a_task():
    assert {name.value for name in TaskName} == {"digits", *SENSES}


def test_task_is_the_digits_where_none_is_named():
    named, default = (chosen_task(name, None, 2) for name in (TaskName.DIGITS, None))
    assert named.name == default.name == "scikit-learn digits, MLP 64-32-10"
    assert np.array_equal(named.inputs, default.inputs)
    assert named.classes == ()


def test_task_beside_a_model_is_refused(tmp_path):
    with refused("--task must be left out with --model, not 'digits'"):
        chosen_task(TaskName.DIGITS, tmp_path / "m.npz", 0)


def test_all_samples_are_taken_where_there_are_fewer_than_usual(tmp_path):
    path = tmp_path / "m.npz"
    saved(path, 6, 3, x=np.ones((5, 6)), y=np.zeros(5, dtype=np.int64))
    task = model_task(path, 0)
    assert [taken(task, images, 4) for images in (None, 1, 9)] == [4, 1, 9]
    assert taken(task, None) == 5
