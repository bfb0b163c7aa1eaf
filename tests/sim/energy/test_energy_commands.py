import copy
import json

import pytest
from behavioural_chip import simulate
from energy_run import energy_run
from typer.testing import CliRunner

from ohmloom_analog import energy_published
from ohmloom_sim.cli import app
from ohmloom_sim.commands import energy as energy_command
from ohmloom_sim.energy.model import energy_report


def test_energy_of_a_chip_as_table_picture_and_data(tmp_path, monkeypatch):
    # The logic is that of the tests' own model, as its Verilog takes half a minute.
    monkeypatch.setattr(energy_command, "simulate", simulate)
    plot, figures = tmp_path / "p.svg", tmp_path / "f.json"
    files = ["--plot", str(plot), "--json", str(figures)]
    result = CliRunner().invoke(
        app, ["energy", "--images", "3", "--engine", "ideal", *files], env={"COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    found = json.loads(figures.read_text())
    assert found["activity"]["macs"] == 3 * (64 * 32 + 32 * 10)
    assert found["activity"]["mvms"] == 3 * 5
    # Five tiles of two slices; four whole tiles of 32 lines, and ten columns of two.
    assert found["activity"]["conversions"] == 3 * 2 * (4 * 32 + 20)
    # Shares of memory, and the reuse that they rest on.
    for text in ("84.5 %", "91.6 %", "no reuse", "each access serves 1,000 MACs"):
        assert text in result.output
    assert plot.read_text().count("<path") > 20


def test_energy_of_a_run_that_is_done(tmp_path):
    run = energy_run()
    wanted = energy_report(run.chip, run.prepared.mapping, run.answer).to_json()
    (tmp_path / "energy.json").write_text(json.dumps(wanted))
    figures = tmp_path / "f.json"
    arguments = ["energy", "--run", str(tmp_path), "--json", str(figures)]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert json.loads(figures.read_text()) == {"run": str(tmp_path), **wanted}
    assert "2 inferences of 2 MVMs" in result.output


def test_a_chip_of_isaac_tells_its_published_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(energy_command, "simulate", simulate)
    figures = tmp_path / "f.json"
    arguments = ["energy", "--chip", "isaac", "--images", "2", "--engine", "ideal"]
    result = CliRunner().invoke(app, [*arguments, "--json", str(figures)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    for text in ("329.81", "65.808", "85.425", "58.215", "share of a tile"):
        assert text in result.output
    found = json.loads(figures.read_text())
    assert all(one["closes"] and one["spec"] == "isaac" for one in found["published"])
    again = tmp_path / "energy.json"
    again.write_text(json.dumps({n: found[n] for n in found if n not in ("task", "seed")}))
    result = CliRunner().invoke(app, ["energy", "--run", str(tmp_path)], env={"COLUMNS": "200"})
    assert "329.81" in result.output


def test_other_converters_are_refused_for_a_published_chip(monkeypatch):
    monkeypatch.setattr(energy_command, "simulate", simulate)
    arguments = ["energy", "--chip", "isaac", "--images", "1", "--engine", "ideal", "--best-adc"]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "--best-adc must be left out for a chip of technology 'isaac'" in result.output


def test_a_folder_without_a_report_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["energy", "--run", str(tmp_path)], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "--run must be the folder of a report with energy.json" in result.output
    for text in ("{}", "["):
        (tmp_path / "energy.json").write_text(text)
        assert CliRunner().invoke(app, ["energy", "--run", str(tmp_path)]).exit_code == 2


def test_the_best_converters_take_less(tmp_path, monkeypatch):
    monkeypatch.setattr(energy_command, "simulate", simulate)
    totals = []
    for more in ([], ["--best-adc"]):
        figures = tmp_path / "f.json"
        arguments = ["energy", "--images", "1", "--engine", "ideal", "--json", str(figures)]
        assert CliRunner().invoke(app, [*arguments, *more]).exit_code == 0
        totals.append(json.loads(figures.read_text())["energy_per_inference"])
    assert totals[1] < totals[0]


def test_published_chips_and_what_is_left_open(tmp_path):
    figures = tmp_path / "f.json"
    result = CliRunner().invoke(app, ["published", "--json", str(figures)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert set(json.loads(figures.read_text())) == {"devices", "isaac", "puma", "neurram", "others"}
    for text in ("ISAAC", "329.81", "65.808", "NeuRRAM", "Not rebuilt, and why", "HERMES"):
        assert text in result.output


def test_one_chip_with_its_parts():
    result = CliRunner().invoke(app, ["published", "isaac"], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "HyperTransport" in result.output
    assert "PUMA" not in result.output


def test_a_table_that_does_not_close_fails(monkeypatch):
    parsed = energy_published._parsed

    def heavier(data, spec):
        data = copy.deepcopy(data)
        data["group"]["ima"]["parts"][0]["power_mw"] *= 1.01
        return parsed(data, spec)

    monkeypatch.setattr(energy_published, "_parsed", heavier)
    result = CliRunner().invoke(app, ["published", "isaac"], env={"COLUMNS": "200"})
    assert result.exit_code == 1
    assert "no, not within" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["published", "tpu"],
            "published chip must be one of devices, isaac, neurram, others, puma",
        ),
        (["energy", "--plot", "a.png"], "plot must be a file ending in .svg, not 'a.png'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
