import json
import re
import signal
import subprocess
import sys
import time
import tomllib

import numpy as np
import pytest
from model_writer import Served, WriterChip

from ohmloom_analog.errors import LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import WriteStatus
from ohmloom_hw.driver import Driver
from ohmloom_sim.host.journal import Journal
from ohmloom_sim.host.programming import program_chip
from ohmloom_sim.host.session import settle
from ohmloom_sim.host.targets import matrix_mapping, targets_of

CHIP = """
name = "written"
weight_bits = 3
[[tile]]
count = 2
rows = 3
columns = 2
[tile.cell]
device = "skywater"
access = "1t1r"
r_access = 5e3
levels = 4
[tile.write]
pulses = 20
[tile.write.set]
drive = { start = 1.0, stop = 2.0, step = 0.1 }
[tile.write.reset]
drive = { start = 1.0, stop = 2.0, step = 0.1 }
"""
WEIGHTS = np.array([[3, -2], [0, 1], [-3, 3]])
SHAPE = (2, 3, 5)


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "chip.toml"
    path.write_text(CHIP)
    return ChipSpec.parse(tomllib.loads(CHIP))


@pytest.fixture
def targets(spec):
    return targets_of(spec, matrix_mapping(spec, WEIGHTS))


def opened(path, spec, targets):
    return Journal(path, chip_hash=spec.hash, target_hash=targets.hash, tolerance=0.35)


def session(line, spec, targets, path, **options):
    driver = Driver(line, spec)
    settle(driver.connect())
    with opened(path, spec, targets) as journal:
        found = settle(program_chip(driver, spec, targets, journal, **options))
        return found, journal.wear(SHAPE)


def expect_written(spec, targets, chip, found):
    wanted = targets.with_reference()
    assert (found.status[wanted >= 0] == WriteStatus.WRITTEN).all()
    assert (found.target < 0).tolist() == (wanted < 0).tolist()
    for place in np.argwhere(wanted >= 0).tolist():
        held = chip.conductance.get(tuple(place), 0)
        assert held == found.code[tuple(place)]
        level = (1e-6 + 13e-6 * wanted[tuple(place)]) / 50e-6 * 1023
        assert abs(held - level) <= 0.35 * 13e-6 / 50e-6 * 1023 + 0.5
    assert not {p for p in chip.conductance if wanted[p] < 0}
    assert chip.words[0x10C] == 0


class Cut:
    """A line that ends after some accesses, as the host that uses it does."""

    def __init__(self, chip, accesses):
        self.chip, self.left = chip, accesses

    async def write(self, data):
        self.use()
        await self.chip.write(data)

    async def read(self, timeout):
        self.use()
        return await self.chip.read(timeout)

    def use(self):
        self.left -= 1
        if self.left < 0:
            # Not even its clean-up reaches the chip, as after a kill.
            message = "gone"
            raise LinkError(message)


def test_a_matrix_is_written_and_the_rest_left_alone(spec, targets):
    chip = WriterChip(spec, cells_a_poll=4)
    seen = []
    found, wear = session(chip, spec, targets, None, on_progress=seen.append)
    expect_written(spec, targets, chip, found)
    wanted = int((targets.with_reference() >= 0).sum())
    assert seen == sorted(seen)
    assert seen[-1] == wanted
    assert wear.sum(axis=3).sum() == sum(map(sum, chip.worn.values()))
    assert found.pulses.sum() == wear.sum()


def accesses(spec, targets):
    line = Cut(WriterChip(spec, cells_a_poll=2), 10**6)
    session(line, spec, targets, None)
    return 10**6 - line.left


def test_a_job_goes_on_wherever_its_host_was_cut_off(spec, targets, tmp_path):
    whole = accesses(spec, targets)
    assert whole > 100
    for cut in range(8, whole, 5):
        chip, path = WriterChip(spec, cells_a_poll=2), tmp_path / f"journal-{cut}"
        with pytest.raises(LinkError):
            session(Cut(chip, cut), spec, targets, path)
        # What the chip was told is done by it, host or not.
        while chip.job is not None:
            chip.status(0)
        before = dict(chip.successes)
        found, wear = session(chip, spec, targets, path)
        expect_written(spec, targets, chip, found)
        # No cell that was finished is as much as looked at again.
        assert set(chip.successes.values()) == {1}, (cut, before)
        assert wear.sum() == sum(map(sum, chip.worn.values()))
        assert found.pulses.sum() == wear.sum()


