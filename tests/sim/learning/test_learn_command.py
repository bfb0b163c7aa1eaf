import json

import pytest
from typer.testing import CliRunner

from ohmloom_hw.learning.rules import LearningRule
from ohmloom_sim.cli import app
from ohmloom_sim.learning.campaign import run_learning
from ohmloom_sim.learning.pair_cells import PairModel


def test_command_shows_and_writes_the_same_figures_and_a_picture(tmp_path):
    figures, picture = tmp_path / "learnt.json", tmp_path / "learnt.svg"
    arguments = ["learn", "letters", "--runs", "3", "--seed", "7", "--noise", "0.2"]
    result = CliRunner().invoke(app, [*arguments, "--json", str(figures), "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    expected = run_learning(
        "letters", LearningRule.MANHATTAN, PairModel(bits=6, noise=0.2), epochs=50, seed=7, runs=3
    )
    found = json.loads(figures.read_text())
    assert found["seeds"] == [7, 8, 9]
    assert found["rule"] == "manhattan"
    assert found["model"]["noise"] == 0.2
    assert [run["perfect_after"] for run in found["runs"]] == [
        run.perfect_after for run in expected.runs
    ]
    assert "3 of 3" in result.output
    assert "accuracy [%]" in picture.read_text()


def test_command_learns_digits_and_tells_pulses_and_wear(tmp_path):
    figures = tmp_path / "learnt.json"
    arguments = ["learn", "digits", "--epochs", "1", "--stuck", "0.05", "--json", str(figures)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    (run,) = json.loads(figures.read_text())["runs"]
    assert f"{run['pulses_per_weight']:.1f}" in result.output
    assert str(run["most_wear"]) in result.output
    assert f"{100 * run['accuracy']:.1f}" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["learn", "digits", "--rule", "stdp"], "is not one of"),
        (["learn", "letters", "--plot", "a.png"], "plot must be a file ending in .svg"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
