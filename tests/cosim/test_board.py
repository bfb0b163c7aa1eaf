"""A virtual board, lived with as with one on a desk: the commands are those of its user."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import numpy as np
import pytest
import vcd.reader
from small_board import CHIP, COMMAND


def ohmloom(*arguments, most_seconds=300):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=most_seconds,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


class Board:
    def __init__(self, chip, *options):
        self.chip = chip
        self.process = subprocess.Popen(
            [*COMMAND, "sim", "serve", "--chip", chip, "--sim", "icarus", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = self.process.stdout.readline()
        places = re.fullmatch(
            r"listens at (tcp://127\.0\.0\.1:(\d+)) and (/dev/\S+); Ctrl-C ends it\n",
            self.process.stdout.readline(),
        )
        assert places is not None, self.process.communicate(timeout=60)
        self.address, self.port, self.terminal = places[1], int(places[2]), places[3]

    def host(self, *arguments, at=None):
        return ohmloom("host", "--port", at or self.address, "--chip", self.chip, *arguments)

    def end(self, number):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert (out, err) == ("", "")
        return self.process.returncode


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "chip.toml"
    path.write_text(CHIP)
    return path


@pytest.fixture(scope="module")
def board(chip):
    made = Board(chip, "--behind", "twin", "--lanes", "1", "--analyser", "32")
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGTERM)


def processor_seconds(process):
    """Return the processor time of a process and all below it."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,cputimes="], capture_output=True, text=True, check=True
    )
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    family, total = {process.pid}, 0
    for pid, parent, spent in sorted(rows):
        if pid in family or parent in family:
            family.add(pid)
            total += spent
    return total


def test_the_board_passes_its_self_test(board, tmp_path):
    done = board.host("selftest", "--json", tmp_path / "found.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    outcomes = {check["name"]: check["outcome"] for check in found["checks"]}
    assert outcomes.pop("DAC to ADC loopback") == "not there"
    assert set(outcomes.values()) == {"passed"}
    assert {"golden MVMs", "scratch march", "CONDUCTANCE march", "timing register"} <= set(outcomes)


def test_a_matrix_is_multiplied_exactly(board, tmp_path):
    rng = np.random.default_rng(3)
    weights, vectors = rng.integers(-3, 4, (3, 4)), rng.integers(0, 16, (3, 4))
    np.save(tmp_path / "w.npy", weights)
    np.save(tmp_path / "x.npy", vectors)
    done = board.host(
        "mvm",
        *("--matrix", tmp_path / "w.npy", "--input", tmp_path / "x.npy"),
        *("--out", tmp_path / "y.npy"),
    )
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "y.npy").tolist() == (vectors @ weights.T).tolist()


def test_a_network_classifies_and_is_recorded_while_it_does(board, tmp_path):
    rng = np.random.default_rng(5)
    weights, x = rng.normal(size=(3, 4)), rng.uniform(size=(4, 4))
    labels = (x @ weights.T).argmax(axis=1)
    model = tmp_path / "model.npz"
    np.savez(model, weights_0=weights, bias_0=np.zeros(3), x=x, y=labels)
    loaded = board.host("load", "--model", model)
    assert loaded.returncode == 0, loaded.stderr
    done = board.host("infer", "--model", model, "--images", 4, "--json", tmp_path / "f.json")
    assert done.returncode == 0, done.stderr
    assert "was there already" in done.stdout
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["exact_results"] == figures["results"] == 12
    assert figures["accuracy"] == figures["accuracy_integer"]
    file = tmp_path / "run.vcd"
    done = board.host("ila", "--out", file, "--run", "--trigger", "start=1", "--before", 4)
    assert done.returncode == 0, done.stderr
    changes = list(signal_changes(file))
    trigger = next(time for time, name, value in changes if name == "triggered" and value == 1)
    assert (trigger, "start", 1) in changes
    assert trigger == round(4 / 12e6 * 1e12)


def signal_changes(path):
    names, now = {}, 0
    with path.open("rb") as file:
        for token in vcd.reader.tokenize(file):
            if token.kind is vcd.reader.TokenKind.VAR:
                names[token.data.id_code] = token.data.reference
            elif token.kind is vcd.reader.TokenKind.CHANGE_TIME:
                now = token.data
            elif token.kind is vcd.reader.TokenKind.CHANGE_SCALAR:
                yield now, names[token.data.id_code], int(token.data.value)


def test_terminal_and_socket_reach_the_same_chip(board):
    assert board.host("poke", "SCRATCH", "0x1234").stdout == "1 written at SCRATCH (0x00003c)\n"
    found = board.host("peek", "scratch", at=board.terminal)
    assert found.stdout == "SCRATCH (0x00003c)  0x00001234  4660\n"


def test_a_client_that_leaves_in_a_frame_harms_nothing(board):
    with socket.create_connection(("127.0.0.1", board.port)) as client:
        client.sendall(b"\x05\x01\x02\x3c")
    found = board.host("peek", "ID")
    assert found.stdout == "ID (0x000000)  0x4f484d4c  1330138444\n"


def test_an_idle_board_sleeps(board):
    time.sleep(2)
    before = processor_seconds(board.process)
    time.sleep(3)
    assert processor_seconds(board.process) - before <= 1


def test_another_chip_is_refused_in_a_line(board, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(CHIP.replace('"small"', '"other"'))
    done = ohmloom("host", "--port", board.address, "--chip", other, "info")
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(
        r"ohmloom: chip at tcp://\S+ must be the one of --chip: hash of the chip must be "
        r"[0-9a-f]{16}, that of the description 'other', not [0-9a-f]{16}\n",
        done.stderr,
    )


def test_a_port_that_is_not_there_is_refused_in_a_line():
    done = ohmloom("host", "--port", "/dev/no-such-port", "info")
    assert done.returncode == 2
    assert done.stderr == (
        "ohmloom: port /dev/no-such-port must open, not fail: no such file or directory\n"
    )


def test_a_board_that_vanishes_in_a_transfer_is_a_line(chip):
    board = Board(chip, "--behind", "twin", "--lanes", "1")
    host = subprocess.Popen(
        [*COMMAND, "host", "--port", board.address, "--chip", chip, "selftest"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(8)
    assert board.end(signal.SIGINT) == 0
    _, error = host.communicate(timeout=120)
    assert host.returncode == 2
    assert re.fullmatch(
        rf"ohmloom: port {board.address} must (stay connected|open), not fail: [^\n]+\n", error
    )


def test_the_board_ends_by_a_signal(board):
    assert board.end(signal.SIGTERM) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", board.port))
