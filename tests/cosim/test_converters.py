"""The digits network through converter pins, against the same arrays at the array port."""

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.features import Features
from ohmloom_sim.job import Job
from ohmloom_sim.simulate import simulate
from ohmloom_sim.tasks import digits_task, prepare

IMAGES = 2


@pytest.fixture(scope="module")
def job():
    # Converters without noise: the chips on the board have none either. A tile a layer.
    spec = load_spec("default").without("converters")
    group = spec.tile[0].model_copy(update={"count": 2, "rows": 64, "columns": 32})
    spec = ChipSpec.parse({**spec.model_dump(), "tile": [group.model_dump()]})
    prepared = prepare(spec, digits_task(seed=0), IMAGES)
    return Job.of(spec, prepared.mapping, prepared.inputs, engine="nodal", seed=2, probe=True)


@pytest.fixture(scope="module")
def at_the_port(job, tmp_path_factory):
    return simulate(job, sim="icarus", folder=tmp_path_factory.mktemp("port"))


@pytest.mark.parametrize("name", ["pmod", "breadboard"])
def test_digits_through_the_pins_give_the_codes_of_the_array_port(name, job, at_the_port, tmp_path):
    features = Features(behind="converters", converters=load_profile(name))
    answer = simulate(job, sim="icarus", folder=tmp_path, features=features)
    found, expected = answer.recording, at_the_port.recording
    assert len(expected.tile) == 4 * IMAGES
    assert found.tile.tolist() == expected.tile.tolist()
    assert np.array_equal(found.inputs, expected.inputs)
    assert np.array_equal(found.codes, expected.codes)
    assert len(np.unique(found.codes)) > 50
    assert np.array_equal(answer.buffer, at_the_port.buffer)
    assert np.array_equal(answer.results, at_the_port.results)
    assert answer.winners.tolist() == at_the_port.winners.tolist()
    assert answer.conversions == at_the_port.conversions
