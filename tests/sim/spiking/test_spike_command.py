import json
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom_sim.cli import app
from ohmloom_sim.spiking import chip_runner
from ohmloom_sim.spiking.rate_task import rate_task
from ohmloom_sim.spiking.task import measure


def test_command_shows_and_writes_the_figures(tmp_path):
    figures = tmp_path / "spikes.json"
    arguments = ["spike", "basic-motions", "--coding", "rate", "--samples", "30", "--seed", "3"]
    result = CliRunner().invoke(app, [*arguments, "--json", str(figures)])
    assert result.exit_code == 0, result.output
    expected = measure(rate_task("basic-motions", 3).first(30)).to_json()
    found = json.loads(figures.read_text())
    assert {name: found[name] for name in expected} == expected
    assert (found["task"], found["coding"], found["seed"]) == ("basic-motions", "rate", 3)
    assert f"{100 * expected['integer_accuracy']:.1f} %" in result.output
    assert "30 x 16" in result.output
    assert "2, of which 24 are there" in result.output


def test_chip_gives_the_bits_of_a_weight():
    arguments = ["spike", "basic-motions", "--coding", "delta", "--samples", "5"]
    result = CliRunner().invoke(app, [*arguments, "--chip", "pcm"])
    assert result.exit_code == 0, result.output
    assert "On a chip as 'pcm'" in result.output
    assert "channels and ticks with an event late" in result.output


def test_verilog_is_classified_beside_the_reference(monkeypatch):
    def simulated(job, *, sim, folder, on_progress):
        # A chip that gives the last class in every sample.
        membranes = np.tile(np.arange(4), (len(job.events), 1))
        spikes = tuple(np.zeros((len(sample), 4), bool) for sample in job.events)
        assert (job.engine, job.seed, job.spec.name, sim) == ("ideal", 3, "spiking", None)
        on_progress(len(job.events))
        return SimpleNamespace(spikes=spikes, membranes=membranes)

    monkeypatch.setattr(chip_runner, "simulate_spiking", simulated)
    arguments = ["spike", "basic-motions", "--coding", "rate", "--on", "verilog", "--seed", "3"]
    result = CliRunner().invoke(app, [*arguments, "--engine", "ideal"])
    assert result.exit_code == 0, result.output
    # Each of the four classes has ten samples.
    assert "│ spiking network, chip                │  25.0 % │" in result.output
    assert "│ samples of another class on the chip │      30 │" in result.output
    assert "│ samples of other spikes or membranes │      40 │" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["spike", "smells"], "is not one of"),
        (["spike", "digits", "--coding", "phase"], "is not one of"),
        (
            ["spike", "basic-motions", "--coding", "rate", "--samples", "41"],
            "samples must be from 1 to the 40 there are, not 41",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
