import math
import re
from dataclasses import replace

import numpy as np
import pytest

from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.integer import IntegerRun
from ohmloom_analog.mapping import map_network
from ohmloom_analog.quantisation import IntegerLayer, IntegerNetwork
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Answer
from ohmloom_sim.metrics import measure
from ohmloom_sim.recording import Recording
from ohmloom_sim.report.defence import counted_rows

# Two inputs of two bits, driven bit by bit; cells of two bits; codes are unit currents.
PAIR = {
    "weight_bits": 3,
    "tile": [{"rows": 2, "columns": 1, "cell": {"levels": 4}}],
    "input": {"bits": 2, "slice_bits": 1},
    "adc": {"bits": 4, "columns_per_adc": 1},
}


def mapped(spec, weights, *, signed=False):
    matrix = np.array(weights)
    layer = IntegerLayer(
        weights=matrix,
        bias=np.zeros(len(matrix), dtype=np.int64),
        scale=None,
        relu=False,
        signed=signed,
        weight_lsb=1.0,
        output_lsb=1.0,
        clipped_weights=0,
        clipped_biases=0,
    )
    return map_network(spec, IntegerNetwork(layers=(layer,), input_lsb=1.0))


def answer_of(inputs, codes, **changes):
    passes = len(codes)
    recording = Recording(
        tile=np.zeros(passes, dtype=np.int64),
        inputs=np.array(inputs),
        codes=np.array(codes),
        clipped=np.zeros(passes, dtype=np.int64),
        start_ps=np.arange(passes),
        end_ps=np.arange(passes) + 1,
    )
    values = {
        "results": np.zeros((1, 1), dtype=np.int64),
        "winners": np.zeros(1, dtype=np.int64),
        "buffer": np.zeros((1, 0), dtype=np.int64),
        "cycles": np.array([100]),
        "adc_busy": np.array([25]),
        "clipped": 0,
        "conversions": sum(code >= 0 for row in codes for code in row),
        "seconds": 2.0,
        "recording": recording,
    }
    return Answer(**{**values, **changes})


def measured(spec, mapping, answer, *, integer=None, labels=None, floats=None):
    images = len(answer.winners)
    results = np.zeros((images, 1)) if integer is None else np.array(integer)
    return measure(
        spec,
        mapping,
        answer,
        IntegerRun(layers=(results,), sums=(), clipped=0),
        labels=np.zeros(images, dtype=np.int64) if labels is None else np.array(labels),
        float_predictions=np.zeros(images, dtype=np.int64) if floats is None else np.array(floats),
        seed=7,
        engine="nodal",
        sim="icarus",
    )


def test_perfect_codes_have_no_error():
    # W = [3, -2], x = [2, 3]: bit 0 drives [0, 1], bit 1 drives [1, 1].
    spec = ChipSpec.parse(PAIR)
    found = measured(spec, mapped(spec, [[3, -2]]), answer_of([[0, 1], [1, 1]], [[0, 2], [3, 2]]))
    assert (found.mvm_error_lsb.rms, found.mvm_error_lsb.max) == (0, 0)
    assert (found.code_error_lsb.rms, found.code_error_lsb.max) == (0, 0)


def test_code_that_is_off_by_one_counts_by_its_input_slice():
    spec = ChipSpec.parse(PAIR)
    found = measured(spec, mapped(spec, [[3, -2]]), answer_of([[0, 1], [1, 1]], [[0, 2], [4, 2]]))
    assert (found.mvm_error_lsb.rms, found.mvm_error_lsb.max) == (2, 2)
    assert found.code_error_lsb.max == 1
    assert found.code_error_lsb.rms == pytest.approx(0.5)


def test_errors_of_the_lines_of_a_pair_cancel_in_the_sum():
    spec = ChipSpec.parse(PAIR)
    found = measured(spec, mapped(spec, [[3, -2]]), answer_of([[0, 1], [1, 1]], [[1, 3], [4, 3]]))
    assert found.mvm_error_lsb.max == 0
    assert found.code_error_lsb.rms == 1


