from itertools import pairwise

import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.registers import entries_per_word, register_table

SMALL = ChipSpec.parse({"tile": [{"rows": 1, "columns": 1}]})
LARGE = ChipSpec.parse(
    {
        "tile": [{"rows": 256, "columns": 256, "count": 64}],
        "input": {"bits": 8, "signed": True, "slice_bits": 1},
        "weight_bits": 3,
        "adc": {"bits": 4},
    }
)


def overlaps(spec):
    table = register_table(spec)
    taken = [address for r in table.registers for address in range(r.offset, r.offset + 4, 4)]
    spans = sorted((w.base, w.base + 4 * w.words) for w in table.windows)
    return len(taken) - len(set(taken)), [(a, b) for a, b in pairwise(spans) if a[1] > b[0]]


@pytest.mark.parametrize("spec", [SMALL, LARGE])
def test_nothing_overlaps(spec):
    assert overlaps(spec) == (0, [])


def test_registers_are_where_hosts_expect_them():
    table = register_table(SMALL)
    assert {register.name: register.offset for register in table.registers} == {
        "ID": 0x00,
        "VERSION": 0x04,
        "CAP0": 0x08,
        "CAP1": 0x0C,
        "CTRL": 0x10,
        "STATUS": 0x14,
        "ERROR": 0x18,
        "STEPS": 0x1C,
        "SETTLE": 0x20,
        "TIMEOUT": 0x24,
        "ARGMAX": 0x28,
        "CLIPPED": 0x2C,
        "CONVERSIONS": 0x30,
        "CYCLES": 0x34,
        "ADC_BUSY": 0x38,
        "SCRATCH": 0x3C,
        "HASH0": 0x40,
        "HASH1": 0x44,
        "CRC_ERRORS": 0x48,
        "FRAME_ERRORS": 0x4C,
        "FEATURES": 0x50,
        "IRQ_STATUS": 0x54,
        "IRQ_ENABLE": 0x58,
        "HOST_TIMEOUT": 0x5C,
        "REPEATS": 0x80,
    }
    assert {window.name: window.base for window in table.windows} == {
        "INPUT": 0x10000,
        "RESULT": 0x20000,
        "CALIBRATION": 0x30000,
        "STEP": 0x50000,
        "BIAS": 0x60000,
    }


def test_identity_tells_magic_size_and_hash():
    table = register_table(LARGE)
    assert table.register("ID").reset.to_bytes(4, "big") == b"OHML"
    assert table.register("CAP0").reset == 256 << 16 | 256
    assert table.register("CAP1").reset == 3 << 24 | 8 << 16 | 4 << 8 | 64
    halves = [table.register(name).reset for name in ("HASH0", "HASH1")]
    assert "".join(f"{half:08x}" for half in halves) == LARGE.hash[:16]


def test_windows_hold_what_the_spec_asks_for():
    sizes = {window.name: window.words for window in register_table(LARGE).windows}
    assert sizes == {
        "INPUT": 32768 // 2,
        "RESULT": 16384,
        "CALIBRATION": 2 * 64 * 256,
        "STEP": 4 * 128,
        "BIAS": 16384,
    }
    assert entries_per_word(SMALL) == 4
    assert entries_per_word(LARGE) == 2


def test_number_of_steps_holds_a_whole_table():
    for spec in (SMALL, LARGE):
        assert register_table(spec).register("STEPS").field("value").width >= len(
            f"{spec.step_entries:b}"
        )
