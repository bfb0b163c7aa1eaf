import numpy as np
import pytest
from behavioural_chip import simulate

from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.mapping import map_network
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.quantisation import quantise
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.equivalence import compare, replay
from ohmloom_sim.job import Job
from ohmloom_sim.stimulus import Stimulus


def stimulus(spec, weights, inputs, *, seed=0):
    matrix = np.array(weights, dtype=float)
    network = Network(layers=(DenseLayer(weights=matrix, bias=np.zeros(len(matrix))),))
    mapping = map_network(spec, quantise(spec, network, inputs, exact=True))
    return mapping, Stimulus.of_inputs(spec, mapping, np.array(inputs), seed)


def noisy(wires):
    return ChipSpec.parse(
        {
            "tile": [
                {"rows": 4, "columns": 3, "cell": {"spread": 0.02}, "wires": wires},
            ],
            "input": {"bits": 4, "slice_bits": 2},
            "dac": {"noise": 0.001},
            "tia": {"gain_spread": 0.02, "offset_spread": 0.01, "noise": 0.002},
            "adc": {"bits": 8, "columns_per_adc": 4, "noise": 0.5},
        }
    )


WEIGHTS = [[3, -2, 15, 1], [0, 7, -9, 2], [1, 1, 1, -15]]
INPUTS = [[15, 0, 3, 9], [1, 2, 3, 4]]


def test_engine_against_itself_is_equal_to_the_last_bit():
    _, made = stimulus(noisy({"r_word": 3.0, "r_bit": 5.0}), WEIGHTS, INPUTS)
    found = compare(made, "nodal", "nodal")
    assert (found.volts_max, found.amperes_max, found.lsb_max) == (0, 0, 0)
    assert found.codes_identical == 1.0


def test_engines_agree_where_there_are_no_wires():
    _, made = stimulus(noisy({}), WEIGHTS, INPUTS)
    found = compare(made, "ideal", "nodal")
    assert found.passes == 4
    assert found.conversions == 4 * 6
    assert found.relative_max < 1e-12
    assert found.volts_max < 1e-12
    assert found.codes_identical == 1.0


def test_replay_draws_the_noise_of_the_recorded_run(tmp_path):
    spec = noisy({"r_word": 3.0, "r_bit": 5.0})
    mapping, _ = stimulus(spec, WEIGHTS, INPUTS)
    job = Job.of(spec, mapping, np.array(INPUTS), engine="nodal", seed=11)
    recording = simulate(job, sim=None, folder=tmp_path).recording
    made = Stimulus.of_recording(spec, mapping.levels, 11, recording)
    assert np.array_equal(replay(made, "nodal").codes, recording.codes)
    assert compare(made, "nodal", "ideal").as_recorded == 1.0
    other = Stimulus.of_recording(spec, mapping.levels, 12, recording)
    assert not np.array_equal(replay(other, "nodal").codes, recording.codes)


def test_difference_by_a_sense_resistor_is_that_of_ohms_law():
    resistance, volt, top, bottom = 2000.0, 0.2, 40e-6, 1e-6
    spec = ChipSpec.parse(
        {
            "tile": [{"rows": 1, "columns": 1, "wires": {"r_sense": resistance}}],
            "input": {"bits": 1, "slice_bits": 1},
            "dac": {"v_read": volt},
            "adc": {"bits": 10, "columns_per_adc": 1},
        }
    )
    _, made = stimulus(spec, [[15]], [[1]])
    found = compare(made, "ideal", "nodal")
    divided = [g / (1 + g * resistance) for g in (top, bottom)]
    ideal, real = volt * (top - bottom), volt * (divided[0] - divided[1])
    assert found.amperes_max == pytest.approx(ideal - real)
    assert found.relative_max == pytest.approx((ideal - real) / ideal)
    assert found.volts_max == pytest.approx(volt * divided[0] * resistance)
    # Full scale is 2^10 - 1 codes of 15 unit currents; k = 0, so a code is one unit.
    unit = volt * (top - bottom) / 15
    assert found.lsb_max == 15 - int(real / unit + 0.5)
    assert found.lsb_max > 0


def test_progress_counts_the_passes_of_both_engines():
    _, made = stimulus(noisy({}), WEIGHTS, INPUTS)
    seen: list[int] = []
    compare(made, "ideal", "ideal", on_progress=seen.append)
    assert seen == list(range(1, 9))


def test_stimulus_without_passes_is_refused():
    spec = noisy({})
    mapping, _ = stimulus(spec, WEIGHTS, INPUTS)
    empty = Stimulus.of_inputs(spec, mapping, np.zeros((0, 4), dtype=np.int64), 0)
    with pytest.raises(OhmloomError, match=r"^recording must have at least one pass, not 0$"):
        compare(empty, "ideal", "nodal")