def test_stated_offset_of_the_converters_is_no_error():
    spec = ChipSpec.parse({**PAIR, "adc": {"bits": 4, "columns_per_adc": 1, "offset": 3.0}})
    found = measured(spec, mapped(spec, [[3, -2]]), answer_of([[0, 1], [1, 1]], [[3, 5], [6, 5]]))
    assert (found.mvm_error_lsb.max, found.code_error_lsb.max) == (0, 0)


def test_error_is_in_steps_of_the_converter():
    # 2-bit ADC: the largest sum 6 needs k = 1, so one LSB is two unit currents.
    spec = ChipSpec.parse({**PAIR, "adc": {"bits": 2, "columns_per_adc": 1}})
    assert spec.adc_shift == 1
    # Codes stand for 0 - 2 + 2 (4 - 2) = 2, where 3 * 2 - 2 * 3 = 0 is due: one LSB.
    found = measured(spec, mapped(spec, [[3, -2]]), answer_of([[0, 1], [1, 1]], [[0, 1], [2, 1]]))
    assert found.mvm_error_lsb.max == 1
    assert found.code_error_lsb.max == 0


def test_offset_column_is_corrected_by_what_was_driven():
    # W + 4 = [7, 2] in cells of two bits: low digits [3, 2], high digits [1, 0].
    spec = ChipSpec.parse({**PAIR, "encoding": "offset_column"})
    perfect = [[2, 0], [5, 1]]
    assert 2 + 2 * 5 + 4 * (0 + 2 * 1) - 4 * (2 + 3) == 3 * 2 - 2 * 3
    mapping = mapped(spec, [[3, -2]])
    assert measured(spec, mapping, answer_of([[0, 1], [1, 1]], perfect)).mvm_error_lsb.max == 0
    # One too many on the high digit, bit 1 of the input: 4 * 2.
    found = measured(spec, mapping, answer_of([[0, 1], [1, 1]], [[2, 0], [5, 2]]))
    assert found.mvm_error_lsb.max == 8


@pytest.mark.parametrize("wrong", [0, 1, -1])
def test_sums_of_a_coded_chip_are_those_that_it_decodes(wrong):
    # W = [1, -1] times 11, in two-bit cells: 11 is 3 + 4 * 2. Of each slice p, then n.
    spec = ChipSpec.parse({**PAIR, "weight_bits": 2, "ecc": {"an": "an"}})
    assert spec.weight_factor == 11
    codes = [[0, 3, 0, 2], [3, 3, 2 + wrong, 2]]
    found = measured(spec, mapped(spec, [[1, -1]]), answer_of([[0, 1], [1, 1]], codes))
    assert found.mvm_error_lsb.max == 0
    assert found.code_error_lsb.max == abs(wrong)


def test_negative_parts_of_inputs_are_subtracted():
    # x = [1, -1]: the positive part drives [1, 0], then [0, 0]; the negative [0, 1], then [0, 0].
    spec = ChipSpec.parse({**PAIR, "input": {"bits": 2, "slice_bits": 1, "signed": True}})
    inputs = [[1, 0], [0, 0], [0, 1], [0, 0]]
    mapping = mapped(spec, [[3, -2]], signed=True)
    found = measured(spec, mapping, answer_of(inputs, [[3, 0], [0, 0], [0, 2], [0, 0]]))
    assert found.mvm_error_lsb.max == 0
    found = measured(spec, mapping, answer_of(inputs, [[3, 0], [0, 0], [0, 2], [1, 0]]))
    assert found.mvm_error_lsb.max == 2


def test_rms_is_over_all_sums():
    spec = ChipSpec.parse(PAIR)
    two = {
        "results": np.zeros((2, 1), dtype=np.int64),
        "winners": np.zeros(2, dtype=np.int64),
        "cycles": np.array([100, 300]),
        "adc_busy": np.array([25, 175]),
    }
    answer = answer_of([[0, 1], [1, 1]] * 2, [[0, 2], [3, 2], [3, 2], [3, 2]], **two)
    found = measured(spec, mapped(spec, [[3, -2]]), answer)
    assert found.mvm_error_lsb.rms == pytest.approx(math.sqrt(9 / 2))
    assert found.mvm_error_lsb.max == 3
    assert found.cycles_per_inference == 200
    assert found.adc_busy == 0.5
    assert found.mvm_per_second == 1.0


