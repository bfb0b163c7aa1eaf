import json
from dataclasses import replace

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.features import Features
from ohmloom_sim.board_plan import BoardPlan, Ready, say_ready
from ohmloom_sim.virtual_board import empty_job

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3}], "name": "mine"})
OWN = ConverterProfile(name="own", dac="MCP4822", adc="AD7476A", word_map=(3, 2, 1, 0))


@pytest.mark.parametrize(
    "features",
    [
        Features(),
        Features(behind="twin", lanes=3, cells="spram", analyser_depth=64, link="uartbone"),
        Features(behind="converters", converters=OWN),
    ],
)
@pytest.mark.parametrize("jumper", [False, True])
def test_a_plan_is_read_back_as_it_was_written(features, jumper, tmp_path):
    plan = BoardPlan(job=empty_job(SPEC), features=features, port=5555, jumper=jumper)
    plan.save(tmp_path)
    found = BoardPlan.load(tmp_path)
    assert replace(found, job=plan.job) == plan
    assert found.job.spec == SPEC
    assert [np.asarray(levels).tolist() for levels in found.job.levels] == [[[0] * 6] * 4]


def test_a_board_is_ready_when_it_says_so_and_not_before(tmp_path):
    BoardPlan(job=empty_job(SPEC), features=Features(), port=0).save(tmp_path)
    assert Ready.load(tmp_path) is None
    say_ready(tmp_path, port=7, terminal="/dev/pts/3")
    assert Ready.load(tmp_path) == Ready(port=7, terminal="/dev/pts/3")
    # What an earlier board said doesn't count for the next.
    BoardPlan(job=empty_job(SPEC), features=Features(), port=0).save(tmp_path)
    assert Ready.load(tmp_path) is None
    assert json.loads((tmp_path / "board.json").read_text())["port"] == 0
