import re

import pytest
from vcd_reader import read_vcd

from ohmloom_analog.errors import OhmloomError, SpecError
from ohmloom_sim.commands.run_waves import waves_plan
from ohmloom_sim.waves.file import WavesPlan, check_name, hand_over, write_waves
from ohmloom_sim.waves.recorder import Variable, Waves
from ohmloom_sim.waves.view import shown

VOLTS = Variable(scope="analog.tile0", name="word_000_V", kind="real")
BUSY = Variable(scope="ohmloom", name="busy", kind="wire", bits=1)
CODE = Variable(scope="ohmloom", name="array_0__codes", kind="wire", bits=4)
STATE = Variable(scope="ohmloom.sequencer", name="state", kind="string")


def _seen():
    waves = Waves()
    waves.note(BUSY, 3, 1)
    waves.begin(10)
    waves.note(BUSY, 10, 0)
    waves.note(STATE, 10, "IDLE")
    waves.note(CODE, 20, 5)
    waves.note(VOLTS, 15, 0.25)
    waves.note(VOLTS, 4, 0.125)
    waves.note(CODE, 25, "01x0")
    waves.end(30)
    waves.note(BUSY, 31, 1)
    return waves


def test_changes_come_by_time_and_only_those_of_a_look():
    found = [(one.time_ps, one.variable.name, one.value) for one in _seen().changes()]
    assert found == [
        (10, "busy", 0),
        (10, "state", "IDLE"),
        (10, "word_000_V", 0.125),
        (15, "word_000_V", 0.25),
        (20, "array_0__codes", 5),
        (25, "array_0__codes", "01x0"),
    ]


def test_file_holds_bits_numbers_and_texts(tmp_path):
    write_waves(tmp_path, _seen())
    views = hand_over(tmp_path, tmp_path / "a.vcd")
    changes, scale = read_vcd(tmp_path / "a.vcd")
    assert scale == "1 ps"
    assert changes["ohmloom.busy"] == [(10, "0")]
    assert changes["analog.tile0.word_000_V"] == [(10, "0.125"), (15, "0.25")]
    assert changes["ohmloom.array_0__codes"][1:] == [(20, "101"), (25, "01x0")]
    assert changes["ohmloom.sequencer.state"] == [(10, "IDLE")]
    assert [view.name for view in views] == ["a.gtkw", "a.sucl"]


def test_same_changes_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_waves(tmp_path / name, _seen())
        hand_over(tmp_path / name, tmp_path / name / "a.vcd")
    for ending in ("vcd", "gtkw", "sucl"):
        one, two = (tmp_path / name / f"a.{ending}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_view_has_the_chip_and_then_its_tiles():
    groups = shown([VOLTS, BUSY, CODE, STATE])
    assert groups == {"chip": [STATE, BUSY], "tile0": [CODE, VOLTS]}


def test_a_job_without_waves_hands_over_none(tmp_path):
    assert hand_over(tmp_path, tmp_path / "a.vcd") is None
    assert not (tmp_path / "a.vcd").exists()


def test_nothing_seen_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^waves must hold at least one change, not none$"):
        write_waves(tmp_path, Waves())
    assert not list(tmp_path.iterdir())


def test_plan_without_a_look_is_refused():
    message = "waves must be of at least 1 sample or of some time of writing, not of 0 and 0 s"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        WavesPlan(samples=0)


def test_other_formats_are_refused(tmp_path):
    message = "waves must be a .vcd file, not 'a.fst' (vcd2fst of GTKWave makes .fst of it)"
    with pytest.raises(OhmloomError, match=f"^{re.escape(message)}$"):
        check_name(tmp_path / "a.fst")


def test_options_of_waves_without_waves_are_refused():
    message = "--waves must be given with --waves-samples and --waves-writing, not left out"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        waves_plan(None, 2, None, writes=True)


def test_writing_is_refused_where_nothing_is_written(tmp_path):
    message = "--waves-writing must be left out where the chip doesn't write its cells"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        waves_plan(tmp_path / "a.vcd", None, 1e-3, writes=False)
