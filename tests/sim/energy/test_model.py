from dataclasses import replace

import numpy as np
import pytest
from energy_run import energy_run

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.energy.conventional import rivals
from ohmloom_sim.energy.model import chip_area, energy_report


@pytest.fixture(scope="module")
def run():
    return energy_run()


@pytest.fixture(scope="module")
def report(run):
    return energy_report(run.chip, run.prepared.mapping, run.answer)


def values(parts):
    return {part.name: part.value for part in parts}


def test_array_takes_the_power_of_the_driven_cells(run, report):
    # In each pass one row is at 0.3 V, for 1 us of settling and 3 us of conversions.
    energy = 0.0
    for tile, levels in enumerate(run.prepared.mapping.levels):
        passes = int((run.answer.recording.tile == tile).sum())
        conductance = 2e-6 * levels[:2].sum(axis=1)
        energy += passes / 2 * 0.3**2 * conductance.sum() * 4e-6
    assert energy > 0
    assert values(report.energy)["array"] == pytest.approx(energy / 2)


def test_circuits_take_their_powers_and_conversions_their_envelope(report):
    found = values(report.energy)
    # Four passes an inference of 4 us; three rows, five lines, twelve conversions.
    assert found["DACs"] == pytest.approx(4 * 4e-6 * 3 * 31.2e-6)
    assert found["amplifiers"] == pytest.approx(4 * 4e-6 * 5 * 30e-6)
    assert found["ADCs"] == pytest.approx(12 * 23e-15 * 256)


def test_logic_takes_horowitzs_operations(run, report):
    found, activity = values(report.energy), report.activity
    # By hand as in the tests of the activity: 11 additions and 12 codes, 5 multiplications.
    assert found["digital"] == pytest.approx(23 * 0.1e-12 + 5 * 3.1e-12)
    assert found["buffers"] == pytest.approx(activity.buffer_bytes / 2 * 1.25e-12)


def test_the_best_converters_change_the_converters_alone(run, report):
    best = energy_report(run.chip, run.prepared.mapping, run.answer, envelope="best")
    before, after = values(report.energy), values(best.energy)
    assert after.pop("ADCs") == pytest.approx(before.pop("ADCs") * 6 / 23)
    assert before == after


def test_word_lines_are_charged_where_they_have_a_capacitance():
    run = energy_run(wires={"c_word": 1e-15})
    found = energy_report(run.chip, run.prepared.mapping, run.answer)
    # Five segments of the one driven line a pass, four passes an inference.
    assert values(found.energy)["word lines"] == pytest.approx(4 * 5e-15 * 0.3**2)


def test_latency_is_the_chips_count_of_cycles(report):
    found = values(report.latency)
    assert found["word lines settle"] == pytest.approx(4e-6)
    assert found["conversions"] == pytest.approx(12e-6)
    assert found["digital side alone"] == pytest.approx(4e-6)
    assert report.inference_latency == pytest.approx(20e-6)


def test_area_by_hand(run):
    found = values(chip_area(run.spec))
    assert found["arrays"] == pytest.approx(2 * 3 * 5 * 4 * 32e-9**2)
    assert found["DACs"] == pytest.approx(6 * 8 * 0.166e-12)
    assert found["ADCs"] == pytest.approx(2 * 0.0012e-6)
    assert found["shift and add"] == pytest.approx(2 * 60e-12)


def test_a_chip_with_transistors_has_larger_arrays():
    sizes = []
    for access in ({}, {"access": "1t1r", "r_access": 1e3}):
        tile = {"rows": 4, "columns": 4, "cell": access}
        sizes.append(values(chip_area(ChipSpec.parse({"tile": [tile]})))["arrays"])
    assert sizes[1] == pytest.approx(12 * sizes[0])


def test_report_as_plain_data(report):
    plain = report.to_json()
    assert plain["energy_per_inference"] == pytest.approx(sum(p["value"] for p in plain["energy"]))
    assert plain["energy_per_mvm"] == pytest.approx(plain["energy_per_inference"] / 2)
    assert plain["energy_per_mac"] == pytest.approx(plain["energy_per_inference"] / 6)
    assert plain["latency_per_mvm"] == pytest.approx(10e-6)
    assert plain["programming_energy"] is None
    assert plain["area"] == pytest.approx(sum(p["value"] for p in plain["area_parts"]))


def test_conventional_datapaths_take_the_same_macs(report):
    # 6 MACs an inference, of 0.23 pJ and one or two bytes of 1.25 pJ.
    assert [rival.energy for rival in report.rivals[:2]] == pytest.approx(
        [6 * 1.48e-12, 6 * 2.73e-12]
    )
    shares = [round(100 * rival.memory_share) for rival in report.rivals]
    assert shares == [84, 92, 100, 88, 41]


def test_no_macs_are_refused():
    with pytest.raises(ValueError, match=r"^MACs must be finite and above 0, not 0$"):
        rivals(0)


def test_energy_of_the_array_follows_the_recorded_inputs(run, report):
    off = replace(run.answer.recording, inputs=np.zeros_like(run.answer.recording.inputs))
    found = energy_report(run.chip, run.prepared.mapping, replace(run.answer, recording=off))
    assert values(found.energy)["array"] == 0
    assert values(found.energy)["DACs"] == values(report.energy)["DACs"]
