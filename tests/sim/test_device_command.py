"""`ohmloom device`."""

import json

import pytest
from typer.testing import CliRunner

from ohmloom_analog.devices import device_names
from ohmloom_sim.cli import app


def test_list_names_every_device(tmp_path):
    out = tmp_path / "list.json"
    result = CliRunner().invoke(app, ["device", "list", "--json", str(out)])
    assert result.exit_code == 0
    listed = json.loads(out.read_text())["devices"]
    assert set(listed) == set(device_names())
    # 6.130891e-8 A and 2.057829e-5 A at 0.2 V, of the golden list.
    assert listed["skywater"]["window"] == pytest.approx([3.0654455e-7, 1.0289145e-4], rel=1e-3)


@pytest.mark.parametrize(("suffix", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_plot_writes_a_picture(tmp_path, suffix, begin):
    out = tmp_path / f"vteam.{suffix}"
    result = CliRunner().invoke(app, ["device", "plot", "vteam", "--out", str(out)])
    assert result.exit_code == 0
    assert out.read_bytes().startswith(begin)


@pytest.mark.parametrize("name", ["pcm", "mtj"])
def test_memories_that_no_loop_tells_of_are_drawn(tmp_path, name):
    out = tmp_path / f"{name}.png"
    assert CliRunner().invoke(app, ["device", "plot", name, "--out", str(out)]).exit_code == 0
    assert out.stat().st_size > 10_000


def test_table_of_pulses_is_drawn(tmp_path):
    table, out = tmp_path / "ours.csv", tmp_path / "ours.png"
    table.write_text(
        "branch,pulse,conductance\nset,0,2e-6\nset,1,9e-6\nreset,0,9e-6\nreset,1,2e-6\n"
    )
    result = CliRunner().invoke(app, ["device", "plot", str(table), "--out", str(out)])
    assert result.exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [["nothing", "--out", "a.png"], ["vteam", "--out", "a.txt"]])
def test_unknown_device_or_picture_is_refused(arguments):
    assert CliRunner().invoke(app, ["device", "plot", *arguments]).exit_code == 2
