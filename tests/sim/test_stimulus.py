import re

import numpy as np
import pytest
from behavioural_chip import simulate

from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.mapping import map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise, quantise_inputs
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Job
from ohmloom_sim.stimulus import Stimulus


def chip(**changes):
    return ChipSpec.parse(
        {
            "tile": [{"count": 4, "rows": 5, "columns": 3}],
            "input": {"bits": 4, "slice_bits": 2, "signed": True},
            "adc": {"bits": 10, "columns_per_adc": 4, "offset": 1.0},
            **changes,
        }
    )


def two_layers(spec, seed=0):
    rng = np.random.default_rng(seed)
    network = Network(
        layers=(
            DenseLayer(weights=rng.normal(size=(3, 8)), bias=np.zeros(3), activation="relu"),
            DenseLayer(weights=rng.normal(size=(2, 3)), bias=np.zeros(2)),
        )
    )
    x = rng.normal(size=(4, 8))
    held = quantise(spec, network, x)
    return map_network(spec, held), quantise_inputs(spec, x, held.input_lsb)[0]


@pytest.mark.parametrize("encoding", ["diff_pair", "offset_column"])
def test_stimulus_without_simulator_is_what_an_ideal_chip_goes_through(encoding, tmp_path):
    # The behavioural chip has no converter offset in its sums only if the encoding cancels it.
    spec = chip(encoding=encoding, adc={"bits": 10, "columns_per_adc": 4})
    mapping, inputs = two_layers(spec)
    answer = simulate(Job.of(spec, mapping, inputs, engine="ideal"), sim=None, folder=tmp_path)
    made = Stimulus.of_inputs(spec, mapping, inputs, 0)
    assert np.array_equal(made.tile, answer.recording.tile)
    assert np.array_equal(made.inputs, answer.recording.inputs)
    assert np.array_equal(made.codes, answer.recording.codes)


def test_stimulus_survives_saving_and_loading(tmp_path):
    spec = chip(name="saved")
    mapping, inputs = two_layers(spec)
    made = Stimulus.of_inputs(spec, mapping, inputs, 5)
    made.save(tmp_path / "recording.npz")
    back = Stimulus.load(tmp_path / "recording.npz")
    assert (back.spec, back.seed) == (spec, 5)
    assert all(np.array_equal(a, b) for a, b in zip(back.levels, made.levels, strict=True))
    for name in ("tile", "inputs", "codes"):
        assert np.array_equal(getattr(back, name), getattr(made, name))


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "recording.npz"
    message = f"recording must be an existing file, not '{path}'"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        Stimulus.load(path)


def test_file_without_the_arrays_is_refused(tmp_path):
    path = tmp_path / "recording.npz"
    np.savez(path, tile=np.zeros(1), spec=np.array("{}"))
    message = f"recording {path} must hold the array seed, not only spec, tile"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        Stimulus.load(path)


def test_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "recording.npz"
    path.write_text("no archive")
    message = f"recording must be an .npz file of plain arrays, not '{path}': "
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}"):
        Stimulus.load(path)