def test_a_chip_that_was_switched_off_only_repeats_what_wasnt_noted(spec, targets, tmp_path):
    whole = accesses(spec, targets)
    for cut in range(20, whole, 37):
        chip, path = WriterChip(spec, cells_a_poll=2), tmp_path / f"journal-{cut}"
        with pytest.raises(LinkError):
            session(Cut(chip, cut), spec, targets, path)
        with opened(path, spec, targets) as journal:
            noted = {(t, *place) for t in range(2) for place in journal.outcomes(t)}
        chip.reset()
        chip.successes.clear()
        found, wear = session(chip, spec, targets, path)
        expect_written(spec, targets, chip, found)
        assert not noted & set(chip.successes)
        # Pulses that nobody had noted when the chip forgot them are lost, and no others.
        assert wear.sum() >= sum(map(sum, chip.worn.values()))


def test_a_finished_job_does_nothing_when_it_is_asked_for_again(spec, targets, tmp_path):
    chip, path = WriterChip(spec), tmp_path / "journal"
    session(chip, spec, targets, path)
    chip.writes.clear()
    found, wear = session(chip, spec, targets, path)
    expect_written(spec, targets, chip, found)
    assert chip.writes == [(0x10C, 0)]
    assert wear.sum() == sum(map(sum, chip.worn.values()))


def test_cells_that_were_given_up_are_told_and_only_then_tried_again(spec, targets, tmp_path):
    chip, path = WriterChip(spec, stuck=[(0, 0, 0)]), tmp_path / "journal"
    for _ in range(2):
        found, _ = session(chip, spec, targets, path)
        assert found.status[0, 0, 0] == WriteStatus.TOO_MANY_PULSES
        assert found.pulses[0, 0, 0] == 20
        assert chip.worn[0, 0, 0] == (20, 0)
    chip.stuck.clear()
    with opened(path, spec, targets) as journal:
        assert journal.forget_failures() == 1
    found, wear = session(chip, spec, targets, path)
    expect_written(spec, targets, chip, found)
    assert wear[0, 0, 0].sum() == sum(chip.worn[0, 0, 0])


def test_trims_move_the_targets(spec, targets):
    chip = WriterChip(spec)
    trims = np.zeros(SHAPE, dtype=np.int64)
    trims[0, 0, 0] = -40
    plain, _ = session(WriterChip(spec), spec, targets, None, tolerance=0.02)
    found, _ = session(chip, spec, targets, None, trims=trims, tolerance=0.02)
    assert found.code[0, 0, 0] == pytest.approx(plain.code[0, 0, 0] - 40, abs=10)
    assert found.code[0, 1, 1] == plain.code[0, 1, 1]


def test_a_killed_host_loses_nothing(spec, targets, tmp_path):
    """The host is a process of its own, killed again and again until it comes to its end."""
    (tmp_path / "chip.toml").write_text(CHIP)
    np.save(tmp_path / "w.npy", WEIGHTS)
    chip = WriterChip(spec, cells_a_poll=1)
    served = Served(chip)
    command = [
        sys.executable, "-c", "from ohmloom_sim.cli import main; main()",
        "host", "--port", served.address, "--chip", tmp_path / "chip.toml",
        "program", tmp_path / "w.npy", "--journal", tmp_path / "j", "--json", tmp_path / "f.json",
    ]  # fmt: skip
    told = chip.status

    def slow(held):
        time.sleep(0.02)
        return told(held)

    chip.broken[0x104] = slow
    kills = 0
    for some in (3, 11, None):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as host:
            while some is not None and len(chip.successes) < some and host.poll() is None:
                time.sleep(0.005)
            if some is not None and host.poll() is None:
                host.send_signal(signal.SIGKILL)
                kills += 1
            said = host.stdout.read().decode()
    served.close()
    assert kills == 2
    assert host.returncode == 0, said
    assert re.search(r"session.* 3; ", said)
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["written"] == figures["cells"] == int((targets.with_reference() >= 0).sum())
    assert figures["failures"] == []
    assert figures["sessions"] == 3
    assert sum(figures["worn"]) == figures["pulses"] == sum(map(sum, chip.worn.values()))
    assert set(chip.successes.values()) == {1}
