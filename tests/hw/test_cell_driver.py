import re

import pytest
from model_chip import ModelChip
from model_writer import RESULTS, TARGET, WEAR, WriterChip

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Limits, WriteStatus
from ohmloom_hw.cell_block import Block
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.driver import Driver
from ohmloom_hw.program_words import Target, Wear
from ohmloom_hw.registers import register_table

PULSE = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
SPEC = ChipSpec.parse(
    {
        "name": "written",
        "weight_bits": 3,
        "tile": [
            {
                "count": 2,
                "rows": 3,
                "columns": 2,
                "cell": {"levels": 4, "device": "skywater", "access": "1t1r", "r_access": 5e3},
                "write": {"set": PULSE, "reset": PULSE, "form": PULSE, "pulses": 20},
            }
        ],
    }
)
LINES = SPEC.lines + 1
CODES = [round((1e-6 + 13e-6 * level) / 50e-6 * 1023) for level in range(4)]


def settle(work):
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError


def connected(chip):
    driver = Driver(chip, SPEC)
    settle(driver.connect())
    return CellDriver(driver, SPEC)


def targets(level=0, **other):
    return [[Target(level=level, **other)] * LINES for _ in range(SPEC.rows)]


def refused(kind, message):
    return pytest.raises(kind, match=f"^{re.escape(message)}$")


def test_cells_reach_their_targets_and_the_chip_is_disarmed():
    chip = WriterChip(SPEC)
    wanted = targets()
    wanted[1][2] = Target(level=3)
    wanted[2][4] = Target(level=2, trim=-5)
    wanted[0][0] = Target(locked=True)
    found = settle(connected(chip).program(1, wanted))
    reach = int(0.35 * 13e-6 / (50e-6 / 1023))
    for (row, line), code in {(1, 2): CODES[3], (2, 4): CODES[2] - 5, (2, 2): CODES[0]}.items():
        assert found[row][line].status is WriteStatus.WRITTEN
        assert abs(chip.conductance.get((1, row, line), 0) - code) <= reach
        assert found[row][line].code == chip.conductance.get((1, row, line), 0)
    assert found[0][0].status is WriteStatus.LOCKED
    assert (1, 0, 0) not in chip.conductance
    assert not any(place[0] == 0 for place in chip.conductance)
    assert chip.words[0x10C] == 0


def test_timing_and_limits_are_those_of_the_description():
    chip = WriterChip(SPEC)
    settle(connected(chip).program(0, targets()))
    assert chip.words[0x11C] == 20 | 30 << 8 | 3 << 16
    assert (chip.words[0x120], chip.words[0x124], chip.words[0x128]) == (3, 2, 0)


def test_limits_and_order_can_be_others():
    chip = WriterChip(SPEC)
    limits = Limits(pulses=7, flips=5, confirm=16, relax=True)
    settle(connected(chip).prepare(0, limits=limits, average=8, by_line=True))
    assert chip.words[0x11C] == 7 | 5 << 8 | 16 << 16 | 3 << 24 | 1 << 28 | 1 << 29


@pytest.mark.parametrize("average", [0, 3, 32])
def test_other_averages_are_refused(average):
    cells = connected(WriterChip(SPEC))
    with refused(ValueError, f"average must be 1, 2, 4, 8 or 16, not {average}"):
        settle(cells.prepare(0, average=average))


@pytest.mark.parametrize(
    ("tolerance", "message"),
    [
        (0.0, "tolerance must be above 0 and at most 0.5 levels, not 0"),
        (0.6, "tolerance must be above 0 and at most 0.5 levels, not 0.6"),
        (1e-3, "tolerance must be at least one verify code (0.00376 levels), not 0.001"),
    ],
)
def test_tolerances_that_cant_be_are_refused(tolerance, message):
    cells = connected(WriterChip(SPEC))
    with refused(ValueError, message):
        settle(cells.program(0, targets(), tolerance=tolerance))


def test_a_tighter_tolerance_is_kept():
    chip = WriterChip(SPEC)
    found = settle(connected(chip).program(0, targets(3), tolerance=0.01))
    assert all(abs(cell.code - CODES[3]) <= 2 for row in found for cell in row)


def test_a_cell_that_was_given_up_is_told_and_tried_again_by_the_next_job():
    chip = WriterChip(SPEC, stuck=[(0, 2, 1)])
    cells = connected(chip)
    for _ in range(2):
        found = settle(cells.program(0, targets(1)))
        assert found[2][1].status is WriteStatus.TOO_MANY_PULSES
        assert found[2][1].pulses == 20
        chip.stuck.clear()
        found = settle(cells.program(0, targets(1)))
        assert found[2][1].status is WriteStatus.WRITTEN
        chip.stuck.add((0, 2, 1))
        chip.conductance[0, 2, 1] = 0


def test_rows_are_told_as_they_are_done():
    chip, told = WriterChip(SPEC, cells_a_poll=2), []
    cells = connected(chip)

    async def note(rows, outcomes):
        told.append((list(rows), [[cell.status for cell in row] for row in outcomes]))
        assert all(place[1] <= rows[-1] for place in chip.conductance)

    settle(cells.program(0, targets(2), rows=range(1, 3), on_rows=note))
    assert told == [([row], [[WriteStatus.WRITTEN] * LINES]) for row in (1, 2)]
    assert not any(place[1] == 0 for place in chip.conductance)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_whatever_ends_it_the_chip_is_stopped_and_disarmed(error):
    chip = WriterChip(SPEC)
    cells = connected(chip)

    async def note(rows, outcomes):
        assert chip.words[0x10C] != 0
        raise error

    with pytest.raises(error):
        settle(cells.program(0, targets(2), on_rows=note))
    assert chip.words[0x10C] == 0
    assert chip.writes[-2:] == [(0x100, 8), (0x10C, 0)]


