import re

import numpy as np
import pytest
from random_networks import random_inputs, random_network, reference

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.functional_chip import FunctionalChip, check_followed

TILE = {"count": 4, "rows": 6, "columns": 5, "cell": {"levels": 4}}


def _spec(**parts):
    tile = {**TILE, **parts.pop("tile", {})}
    data = {
        "tile": [tile],
        "weight_bits": 3,
        "input": {"bits": 4, "slice_bits": 2},
        "adc": {"bits": 9, "columns_per_adc": 4, **parts.pop("adc", {})},
        **parts,
    }
    return ChipSpec.parse(data)


def _ready(spec, samples=12):
    rng = np.random.default_rng(1)
    return random_network(spec, [9, 5, 4], rng), random_inputs(spec, samples, 9, rng)


@pytest.mark.parametrize("engine", ["ideal", "nodal"])
@pytest.mark.parametrize("encoding", ["diff_pair", "offset_column"])
def test_without_errors_of_the_array_it_gives_the_integers(engine, encoding):
    spec = _spec(encoding=encoding)
    mapping, inputs = _ready(spec)
    found = FunctionalChip.build(spec, mapping, engine=engine, seed=0).run(inputs)
    for sample, results in zip(inputs, found.results, strict=True):
        assert results.tolist() == reference(spec, mapping, sample).layers[-1]
    assert found.winners.tolist() == found.results.argmax(axis=1).tolist()


def test_same_seed_gives_the_same_and_another_doesn_t():
    spec = _spec(adc={"noise": 0.6}, tile={"cell": {"levels": 4, "spread": 0.05}})
    mapping, inputs = _ready(spec)
    runs = [FunctionalChip.build(spec, mapping, seed=seed).run(inputs) for seed in (3, 3, 4)]
    codes = [run.recording.codes for run in runs]
    assert np.array_equal(codes[0], codes[1])
    assert not np.array_equal(codes[0], codes[2])


def test_samples_in_two_runs_are_those_of_one():
    spec = _spec(adc={"noise": 0.6}, dac={"noise": 1e-3})
    mapping, inputs = _ready(spec)
    whole = FunctionalChip.build(spec, mapping, seed=3).run(inputs).results
    chip = FunctionalChip.build(spec, mapping, seed=3)
    parts = [chip.run(inputs[:5]).results, chip.run(inputs[5:]).results]
    assert np.array_equal(np.concatenate(parts), whole)


def test_only_lines_in_use_are_counted_and_only_their_rounds_converted():
    spec = _spec()
    mapping, inputs = _ready(spec)
    found = FunctionalChip.build(spec, mapping, seed=0).run(inputs)
    per_sample = sum(2 * len(place.outputs) * spec.lines_per_column for place in mapping.placements)
    assert found.conversions == per_sample * len(inputs)
    last = found.recording.codes[found.recording.tile == mapping.placements[-1].tile]
    assert last.shape[1] == spec.lines
    assert found.recording.tile[:4].tolist() == [0, 0, 1, 1]


def test_no_sample_is_refused():
    spec = _spec()
    mapping, inputs = _ready(spec)
    chip = FunctionalChip.build(spec, mapping, seed=0)
    with pytest.raises(ValueError, match=r"^samples must be at least 1, not 0$"):
        chip.run(inputs[:0])


def test_chip_that_it_does_not_follow_is_refused():
    spec = _spec(name="both", ecc={"row_scale": True, "checksums": True})
    message = (
        "chip 'both' must be without ecc.row_scale beside checks for the functional model, "
        "not with it"
    )
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        check_followed(spec)
