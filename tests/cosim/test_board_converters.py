"""A virtual board whose array stands behind models of converter chips, at the SPI pins."""

import json

import numpy as np
import pytest
from small_board import CHIP, ohmloom


@pytest.fixture
def host(tmp_path):
    """Run a host command on a board that is made for it."""
    chip = tmp_path / "chip.toml"
    chip.write_text(CHIP)

    def call(profile, *arguments):
        board = ("--engine", "ideal", "--sim", "icarus", "--analyser", 0)
        words = ("host", "--port", "sim", "--chip", chip, "--converters", profile, *board)
        done = ohmloom(*words, *arguments)
        assert done.exit_code == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_the_self_test_finds_the_jumper_from_dac_to_adc(host, tmp_path):
    host("pmod", "selftest", "--loopback", "--json", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    outcomes = {check["name"]: check["outcome"] for check in found["checks"]}
    assert outcomes.pop("golden MVMs") == "not there"
    assert set(outcomes.values()) == {"passed"}
    assert {"OFFSET of DACs march", "OFFSET of ADCs march", "DAC to ADC loopback"} <= set(outcomes)
    detail = next(c["detail"] for c in found["checks"] if c["name"] == "DAC to ADC loopback")
    # A code of 4 bits is 256 steps of the DAC at 2.5 V, and 2.5 / 3.3 of 16 codes of the ADC.
    assert float(detail.split(",")[1].split()[0]) == pytest.approx(16 * 2.5 / 3.3, rel=0.01)


def test_a_network_classifies_through_the_pins_as_the_integer_model_does(host, tmp_path):
    rng = np.random.default_rng(5)
    weights, x = rng.normal(size=(3, 4)), rng.uniform(size=(4, 4))
    labels = (x @ weights.T).argmax(axis=1)
    model, file = tmp_path / "model.npz", tmp_path / "f.json"
    np.savez(model, weights_0=weights, bias_0=np.zeros(3), x=x, y=labels)
    host("breadboard", "infer", "--model", model, "--images", 4, "--json", file)
    figures = json.loads(file.read_text())
    assert figures["exact_results"] == figures["results"] == 12
    assert figures["accuracy"] == figures["accuracy_integer"]
    # Far more than the array port needs: frames to the DACs and from the ADCs, and settling.
    assert figures["cycles_per_inference"] > 500