def test_a_line_that_is_lost_is_no_other_error():
    chip = WriterChip(SPEC)
    cells = connected(chip)

    async def note(rows, outcomes):
        chip.take = lambda encoded: None

    with pytest.raises(LinkError, match="^write of 1 word at WRITE_FIRST"):
        settle(cells.program(0, targets(2), on_rows=note))


def test_an_open_interlock_is_told():
    chip = WriterChip(SPEC)
    chip.enabled = False
    with refused(HardwareError, "the pin write_enable must be high to write cells, not low"):
        settle(connected(chip).program(0, targets()))
    assert chip.words[0x10C] == 0


def test_an_error_of_the_job_is_told_by_its_name():
    chip = WriterChip(SPEC, cells_a_poll=1)
    cells = connected(chip)
    told = chip.status

    def interrupted(held):
        if chip.finished == 3:
            chip.end(2)
        return told(held)

    chip.broken[0x104] = interrupted
    with refused(HardwareError, "writing must end without error, not with HOST_LOST"):
        settle(cells.program(0, targets()))
    assert chip.words[0x10C] == 0


def test_a_job_that_stands_still_is_given_up(monkeypatch):
    monkeypatch.setattr("ohmloom_hw.cell_engine._MOST_IDLE_CHECKS", 2)
    chip = WriterChip(SPEC, cells_a_poll=1)
    cells = connected(chip)
    told = chip.status
    chip.broken[0x104] = lambda held: told(held) if chip.finished < 4 else 0b11001
    with refused(HardwareError, "writing must go on, not stand still at 4 cells and 4 reads"):
        settle(cells.program(0, targets()))
    assert chip.words[0x10C] == 0


def test_what_a_host_before_left_under_way_is_ended():
    chip = WriterChip(SPEC, cells_a_poll=1)
    chip.words[0x10C] = 0x57524954
    chip.words[0x118] = 2 | 4 << 16
    chip.strobed(1)
    found = settle(connected(chip).program(0, targets(1)))
    assert all(cell.status is WriteStatus.WRITTEN for row in found for cell in row)


def test_targets_of_another_shape_are_refused():
    cells = connected(WriterChip(SPEC))
    with refused(ValueError, "targets must be 3 rows of 5 cells, not (2, 5)"):
        settle(cells.write_targets(targets()[:2]))


def test_memory_that_forgets_is_told():
    chip = WriterChip(SPEC)
    chip.kept[TARGET + 8] = 0xFFFF
    message = "TARGET[2] must read back as 0x00010001, not 0x00000001"
    with refused(HardwareError, message):
        settle(connected(chip).program(0, targets(1)))


def test_a_chip_that_doesnt_write_is_refused():
    table = register_table(SPEC)
    constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
    driver = Driver(ModelChip(constants, {}), SPEC)
    settle(driver.connect())
    message = "chip 'written' must be built with features.writes to write its cells"
    with refused(HardwareError, message):
        CellDriver(driver, SPEC)


def test_cells_are_read_without_a_pulse():
    chip = WriterChip(SPEC)
    chip.conductance = {(1, 0, 0): 500, (1, 2, 4): 77, (0, 0, 0): 9}
    found = settle(connected(chip).read_cells(1))
    expected = [[0] * LINES for _ in range(3)]
    expected[0][0], expected[2][4] = 500, 77
    assert found == expected
    assert chip.conductance == {(1, 0, 0): 500, (1, 2, 4): 77, (0, 0, 0): 9}
    assert not any(any(counts) for counts in chip.worn.values())
    assert settle(connected(chip).read_cells(1, rows=range(2, 3))) == expected[2:]
    assert all(chip.words[RESULTS + 4 * k] == 0 for k in range(15))


def test_wear_is_that_of_the_tile():
    chip = WriterChip(SPEC)
    cells = connected(chip)
    settle(cells.program(0, targets(3)))
    found = settle(cells.wear(Block(first_row=1, last_row=2, first_line=3, last_line=4)))
    assert found == [[Wear(set=up, reset=down) for up, down in row] for row in (
        [chip.worn[0, 1, 3], chip.worn[0, 1, 4]], [chip.worn[0, 2, 3], chip.worn[0, 2, 4]],
    )]  # fmt: skip
    assert chip.words[WEAR] & 0xFFFF == found[0][0].set > 0


def test_forming_takes_its_own_key():
    chip = WriterChip(SPEC)
    seen = []
    told = chip.strobed
    chip.strobed = lambda bits: (seen.append((bits, chip.words[0x10C])), told(bits))
    settle(connected(chip).form(0))
    assert seen == [(2, 0x464F524D)]
    assert chip.words[0x10C] == 0


def test_a_block_has_cells_and_ends_in_order():
    with refused(ValueError, "rows must be from 0 up and in order, not from 2 to 1"):
        Block(first_row=2, last_row=1, first_line=0, last_line=0)
    with refused(ValueError, "lines must be from 0 up and in order, not from -1 to 1"):
        Block(first_row=0, last_row=1, first_line=-1, last_line=1)
