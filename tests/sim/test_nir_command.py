"""`ohmloom nir`: a NIR graph on a chip, from a file to its spikes."""

import json

import nir_files
import numpy as np
import pytest
from nir_files import DT
from spiking_oracle import PlainNetwork
from typer.testing import CliRunner

from ohmloom_analog.nir_graph import load_nir
from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_sim.cli import app

SPEC = ChipSpec.parse(
    {
        "name": "small",
        "tile": [{"count": 2, "rows": 8, "columns": 6, "cell": {"levels": 8}}],
        "weight_bits": 4,
        "input": {"bits": 1, "slice_bits": 1},
        "adc": {"bits": 7, "columns_per_adc": 4},
        "spiking": {"neurons": 12, "fifo": 32},
    }
)


@pytest.fixture
def files(tmp_path):
    nir_files.two_layer_lif(tmp_path / "net.nir", inputs=6, hidden=5, outputs=2, seed=1)
    write_spec(SPEC, tmp_path / "chip.toml")
    return tmp_path


def run(folder, *arguments):
    fixed = ["nir", folder / "net.nir", "--chip", folder / "chip.toml", "--sim", "icarus"]
    return CliRunner().invoke(app, [*map(str, fixed), *map(str, arguments)])


def told(result):
    return " ".join((result.stdout + result.stderr).split())


def test_spikes_and_figures_are_those_of_the_integers_on_an_exact_chip(files):
    events = np.random.default_rng(2).random((2, 25, 6)) < 0.5
    events[0, 5:9] = False
    np.save(files / "events.npy", events)
    result = run(
        files,
        *("--dt", DT, "--events", files / "events.npy", "--engine", "ideal"),
        *("--out", files / "spikes.npy", "--json", files / "figures.json"),
    )
    assert result.exit_code == 0, result.output
    network = load_nir(files / "net.nir", dt=DT, bits=4).network
    expected = np.zeros((2, 25, 2), np.uint8)
    for sample, trains in zip(events, expected, strict=True):
        plain = PlainNetwork(network)
        for tick, lines in enumerate(sample):
            trains[tick, plain.tick(set(np.flatnonzero(lines).tolist()))] = 1
    assert expected.sum() > 3
    assert np.array_equal(np.load(files / "spikes.npy"), expected)
    figures = json.loads((files / "figures.json").read_text())
    assert figures["differing"] == 0
    assert figures["given"] == figures["expected"] == expected.sum()
    assert figures["steps"] == 2 * 50
    assert figures["skipped"] >= 4
    assert "ticks in which these differ │ 0 │" in told(result)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (np.zeros((4, 5)), r"events must be ticks x 6 or samples x ticks x 6, not (4, 5)"),
        (np.full((4, 6), 2), "events must be 0 or 1, not 2"),
        (np.full((4, 6), np.nan), "events must be"),
        (np.zeros((0, 6)), "must hold at least one number"),
    ],
)
def test_events_of_another_kind_are_refused(events, message, files):
    np.save(files / "events.npy", events)
    result = run(files, "--dt", DT, "--events", files / "events.npy")
    assert result.exit_code == 2
    assert message in told(result)


def test_a_chip_without_spiking_mode_is_refused(files):
    result = run(files, "--dt", DT, "--chip", "default")
    assert result.exit_code == 2
    assert "must have a section [spiking]" in told(result)


def test_a_virtual_board_with_a_twin_gives_the_spikes_of_the_integers(files):
    figures = files / "figures.json"
    fixed = ["host", "--port", "sim", "--chip", files / "chip.toml", "--behind", "twin"]
    given = [files / "net.nir", "--dt", DT, "--ticks", 12, "--rate", 0.5, "--json", figures]
    arguments = [*fixed, "--sim", "icarus", "--seed", 4, "nir", *given]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    found = json.loads(figures.read_text())
    assert found["expected"] > 0
    assert found["differing"] == 0
    assert found["ticks"] == 12
