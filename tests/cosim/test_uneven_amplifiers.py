"""The main job on emitted Verilog, behind uneven amplifiers, without and with calibration."""

import json

from typer.testing import CliRunner

from ohmloom_sim.cli import app

IMAGES, POINTS = 40, 64


def test_a_chip_that_calibrates_itself_classifies_as_the_integers_do(tmp_path):
    out = tmp_path / "uneven.json"
    options = ["--images", str(IMAGES), "--calibrate", str(POINTS), "--sim", "verilator"]
    result = CliRunner().invoke(app, ["run", "--chip", "uneven", *options, "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "accuracy without" in result.output
    found = json.loads(out.read_text())["calibration"]
    assert found["points"] == POINTS
    assert found["clipped"] == 0
    assert found["without"] < found["integer"] - 0.4
    assert found["calibrated"] >= found["integer"] - 1 / IMAGES
    assert found["mvm_calibrated_lsb"]["rms"] < found["mvm_without_lsb"]["rms"] / 20
    # Of so many amplifiers some are off by more than a tenth.
    assert found["gain"][0] < 0.9
    assert found["gain"][1] > 1.1
