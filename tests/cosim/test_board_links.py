"""Virtual boards behind LiteX's plain bridge, and with a host at a wrong rate."""

import json
import re

import numpy as np
import pytest
from small_board import ServedBoard

TWIN = ("--behind", "twin", "--lanes", "1", "--analyser", "0")


@pytest.fixture(scope="module")
def bridged(tmp_path_factory):
    board = ServedBoard(tmp_path_factory.mktemp("bridged"), *TWIN, "--link", "uartbone")
    yield board
    board.end()


@pytest.fixture(scope="module")
def framed(tmp_path_factory):
    board = ServedBoard(tmp_path_factory.mktemp("framed"), *TWIN)
    yield board
    board.end()


def well(done):
    assert done.exit_code == 0, done.stdout + done.stderr
    return done.stdout


def test_words_go_over_the_bridge(bridged):
    assert "uartbone, none" in well(bridged.host("--link", "uartbone", "info"))
    well(bridged.host("--link", "uartbone", "poke", "SCRATCH", "0x12345678"))
    found = well(bridged.host("--link", "uartbone", "peek", "SCRATCH", at=bridged.terminal))
    assert found == "SCRATCH (0x00003c)  0x12345678  305419896\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("poke", "ID", "1"),
            "write of 1 word at ID (0x000000) must be allowed, not refused or cut short",
        ),
        (
            ("peek", "0xfffc"),
            "read of 1 word at 0x00fffc must be allowed, not refused at 0x00fffc",
        ),
        (
            ("peek", "0x3d"),
            "read of 1 word at 0x00003d must be at the address of a word, the only ones there are",
        ),
    ],
    ids=["read only", "nothing", "no word"],
)
def test_refusals_over_the_bridge_are_a_line(bridged, arguments, message):
    done = bridged.host("--link", "uartbone", *arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"ohmloom: {message}\n")


def test_a_network_classifies_over_the_bridge(bridged, tmp_path):
    rng = np.random.default_rng(5)
    weights, x = rng.normal(size=(3, 4)), rng.uniform(size=(4, 4))
    model, file = tmp_path / "model.npz", tmp_path / "f.json"
    labels = (x @ weights.T).argmax(axis=1)
    np.savez(model, weights_0=weights, bias_0=np.zeros(3), x=x, y=labels)
    well(bridged.host("--link", "uartbone", "load", "--model", model))
    options = ("--model", model, "--images", 4, "--json", file)
    assert "was there already" in well(bridged.host("--link", "uartbone", "infer", *options))
    figures = json.loads(file.read_text())
    assert figures["exact_results"] == figures["results"] == 12


def test_a_matrix_is_multiplied_over_the_bridge(bridged, tmp_path):
    rng = np.random.default_rng(3)
    weights, vectors = rng.integers(-3, 4, (3, 4)), rng.integers(0, 16, (2, 4))
    np.save(tmp_path / "w.npy", weights)
    np.save(tmp_path / "x.npy", vectors)
    files = ("--matrix", tmp_path / "w.npy", "--input", tmp_path / "x.npy")
    well(bridged.host("--link", "uartbone", "mvm", *files, "--out", tmp_path / "y.npy"))
    assert np.load(tmp_path / "y.npy").tolist() == (vectors @ weights.T).tolist()


def test_the_self_test_passes_over_the_bridge_and_names_what_it_lacks(bridged, tmp_path):
    file = tmp_path / "found.json"
    well(bridged.host("--link", "uartbone", "selftest", "--json", file))
    checks = {check["name"]: check for check in json.loads(file.read_text())["checks"]}
    for name in ("bad frame ignored", "repeated frame done once"):
        check = checks.pop(name)
        assert (check["outcome"], check["detail"]) == ("not there", "frames, the link is uartbone")
    assert checks.pop("DAC to ADC loopback")["outcome"] == "not there"
    assert {check["outcome"] for check in checks.values()} == {"passed"}
    assert "golden MVMs" in checks


@pytest.mark.parametrize("baud", [115200, 4_000_000])
def test_a_wrong_rate_is_a_line_and_harms_nothing(framed, baud):
    well(framed.host("poke", "SCRATCH", "0xcafe"))
    done = framed.host("--baud", baud, "--timeout", 0.5, "info", at=framed.terminal)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(
        rf"ohmloom: a chip must answer at {framed.terminal} with {baud} baud: "
        r"check cable, rate, --link and --chip \([^\n]*\)\n",
        done.stderr,
    )
    found = well(framed.host("peek", "SCRATCH", at=framed.terminal))
    assert found == "SCRATCH (0x00003c)  0x0000cafe  51966\n"


def test_the_bridge_asked_for_where_there_are_frames_is_a_line(framed):
    done = framed.host("--link", "uartbone", "--timeout", 0.5, "info")
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(
        rf"ohmloom: a chip must answer at {framed.address} with 3000000 baud: "
        r"check cable, rate, --link and --chip \([^\n]*\)\n",
        done.stderr,
    )
    assert framed.host("peek", "ID").exit_code == 0
