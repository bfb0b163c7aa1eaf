"""Published chips run whole arrays; what that takes is worked out by hand from the papers."""

from pathlib import Path

import behavioural_chip
import numpy as np
import pytest

from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.spec import load_spec
from ohmloom_sim.energy.model import energy_report
from ohmloom_sim.energy.technology import technology_area, technology_energy
from ohmloom_sim.job import Job
from ohmloom_sim.tasks import Task, prepare

SAMPLES = 2


def report(name, *, outputs):
    """All rows of one tile, and so many of its columns."""
    spec, rng = load_spec(name), np.random.default_rng(1)
    layer = DenseLayer(
        weights=rng.uniform(-1, 1, (outputs, spec.rows)), bias=np.zeros(outputs), activation="none"
    )
    x = rng.uniform(0, 1, (SAMPLES, spec.rows))
    labels = np.zeros(SAMPLES, dtype=int)
    network = Network(layers=(layer,))
    task = Task(name="one", network=network, typical=x, inputs=x, labels=labels)
    ready = prepare(spec, task, SAMPLES)
    job = Job.of(spec, ready.mapping, ready.inputs, engine="ideal", seed=0)
    answer = behavioural_chip.simulate(job, sim=None, folder=Path())
    return energy_report(job.analog_chip(), ready.mapping, answer)


def values(parts):
    return {part.name: part.value for part in parts}


def test_a_full_array_of_isaac_takes_280_pj_a_pass():
    found = report("isaac", outputs=32)
    # Eight bits of input; 128 conversions of 2 mW / 1.28 GHz in each pass.
    assert found.activity.passes == SAMPLES * 8
    assert found.activity.conversions == SAMPLES * 8 * 128
    energy = values(found.energy)
    assert energy["ADCs"] == pytest.approx(8 * 128 * 2e-3 / 1.28e9)
    assert energy["DACs"] == pytest.approx(8 * 50e-12)
    assert energy["crossbars"] == pytest.approx(8 * 30e-12)
    # All parts of the chip's 65.8 W, on one of 168 x 12 x 8 arrays.
    assert found.inference_energy == pytest.approx(65.808 / (168 * 12 * 8) * 0.8e-6, rel=1e-5)
    inside = found.inference_energy - energy["share of a chip"]
    assert 100 * energy["ADCs"] / inside == pytest.approx(58, abs=0.5)


def test_converters_alone_take_less_where_few_lines_are_converted():
    whole, part = report("isaac", outputs=32), report("isaac", outputs=8)
    before, after = values(whole.energy), values(part.energy)
    assert after.pop("ADCs") == pytest.approx(before.pop("ADCs") / 4)
    assert after == pytest.approx(before)


def test_area_is_the_units_share_of_the_chip():
    found = values(technology_area(load_spec("isaac")))
    assert sum(found.values()) == pytest.approx(85.42e-6 / (168 * 12), rel=1e-4)
    assert found["ADCs"] == pytest.approx(0.0096e-6)


def test_a_unit_of_puma_takes_its_share_of_62_watts():
    found = report("puma", outputs=16)
    assert found.activity.passes == SAMPLES * 8
    node = 63.05 / (138 * 8 * 2 * 8)
    assert found.inference_energy == pytest.approx(node * 0.8e-6, rel=1e-4)
    assert values(found.energy)["ADCs"] == pytest.approx(0.8e-6 * 2e-3)


def test_a_core_of_neurram_takes_what_its_bits_do():
    found = report("neurram", outputs=128)
    energy = values(found.energy)
    # Five bits of input and eight of output, 65536 operations.
    assert found.activity.passes == SAMPLES * 5
    assert energy["word lines"] == pytest.approx(65536 * 5 * 8.99e-15)
    assert energy["inputs"] == pytest.approx(65536 * 5 * 3.45e-15)
    assert energy["neurons"] == pytest.approx(65536 * 10.62e-15 * 7.2 / 1.47)
    # Published are 8.257 TOPS/W at these bits.
    assert 65536 / found.inference_energy / 1e12 == pytest.approx(8.257, rel=0.09)
    assert found.area == ()


def test_figures_of_the_published_chip_are_by_this_ones_counts():
    found = {figure.name: figure for figure in report("isaac", outputs=2).published}
    assert round(found["power of a tile"].ours) == 330
    assert round(found["power of the chip"].ours, 1) == 65.8
    assert round(found["area of the chip"].ours, 1) == 85.4
    assert round(found["share of the ADCs in a tile's power"].ours) == 58


def test_a_chip_of_the_lab_has_no_published_parts():
    message = r"^technology must be that of a published chip, not 'lab'$"
    with pytest.raises(ValueError, match=message):
        technology_area(load_spec("default"))
    with pytest.raises(ValueError, match=message):
        technology_energy(load_spec("default"), report("isaac", outputs=2).activity)
