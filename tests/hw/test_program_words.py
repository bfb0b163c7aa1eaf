import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.cell_fault import CellFault
from ohmloom_analog.level_program import LevelProgram, PulsePlan, Ramp
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.program_words import (
    Target,
    Wear,
    pack_level,
    pack_targets,
    pack_written,
    unpack_faults,
    unpack_targets,
    unpack_wear,
    unpack_written,
)

SET = PulsePlan(
    drive=Ramp(start=0x111, stop=0x222, step=0x333),
    gate=Ramp(start=0x444, stop=0x555, step=0x666),
    width=Ramp(start=0x1777, stop=0x1888, step=0x1999),
    order="gwd",
    restart=True,
)
RESET = PulsePlan(
    drive=Ramp(start=1, stop=2, step=3),
    gate=Ramp(start=4, stop=5, step=6),
    width=Ramp(start=7, stop=8, step=9),
    order="wgd",
    restart=False,
)


def test_words_of_a_level_are_where_the_chip_looks_for_them():
    words = pack_level(LevelProgram(set=SET, reset=RESET, below=0x12, above=0x34), 0x567)
    assert words == [
        0x567, 0x0034_0012,
        0x0222_0111, 0x0444_0333, 0x0666_0555, 0x1888_1777, 0x000B_1999,
        0x0002_0001, 0x0004_0003, 0x0006_0005, 0x0008_0007, 0x0005_0009,
        0, 0, 0, 0,
    ]  # fmt: skip


def test_two_targets_share_a_word_the_first_in_the_low_bits():
    targets = [Target(level=3, trim=-1), Target(level=0xFF, trim=63, locked=True), Target(level=1)]
    assert pack_targets(targets) == [0xBFFF_7F03, 0x0000_0001]


@given(
    st.lists(
        st.builds(
            Target, level=st.integers(0, 255), trim=st.integers(-64, 63), locked=st.booleans()
        ),
        min_size=1,
        max_size=9,
    )
)
def test_targets_come_back(targets):
    assert unpack_targets(pack_targets(targets), len(targets)) == targets


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"level": 256}, "level must be in [0, 255], not 256"),
        ({"trim": -65}, "trim must be in [-64, 63], not -65"),
        ({"trim": 64}, "trim must be in [-64, 63], not 64"),
    ],
)
def test_targets_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Target(**fields)


def test_a_word_of_written_tells_everything():
    outcome = unpack_written(0xA << 28 | 1 << 26 | 0x2B << 20 | 0xCD << 12 | 0x123)
    assert outcome == Outcome(
        status=WriteStatus.ABORTED, pulses=0xCD, flips=0x2B, relapsed=True, code=0x123
    )


@given(
    st.builds(
        Outcome,
        status=st.sampled_from(WriteStatus),
        pulses=st.integers(0, 255),
        flips=st.integers(0, 63),
        relapsed=st.booleans(),
        code=st.integers(0, 4095),
    )
)
def test_outcomes_come_back(outcome):
    assert unpack_written(pack_written(outcome)) == outcome


def test_wear_has_set_in_the_low_half():
    assert unpack_wear(0x0005_0003) == Wear(set=3, reset=5)


def test_faults_are_four_bits_a_cell():
    faults = unpack_faults([0x8000_4210, 0x0000_000F], 9)
    assert faults == [
        CellFault.NONE,
        CellFault.STUCK_HRS,
        CellFault.STUCK_LRS,
        CellFault.UP,
        CellFault.NONE,
        CellFault.NONE,
        CellFault.NONE,
        CellFault.DOWN,
        CellFault(15),
    ]
