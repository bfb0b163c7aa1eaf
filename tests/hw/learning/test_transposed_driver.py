"""The host's side of transposed reads, against registers of its own."""

import asyncio

import pytest
from transposed_chip import (
    START,
    TRANSPOSE_CLIPPED,
    TRANSPOSE_CTRL,
    TRANSPOSE_IN,
    TRANSPOSE_OUT,
    TRANSPOSE_STATUS,
    transposed_spec,
)

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.learning_spec import LearningSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.features import Features
from ohmloom_hw.learning.transposed_driver import TransposedDriver

SPEC = transposed_spec()
WRITES = Features(writes=True)


class Registers(Driver):
    """Words at addresses; a read begins with a start, is looked at twice, and ends as told."""

    def __init__(self, spec, features, status=2):
        super().__init__(None, spec, features=features)
        self.status, self.left = status, 0
        self.words = {TRANSPOSE_OUT + 4 * row: (row - 2) % 2**32 for row in range(5)}
        self.words[TRANSPOSE_CLIPPED] = 7

    async def read(self, address, count):
        if address == TRANSPOSE_STATUS:
            self.left -= 1
            return [1 if self.left > 0 else self.status]
        return [self.words[address + 4 * place] for place in range(count)]

    async def write(self, address, words):
        for place, word in enumerate(words):
            self.words[address + 4 * place] = word
        if address == TRANSPOSE_CTRL:
            assert words == [START]
            self.left = 3


def test_errors_go_in_and_sums_come_out_once_the_read_is_over():
    registers, pauses = Registers(SPEC, WRITES), []

    async def pause():
        pauses.append(registers.left)

    async def run():
        host = TransposedDriver(registers, pause=pause)
        assert await host.read(1, [7, -7, 0]) == [-2, -1, 0, 1, 2]
        assert await host.clipped() == 7

    asyncio.run(run())
    assert pauses == [2, 1]
    assert registers.words[0x110] == 1
    assert [registers.words[TRANSPOSE_IN + 4 * place] for place in range(3)] == [7, 2**32 - 7, 0]


@pytest.mark.parametrize(
    ("status", "errors", "kind", "message"),
    [
        (
            6 << 8 | 4,
            [0, 0, 0],
            HardwareError,
            "^a transposed read must end without error, not with BAD_RANGE$",
        ),
        (
            1,
            [0, 0, 0],
            HardwareError,
            "^a transposed read must end within 4000 polls of TRANSPOSE_STATUS, not later$",
        ),
        (2, [0, 0, 8], ValueError, r"^errors\[2\] must be in \[-7, 7\], not 8$"),
        (2, [0, 0], ValueError, "^errors must be given for 3 columns, not 2$"),
    ],
)
def test_what_goes_wrong_is_said(status, errors, kind, message):
    host = TransposedDriver(Registers(SPEC, WRITES, status))
    with pytest.raises(kind, match=message):
        asyncio.run(host.read(0, errors))


@pytest.mark.parametrize(
    ("learning", "features"),
    [(LearningSpec(transposed=True), Features()), (LearningSpec(), WRITES)],
)
def test_a_chip_without_such_reads_is_refused(learning, features):
    spec = SPEC.model_copy(update={"learning": learning})
    message = (
        "^chip 'chip' must have learning.transposed, and be built to write its cells, for a "
        "transposed read$"
    )
    with pytest.raises(HardwareError, match=message):
        TransposedDriver(Registers(spec, features))