def test_accuracies_are_on_the_same_images():
    spec = ChipSpec.parse(PAIR)
    four = {
        "results": np.zeros((4, 1), dtype=np.int64),
        "winners": np.array([0, 1, 1, 0]),
        "cycles": np.full(4, 100),
        "adc_busy": np.full(4, 25),
    }
    answer = answer_of([[0, 1], [1, 1]] * 4, [[0, 2], [3, 2]] * 4, **four)
    found = measured(
        spec,
        mapped(spec, [[3, -2]]),
        answer,
        integer=[[5, 1], [0, 9], [3, 2], [1, 0]],
        labels=[0, 1, 0, 0],
        floats=[1, 1, 1, 0],
    )
    assert found.to_json()["accuracy"] == {"float": 0.5, "integer": 1.0, "chip": 0.75}


def test_json_holds_these_figures():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [4, 2]])
    assert measured(spec, mapped(spec, [[3, -2]]), answer).to_json() == {
        "images": 1,
        "seed": 7,
        "engine": "nodal",
        "sim": "icarus",
        "accuracy": {"float": 1.0, "integer": 1.0, "chip": 1.0},
        "mvm_error_lsb": {"rms": 2.0, "max": 2.0},
        "code_error_lsb": {"rms": 0.5, "max": 1.0},
        "clipped_conversions": 0,
        "conversions": 4,
        "cycles_per_inference": 100.0,
        "adc_busy": 0.25,
        "mvm_per_second": 0.5,
        "simulated_seconds": 2.0,
        "spec_hash": spec.hash,
    }


def test_what_a_chip_counted_stands_among_the_figures():
    spec = ChipSpec.parse({**PAIR, "ecc": {"checksums": True}})
    counts = {"CHECK_FLAGGED": 4, "CHECK_DOUBTFUL": 1}
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [4, 2]], ecc_counts=counts)
    found = measured(spec, mapped(spec, [[3, -2]]), answer)
    assert found.doubtful == 1
    told = found.to_json()["counted"]
    assert told["blocks of columns in which a sum was wrong"] == 4
    assert sum(told.values()) == 5
    rows = dict(counted_rows(found))
    assert rows["steps that were still in doubt after that"] == "1"
    assert rows["to have columns judged by what they are"].startswith("--calibrate")
    assert counted_rows(replace(found, doubtful=0))[-1][1].isdigit()


def test_no_images_are_refused():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [3, 2]], winners=np.zeros(0, dtype=np.int64))
    with pytest.raises(MappingError, match=r"^images must be at least 1, not 0$"):
        measured(spec, mapped(spec, [[3, -2]]), answer)


def test_chip_that_counts_other_clips_than_were_recorded_is_refused():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [3, 2]])
    recording = replace(answer.recording, clipped=np.array([0, 2]))
    message = "clipped conversions counted by the chip must be 2 as recorded, not 0"
    with pytest.raises(HardwareError, match=f"^{message}$"):
        measured(spec, mapped(spec, [[3, -2]]), replace(answer, recording=recording))


def test_chip_that_counts_other_conversions_than_needed_is_refused():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [3, 2]], conversions=5)
    with pytest.raises(HardwareError, match=r"^conversions counted by the chip must be 4, not 5$"):
        measured(spec, mapped(spec, [[3, -2]]), answer)


def test_line_without_a_code_is_refused():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1], [1, 1]], [[0, 2], [3, -1]], conversions=4)
    message = "recording must have a code for every line in use of tile 0"
    with pytest.raises(HardwareError, match=f"^{message}$"):
        measured(spec, mapped(spec, [[3, -2]]), answer)


def test_recording_of_another_table_is_refused():
    spec = ChipSpec.parse(PAIR)
    answer = answer_of([[0, 1]], [[0, 2]])
    message = (
        "recording must have the 2 passes a sample of the step table, for 1 samples, "
        "not 1 passes in all or another order of tiles"
    )
    with pytest.raises(HardwareError, match=f"^{re.escape(message)}$"):
        measured(spec, mapped(spec, [[3, -2]]), answer)
