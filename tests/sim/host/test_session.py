import re

import pytest
from model_chip import ModelChip

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.registers import register_table
from ohmloom_sim.host.session import GUARD_SECONDS, open_session, settle

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3}], "name": "mine"})
OTHER = ChipSpec.parse({"tile": [{"rows": 5, "columns": 3}], "name": "other"})


def model(spec):
    table = register_table(spec)
    constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
    free = {r.offset: 0xFFFFFFFF for r in table.registers if r.access in ("rw", "strobe")}
    return ModelChip(constants, free)


class DeadLine:
    """A line that fails from some access on."""

    def __init__(self, chip, accesses, message):
        self.chip, self.left, self.message, self.closed = chip, accesses, message, False

    def use(self):
        self.left -= 1
        if self.left < 0:
            raise LinkError(self.message)

    async def write(self, data):
        self.use()
        await self.chip.write(data)

    async def read(self, timeout):
        self.use()
        return await self.chip.read(timeout)

    def close(self):
        self.closed = True


def refused(kind, message, line, spec=SPEC, work=None):
    with (
        pytest.raises(kind, match=f"^{re.escape(message)}$"),
        open_session("/dev/x", spec, transport=line) as session,
    ):
        settle(work(session.driver))
    assert line.closed


def test_a_chip_is_guarded_against_a_silent_host():
    chip = model(SPEC)
    with open_session("/dev/x", SPEC, transport=chip):
        pass
    assert chip.words[0x5C] == round(GUARD_SECONDS * SPEC.clock)
    assert chip.closed


def test_silence_names_port_rate_and_what_to_check():
    chip = model(SPEC)
    chip.take = lambda frame: None
    message = (
        f"a chip must answer at /dev/x with {SPEC.baud} baud: check cable, rate, --link and "
        "--chip (read of 1 word at ID (0x000000) must be answered, not lost: "
        f"a reply must come within {0.1 + 5200 / SPEC.baud:g} s, not later)"
    )
    refused(LinkError, message, chip)


def test_noise_of_a_wrong_rate_is_the_same_refusal():
    chip = model(SPEC)
    chip.take = lambda frame: chip.out.extend(b"\x03\xfe\x81\0")
    message = r"^a chip must answer at /dev/x with 12345 baud: [^\n]*$"
    with (
        pytest.raises(LinkError, match=message),
        open_session("/dev/x", SPEC, baud=12345, transport=chip),
    ):
        pass


def test_another_chip_is_refused():
    message = (
        "chip at /dev/x must be the one of --chip: hash of the chip must be "
        f"{SPEC.hash[:16]}, that of the description 'mine', not {OTHER.hash[:16]}"
    )
    refused(HardwareError, message, model(OTHER))


@pytest.mark.parametrize("accesses", range(0, 30, 3))
def test_a_cable_that_is_unplugged_at_any_moment_is_one_line(accesses):
    message = "port /dev/x must stay connected, not fail: input/output error"

    async def work(driver):
        await driver.write(0x3C, [1])
        for _ in range(20):
            await driver.read(0x3C, 1)

    refused(LinkError, message, DeadLine(model(SPEC), accesses, message), work=work)


def test_a_session_that_fails_aborts_what_runs():
    chip = model(SPEC)
    with pytest.raises(ZeroDivisionError), open_session("/dev/x", SPEC, transport=chip):
        _ = 1 / 0
    assert chip.writes[-1] == (0x10, 4)
    assert chip.closed


def test_a_session_that_ends_well_aborts_nothing():
    chip = model(SPEC)
    with open_session("/dev/x", SPEC, transport=chip):
        pass
    assert all(address != 0x10 for address, _ in chip.writes)
