import re
import signal
import sqlite3
import subprocess
import sys

import pytest

from ohmloom_analog.errors import StateError
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.program_words import Wear
from ohmloom_sim.host.journal import Journal

LIFE, NEXT_LIFE = 77, 78
SHAPE = (2, 3, 2)


def opened(path, chip="c" * 64, targets="t" * 64, tolerance=0.35):
    return Journal(path, chip_hash=chip, target_hash=targets, tolerance=tolerance)


def refused(message):
    return pytest.raises(StateError, match=f"^{re.escape(message)}$")


def outcome(status=WriteStatus.WRITTEN, code=100, pulses=4):
    return Outcome(status=status, code=code, pulses=pulses, flips=1, relapsed=True)


def worn(set_=0, reset=0):
    return Wear(set=set_, reset=reset)


def test_what_was_noted_is_there_in_the_next_session(tmp_path):
    path = tmp_path / "job.journal"
    with opened(path) as journal:
        assert journal.session == 1
        row = [outcome(), outcome(WriteStatus.TOO_MANY_PULSES, code=7)]
        journal.note(1, range(2, 3), [row], [[worn(3, 1), worn(9, 9)]], life=LIFE)
    with opened(path) as journal:
        assert journal.session == 2
        assert journal.outcomes(1) == {(2, 0): row[0], (2, 1): row[1]}
        assert journal.outcomes(0) == {}
        assert journal.wear(SHAPE)[1, 2].tolist() == [[3, 1], [9, 9]]
        assert journal.wear(SHAPE).sum() == 22


@pytest.mark.parametrize("status", [WriteStatus.UNTOUCHED, WriteStatus.LOCKED, WriteStatus.ABORTED])
def test_cells_that_were_not_finished_are_noted_only_by_their_wear(tmp_path, status):
    with opened(tmp_path / "j") as journal:
        journal.note(0, range(1), [[outcome(status)]], [[worn(2, 0)]], life=LIFE)
        assert journal.outcomes(0) == {}
        assert journal.wear(SHAPE)[0, 0, 0].tolist() == [2, 0]


def test_wear_counts_on_within_a_life_and_anew_after_a_reset(tmp_path):
    path = tmp_path / "j"
    steps = [
        (LIFE, worn(5, 2), [5, 2]),
        (LIFE, worn(7, 2), [7, 2]),
        (NEXT_LIFE, worn(4, 3), [11, 5]),
        (NEXT_LIFE, worn(9, 3), [16, 5]),
    ]
    for life, seen, total in steps:
        with opened(path) as journal:
            journal.note(0, range(1), [[outcome()]], [[seen]], life=life)
            assert journal.wear(SHAPE)[0, 0, 0].tolist() == total


def test_the_tile_under_way_is_known_until_its_end_or_a_reset(tmp_path):
    with opened(tmp_path / "j") as journal:
        assert journal.under_way(LIFE) is None
        journal.begin_tile(1, LIFE)
        assert journal.under_way(LIFE) == 1
        assert journal.under_way(NEXT_LIFE) is None
        journal.end_tile()
        assert journal.under_way(LIFE) is None


def test_failures_are_forgotten_so_that_they_are_tried_again(tmp_path):
    with opened(tmp_path / "j") as journal:
        row = [outcome(), outcome(WriteStatus.TOO_MANY_FLIPS)]
        journal.begin_tile(0, LIFE)
        journal.note(0, range(1), [row], [[worn(), worn()]], life=LIFE)
        assert journal.forget_failures() == 1
        assert journal.outcomes(0) == {(0, 0): row[0]}
        assert journal.under_way(LIFE) is None


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"chip": "d" * 64}, "chip hash " + "d" * 16 + ", not " + "c" * 16),
        ({"targets": "u" * 64}, "hash of the targets " + "u" * 16 + ", not " + "t" * 16),
        ({"tolerance": 0.2}, "tolerance 0.2, not 0.35"),
    ],
)
def test_the_journal_of_another_job_is_refused(tmp_path, other, what):
    path = tmp_path / "j"
    opened(path).__exit__(None, None, None)
    with refused(f"journal '{path}' must be of this job, with the {what}"):
        opened(path, **other)


def test_another_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "j"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE mine (x)")
    file.close()
    before = path.read_bytes()
    with refused(f"journal '{path}' must be one of ohmloom, not another database"):
        opened(path)
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused(tmp_path):
    path = tmp_path / "j"
    path.write_text("a letter " * 200)
    with refused(f"journal '{path}' can't be used: file is not a database"):
        opened(path)


def test_a_folder_that_isnt_there_is_refused(tmp_path):
    path = tmp_path / "none" / "j"
    with refused(f"journal '{path}' can't be used: unable to open database file"):
        opened(path)


def test_two_sessions_at_once_are_refused(tmp_path):
    path = tmp_path / "j"
    with opened(path), refused(f"journal '{path}' can't be used: another session has it open"):
        opened(path)


def test_without_a_file_it_is_forgotten():
    with opened(None) as journal:
        journal.note(0, range(1), [[outcome()]], [[worn()]], life=LIFE)
        assert len(journal.outcomes(0)) == 1
    with opened(None) as journal:
        assert journal.outcomes(0) == {}


WRITER = """
import sys
from pathlib import Path
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.program_words import Wear
from ohmloom_sim.host.journal import Journal

cell = Outcome(status=WriteStatus.WRITTEN, code=1, pulses=1, flips=0, relapsed=False)
with Journal(Path(sys.argv[1]), chip_hash="c", target_hash="t", tolerance=0.35) as journal:
    for row in range(int(sys.argv[2]), 100000):
        journal.note(0, range(row, row + 1), [[cell]], [[Wear(set=1, reset=0)]], life=1)
        print(row, flush=True)
"""


def test_nothing_that_was_noted_is_lost_by_a_kill(tmp_path):
    path, rows = tmp_path / "j", []
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, str(path), str(len(rows))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            said = [int(process.stdout.readline()) for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            said += map(int, process.stdout.read().split())
        assert process.returncode == -signal.SIGKILL
        assert said[0] == len(rows)
        with Journal(path, chip_hash="c", target_hash="t", tolerance=0.35) as journal:
            rows = sorted(row for row, _ in journal.outcomes(0))
        # The one that was being noted may be there or not.
        assert rows in (list(range(said[-1] + 1)), list(range(said[-1] + 2)))
