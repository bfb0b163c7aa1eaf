"""Errors of a hidden layer, on emitted Verilog with SPICE-level arrays behind its ports."""

import os
from pathlib import Path

import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_hw.emit import TOP, emit
from ohmloom_hw.features import Features
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.energy.transposed import transposed_energy
from ohmloom_sim.recording import Recording
from ohmloom_sim.simulators import find_simulator

FOLDER = Path(__file__).parent / "transposed"
ROWS, COLUMNS, TOP_WEIGHT = 7, 5, 7
LINES = 2 * COLUMNS
G_MIN, STEP = 1e-6, 39e-6 / 7
WIRES = {"r_word": 20.0, "r_bit": 20.0, "r_source": 100.0, "r_sense": 50.0}


def _spec(wires):
    ramp = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
    cell = {"levels": 8, "device": "skywater", "access": "1t1r", "r_access": 5e3}
    cell |= {"g_min": G_MIN, "g_max": G_MIN + TOP_WEIGHT * STEP}
    tile = {
        "count": 2,
        "rows": ROWS,
        "columns": COLUMNS,
        "cell": cell,
        "wires": wires,
        "write": {"set": ramp, "reset": ramp},
    }
    return ChipSpec.parse(
        {
            "tile": [tile],
            "weight_bits": 4,
            "input": {"bits": 5, "slice_bits": 2, "signed": True},
            "adc": {"bits": 9, "columns_per_adc": 4, "conversion_time": 1e-7},
            "dac": {"settle_time": 2e-7},
            "learning": {"transposed": True},
        }
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return weights (tiles, rows, columns), errors (n, columns), and the sums that were read."""
    folder = tmp_path_factory.mktemp("transposed")
    rng = np.random.default_rng(11)
    weights = rng.integers(-TOP_WEIGHT, TOP_WEIGHT, (2, ROWS, COLUMNS), endpoint=True)
    levels = np.zeros((2, ROWS, LINES), dtype=int)
    levels[:, :, ::2], levels[:, :, 1::2] = np.maximum(weights, 0), np.maximum(-weights, 0)
    errors = rng.integers(-31, 31, (4, COLUMNS), endpoint=True)
    errors[0] = [31, -31, 0, 31, -31]
    np.savez(folder / "job.npz", levels=levels, errors=errors)
    for name, wires in (("ideal", {}), ("wired", WIRES)):
        write_spec(_spec(wires), folder / f"{name}.toml")
    files = emit(_spec({}), folder / "chip", features=Features(bus="wishbone", writes=True))
    path = os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")])
    bench = Bench(
        sources=[files.verilog],
        top=TOP,
        module="transposed_bench",
        folder=folder / "bench",
        environment={"TRANSPOSED_JOB": str(folder), "PYTHONPATH": path},
        timeout=600,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        result = run_bench(bench, find_simulator("icarus"))
    assert result.failed == {}
    assert result.passed == ("errors_led_back",)
    with np.load(folder / "answer.npz") as file:
        found = {name: file[name] for name in file.files}
    found["recording"] = Recording.load(folder / "recording.npz")
    return weights, errors, found


def test_every_pass_is_recorded_and_takes_energy(ran):
    weights, errors, found = ran
    recording, spec = found["recording"], _spec({})
    # Slices of 2, 2 and 1 bits of positive and negative parts, on two arrays.
    assert np.bincount(recording.tile).tolist() == [2 * 2 * 3 * len(errors)] * 2
    assert (recording.codes >= 0).all()
    parts = np.stack([np.maximum(errors, 0), np.maximum(-errors, 0)])
    slices = np.stack([parts >> shift & 3 for shift in (0, 2, 4)])
    assert recording.inputs[:, ::2].sum() + recording.inputs[:, 1::2].sum() == (
        2 * 2 * 2 * slices.sum()
    )
    levels = np.zeros((2, ROWS, LINES), dtype=int)
    levels[:, :, ::2], levels[:, :, 1::2] = np.maximum(weights, 0), np.maximum(-weights, 0)
    chip = AnalogChip.build(spec, list(levels), engine="ideal", seed=5)
    energy = {part.name: part.value for part in transposed_energy(chip, recording)}
    # A code of 3 is the read voltage, which all seven cells of a line see; four rounds of two
    # converters for seven rows.
    volts = (recording.inputs / 3 * spec.dac.v_read) ** 2
    siemens = (G_MIN + STEP * levels).sum(axis=1)[recording.tile]
    seconds = 2e-7 + (recording.end_ps - recording.start_ps) * 1e-12
    held = seconds.sum()
    watts = (volts * siemens).sum(axis=1)
    assert energy["transposed array"] == pytest.approx(watts @ seconds)
    assert energy["transposed DACs"] == pytest.approx(held * LINES * 7.8e-6)
    assert energy["transposed amplifiers"] == pytest.approx(held * ROWS * 30e-6)
    conversions = len(recording.tile) * ROWS
    assert energy["transposed ADCs"] == pytest.approx(conversions * 512 * 22e-15)


def test_an_exact_array_gives_the_product_with_the_transposed_weights(ran):
    weights, errors, found = ran
    wanted = np.einsum("trc,nc->tnr", weights, errors)
    assert np.array_equal(found["ideal"], wanted)


def test_wires_cost_no_more_than_the_voltage_that_they_take(ran):
    weights, errors, found = ran
    wanted = np.einsum("trc,nc->tnr", weights, errors)
    off = np.abs(found["wired"] - wanted)
    cells = np.stack([np.maximum(weights, 0), np.maximum(-weights, 0)], axis=-1)
    cells = G_MIN + STEP * cells.reshape(2, ROWS, LINES)
    # A word line rises by at most what its current would take along all of it, and a bit line
    # loses at most what its cells would, were they to see the whole voltage.
    along = WIRES["r_word"] * LINES + WIRES["r_sense"]
    down = WIRES["r_bit"] * ROWS + WIRES["r_source"]
    lost = along * (cells.sum(axis=2) + G_MIN) + down * cells.sum(axis=1).max(axis=1)[:, None]
    pairs = cells.reshape(2, ROWS, COLUMNS, 2).sum(axis=3) / STEP
    carried = np.einsum("trc,nc->tnr", pairs, np.abs(errors))
    # Each of the six passes is rounded, and counts as its slice does.
    rounded = 2 * 0.5 * (1 + 4 + 16)
    assert (off <= lost[:, None, :] * carried + rounded).all()
    assert off.max() > rounded
    assert off.max() < 0.1 * np.abs(wanted).max()


REFUSED = {
    "lines_that_have_not_settled": "line_levels must settle for 3 cycles before a start, not 2",
    "rows_not_at_rest": "levels must be 0 in a transposed read, not 0x200",
    "lines_not_at_rest": "line_levels must be 0 in a plain read, not 0x11",
    "lines_that_move": "line_levels must keep still until done, not change during a conversion",
    "lines_that_are_not_known": "line_levels must be known at a conversion, not 0000XXXX",
    "an_array_without_such_a_read": (
        "op must be READ for an array that is only read, not TRANSPOSED"
    ),
}


def test_the_bridge_serves_both_sides_and_refuses_what_breaks_the_protocol(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=os.pathsep)
    bench = Bench(
        sources=[FOLDER / "port.v"],
        top="port",
        module="port_bench",
        folder=tmp_path,
        timeout=300.0,
    )
    result = run_bench(bench, find_simulator("icarus"))
    assert set(result.passed) == {
        "reads_from_both_sides_reach_the_model",
        "a_pass_of_the_rows_begins_anew_after_a_transposed_read",
    }
    assert set(result.failed) == set(REFUSED)
    for name, message in REFUSED.items():
        assert message in result.failed[name], name
