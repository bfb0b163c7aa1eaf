import re
from itertools import pairwise

import pytest
from cobs import cobs
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_analog.codes import Requantiser
from ohmloom_analog.errors import HardwareError, LinkError, MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.driver import Counters, Driver

SPEC = ChipSpec.parse({"tile": [{"rows": 4, "columns": 3, "count": 2}], "name": "mine"})
SIGNED = ChipSpec.parse(
    {
        "tile": [{"rows": 4, "columns": 3, "count": 2}],
        "input": {"bits": 8, "slice_bits": 4, "signed": True},
    }
)
STEP = Step(
    tile=1,
    rows=4,
    columns=3,
    input_base=0,
    output_base=4,
    bias_base=0,
    first=True,
    finish=True,
    result=False,
    signed=False,
    relu=True,
    scale=Requantiser(multiplier=20000, shift=20),
)
TABLE = LayerTable(steps=(STEP, STEP), biases=(-5, 7, 0), inputs=4, outputs=3)


def crc(data):
    rest = 0xFFFF
    for byte in data:
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1) ^ (0x11021 if rest & 0x8000 else 0)
    return rest


class ModelChip:
    """A chip of plain numbers at the end of a line, written from the description of the link.

    It also is the line: replies can be lost, changed, or come late.
    """

    def __init__(self, spec):
        half = [int(spec.hash[8 * n :][:8], 16) for n in range(2)]
        self.words = {0x00: 0x4F484D4C, 0x04: 2, 0x40: half[0], 0x44: half[1]}
        self.words |= dict.fromkeys((0x48, 0x4C), 0)
        self.words[0x50] = 1 << 16
        self.words |= dict.fromkeys((0x14, 0x18, 0x1C, 0x28, 0x2C, 0x30, 0x34, 0x38, 0x3C), 0)
        self.read_only = {0x00, 0x04, 0x40, 0x44}
        for base, count in ((0x10000, 32), (0x20000, 16), (0x30000, 16), (0x50000, 16)):
            self.words |= {base + 4 * n: 0 for n in range(count)}
        self.words |= {0x60000 + 4 * n: 0 for n in range(8)}
        self.polls_to_run, self.error = 3, 0
        self.starts, self.clears, self.left = 0, 0, 0
        self.line, self.out = bytearray(), bytearray()
        self.frames, self.lose, self.spoil, self.stuck = [], 0, 0, {}
        self.timeouts = []

    async def write(self, data):
        self.line += data
        while b"\0" in self.line:
            frame, _, rest = bytes(self.line).partition(b"\0")
            self.line[:] = rest
            if frame:
                self.take(cobs.decode(frame))

    async def read(self, timeout):
        self.timeouts.append(timeout)
        if not self.out:
            message = "nothing came"
            raise LinkError(message)
        taken = bytes(self.out[:3])
        del self.out[:3]
        return taken

    def take(self, frame):
        assert crc(frame[:-2]) == frame[-2] | frame[-1] << 8
        self.frames.append(frame[:-2])
        reply = bytes([frame[0], *self.execute(frame[1:-2])])
        if self.lose:
            self.lose -= 1
            return
        check = crc(reply)
        if self.spoil:
            self.spoil -= 1
            check ^= 0x100
        self.out += cobs.encode(reply + bytes([check & 255, check >> 8])) + b"\0"

    def execute(self, request):
        command, address, count = request[0], int.from_bytes(request[1:4], "little"), request[4]
        assert 1 <= count <= 60
        found = b""
        for place in range(count):
            where = address + 4 * place
            payload = request[5 + 4 * place :][:4]
            refused = where not in self.words and where != 0x10
            if refused or (command == 2 and where in self.read_only):
                return bytes([1, 1]) + where.to_bytes(4, "little")
            if command == 2:
                self.poke(where, int.from_bytes(payload, "little"))
            else:
                found += self.peek(where).to_bytes(4, "little")
        return bytes([0, count if command == 1 else 0]) + found

    def poke(self, address, word):
        if address != 0x10:
            self.words[address] = word
            return
        if word & 1:
            self.starts += 1
            self.left = self.polls_to_run
        self.clears += word >> 1 & 1

    def peek(self, address):
        if address == 0x14:
            self.left = max(0, self.left - 1)
            if self.left:
                return 1
            return 4 if self.error else 2
        if address == 0x18:
            return self.error
        return self.stuck.get(address, self.words.get(address, 0))


def drive(chip, use, spec=SPEC, **options):
    """Run a coroutine without an event loop: the model never suspends it."""
    try:
        use(Driver(chip, spec, **options)).send(None)
    except StopIteration as end:
        return end.value
    message = "the driver must only await its transport"
    raise AssertionError(message)


def refusal(kind, message, chip, use, spec=SPEC):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        drive(chip, use, spec)


def test_chip_as_described_is_accepted():
    drive(ModelChip(SPEC), lambda driver: driver.connect())


def test_connecting_first_ends_a_frame_that_was_left_open():
    chip = ModelChip(SPEC)
    chip.line += b"\x01\x01"
    chip.take = lambda frame, take=chip.take: frame != b"\0" and take(frame)
    drive(chip, lambda driver: driver.connect())
    assert len(chip.frames) == 3


def test_other_device_is_refused():
    chip = ModelChip(SPEC)
    chip.words[0] = 0x12345678
    message = "ID of the chip must be 0x4f484d4c, not 0x12345678"
    refusal(HardwareError, message, chip, lambda driver: driver.connect())


def test_other_version_is_refused():
    chip = ModelChip(SPEC)
    chip.words[4] = 9
    message = "VERSION of the chip must be 0x00000002, not 0x00000009"
    refusal(HardwareError, message, chip, lambda driver: driver.connect())


def test_chip_of_another_description_is_refused():
    message = (
        f"hash of the chip must be {SPEC.hash[:16]}, that of the description 'mine', "
        f"not {SIGNED.hash[:16]}"
    )
    refusal(HardwareError, message, ModelChip(SIGNED), lambda driver: driver.connect())


def test_long_transfers_take_several_frames():
    chip = ModelChip(SPEC)
    chip.words |= {0x70000 + 4 * n: 0 for n in range(130)}

    async def use(driver):
        await driver.write(0x70000, range(130))
        return await driver.read(0x70000, 130)

    assert drive(chip, use) == list(range(130))
    assert [(frame[1], frame[5]) for frame in chip.frames] == [
        (2, 60),
        (2, 60),
        (2, 10),
        (1, 60),
        (1, 60),
        (1, 10),
    ]
    assert len({frame[0] for frame in chip.frames}) == 6


def test_sequence_numbers_go_around():
    chip = ModelChip(SPEC)

    async def use(driver):
        for _ in range(300):
            assert await driver.read(0, 1) == [0x4F484D4C]

    drive(chip, use)
    numbers = [frame[0] for frame in chip.frames]
    # Number 0 is for the first request alone, since it is carried out whatever came before.
    assert numbers[0] == 0
    assert all(b == a % 255 + 1 for a, b in pairwise(numbers))


def test_connecting_begins_with_number_0_again():
    chip = ModelChip(SPEC)

    async def use(driver):
        await driver.connect()
        await driver.read(0, 1)
        await driver.connect()

    drive(chip, use)
    assert [frame[0] for frame in chip.frames] == [0, 1, 2, 3, 0, 1, 2]


@pytest.mark.parametrize("fault", ["lose", "spoil"])
def test_lost_reply_to_a_read_is_asked_for_once_more(fault):
    chip = ModelChip(SPEC)
    setattr(chip, fault, 1)
    assert drive(chip, lambda driver: driver.read(4, 1)) == [2]
    assert len(chip.frames) == 2
    assert chip.frames[0] == chip.frames[1]


def test_read_that_is_never_answered_is_an_error():
    chip = ModelChip(SPEC)
    chip.lose = 9
    message = "read of 1 word at VERSION (0x000004) must be answered, not lost: nothing came"
    refusal(LinkError, message, chip, lambda driver: driver.read(4, 1))
    assert len(chip.frames) == 3


@pytest.mark.parametrize("fault", ["lose", "spoil"])
def test_write_whose_reply_is_lost_is_sent_again_as_the_same_frame(fault):
    chip = ModelChip(SPEC)

    async def use(driver):
        await driver.connect()
        setattr(chip, fault, 2)
        await driver.write(0x10004, [1, 2])
        assert await driver.read(0x10004, 2) == [1, 2]

    drive(chip, use)
    assert chip.frames[3] == chip.frames[4] == chip.frames[5]
    assert [frame[0] for frame in chip.frames] == [0, 1, 2, 3, 3, 3, 4]


def test_lost_reply_to_the_first_write_of_all_is_an_error_that_names_it():
    chip = ModelChip(SPEC)
    chip.lose = 1
    message = "write of 2 words at INPUT[1] (0x010004) must be answered, not lost: nothing came"
    refusal(LinkError, message, chip, lambda driver: driver.write(0x10004, [1, 2]))
    assert len(chip.frames) == 1


def test_late_reply_is_not_taken_for_that_of_the_next_request():
    chip = ModelChip(SPEC)

    async def use(driver):
        chip.out += cobs.encode(
            b"\xc8\x00\x01abcd" + crc(b"\xc8\x00\x01abcd").to_bytes(2, "little")
        )
        chip.out += b"\0"
        return await driver.read(4, 1)

    assert drive(chip, use) == [2]


def test_replies_that_never_match_are_an_error():
    chip = ModelChip(SPEC)
    chip.execute = lambda request: b""
    wrong = b"\xc8\x00\x00" + crc(b"\xc8\x00\x00").to_bytes(2, "little")
    chip.take = lambda frame: chip.out.extend((cobs.encode(wrong) + b"\0") * 40)
    message = "write of 1 word at SCRATCH (0x00003c) must be answered by number 0, not 200"
    refusal(LinkError, message, chip, lambda driver: driver.write(0x3C, [1]))


def test_refused_address_is_an_error_that_names_it():
    refusal(
        LinkError,
        "write of 1 word at ID (0x000000) must be allowed, not refused at ID (0x000000)",
        ModelChip(SPEC),
        lambda driver: driver.write(0, [1]),
    )
    chip = ModelChip(SPEC)
    del chip.words[0x48]
    refusal(
        LinkError,
        "read of 3 words at HASH1 (0x000044) must be allowed, not refused at CRC_ERRORS (0x000048)",
        chip,
        lambda driver: driver.read(0x44, 3),
    )


def test_refused_request_is_an_error():
    chip = ModelChip(SPEC)
    chip.execute = lambda request: bytes([2, 0])
    message = "read of 1 word at ID (0x000000) must end with status 0, not 2"
    refusal(LinkError, message, chip, lambda driver: driver.read(0, 1))


def test_reply_with_too_few_words_is_an_error():
    chip = ModelChip(SPEC)
    chip.execute = lambda request: bytes([0, 1, 1, 2, 3, 4])
    message = "read of 2 words at ID (0x000000) must be answered with 2 words, not 1"
    refusal(LinkError, message, chip, lambda driver: driver.read(0, 2))


def test_replies_are_waited_for_as_long_as_was_asked():
    chip = ModelChip(SPEC)

    drive(chip, lambda driver: driver.read(0, 1), reply_timeout=0.25)
    assert set(chip.timeouts) == {0.25}


def test_tables_are_loaded_as_words():
    chip = ModelChip(SPEC)
    drive(chip, lambda driver: driver.load(TABLE))
    step = [0x00031301, 0x00000004, 0x00000004, 20 << 16 | 20000]
    assert [chip.words[0x50000 + 4 * n] for n in range(8)] == step * 2
    assert [chip.words[0x60000 + 4 * n] for n in range(3)] == [0xFFFFFFFB, 7, 0]
    assert chip.words[0x1C] == 2


def test_table_that_reads_back_changed_is_an_error():
    chip = ModelChip(SPEC)
    chip.stuck[0x60004] = 8
    message = "BIAS[1] must read back as 0x00000007, not 0x00000008"
    refusal(HardwareError, message, chip, lambda driver: driver.load(TABLE))


def test_table_larger_than_the_chip_is_refused():
    steps = LayerTable(steps=(STEP,) * 5, biases=(), inputs=4, outputs=3)
    refusal(
        MappingError,
        "steps must be at most 4, not 5",
        ModelChip(SPEC),
        lambda driver: driver.load(steps),
    )
    biases = LayerTable(steps=(STEP,), biases=(0,) * 9, inputs=4, outputs=3)
    refusal(
        MappingError,
        "biases must be at most 8, not 9",
        ModelChip(SPEC),
        lambda driver: driver.load(biases),
    )


def test_bias_wider_than_a_total_is_refused():
    top = 1 << (SPEC.total_bits - 1)
    table = LayerTable(steps=(STEP,), biases=(top,), inputs=4, outputs=3)
    refusal(
        ValueError,
        f"bias must be in [{-top}, {top - 1}], not {top}",
        ModelChip(SPEC),
        lambda driver: driver.load(table),
    )


def test_calibration_is_loaded_as_words():
    chip = ModelChip(SPEC)
    offsets, gains = [[0, 1, -2], [3, 4, 5]], [[1.0, 0.75, 2.0], [1.0, 1.0, 1.0]]
    drive(chip, lambda driver: driver.load_calibration(offsets, gains))
    assert [chip.words[0x30000 + 4 * n] for n in range(8)] == [
        *(0, 0x4000),
        *(1, 0x3000),
        *(0xFFFFFFFE, 0x8000),
        *(3, 0x4000),
    ]


@settings(deadline=None)
@given(
    signed=st.booleans(),
    base=st.integers(0, 8),
    values=st.lists(st.integers(0, 255), max_size=8),
    before=st.lists(st.integers(0, 255), min_size=16, max_size=16),
)
def test_inputs_are_written_where_they_belong_and_those_beside_are_kept(
    signed, base, values, before
):
    spec = SIGNED if signed else SPEC
    chip = ModelChip(spec)
    if signed:
        values = [value - 2 * value * (value % 2) for value in values]

    async def use(driver):
        await driver.write_inputs(0, before)
        await driver.write_inputs(base, values)
        after = await driver.read_inputs(0, 16)
        return after, await driver.read_inputs(base, len(values))

    after, part = drive(chip, use, spec)
    assert part == values
    assert after == [*before[:base], *values, *before[base + len(values) :]]


def test_inputs_are_packed_from_the_low_bits():
    chip = ModelChip(SPEC)
    drive(chip, lambda driver: driver.write_inputs(0, [1, 2, 3, 4, 255]))
    assert (chip.words[0x10000], chip.words[0x10004]) == (0x04030201, 0xFF)


def test_inputs_out_of_range_are_refused_and_nothing_is_sent():
    chip = ModelChip(SPEC)
    refusal(
        ValueError,
        "input must be in [0, 255], not 256",
        chip,
        lambda driver: driver.write_inputs(0, [1, 256]),
    )
    refusal(
        ValueError,
        "input must be in [-255, 255], not -256",
        chip,
        lambda driver: driver.write_inputs(0, [-256]),
        SIGNED,
    )
    refusal(
        ValueError,
        "inputs must lie in entries 0 to 15, not 14 to 16",
        chip,
        lambda driver: driver.write_inputs(14, [1, 2, 3]),
    )
    refusal(
        ValueError,
        "inputs must lie in entries 0 to 15, not -1 to 0",
        chip,
        lambda driver: driver.read_inputs(-1, 2),
    )
    refusal(
        ValueError,
        "results must lie in entries 0 to 7, not 6 to 8",
        chip,
        lambda driver: driver.results(6, 3),
    )
    assert chip.frames == []


def test_results_have_their_sign():
    chip = ModelChip(SPEC)
    chip.words |= {0x20004: 0xFFFFFFFE, 0x20008: 0x7FFFFFFF, 0x2000C: 0x80000000}
    assert drive(chip, lambda driver: driver.results(1, 3)) == [-2, 2**31 - 1, -(2**31)]


def test_run_starts_once_and_waits_for_the_end():
    chip = ModelChip(SPEC)
    drive(chip, lambda driver: driver.run())
    assert chip.starts == 1
    assert [frame[1] for frame in chip.frames] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (0x0301, "ARRAY_TIMEOUT in step 3"),
        (0x0102, "ARRAY_PROTOCOL in step 1"),
        (0x0003, "NO_SUCH_TILE in step 0"),
        (0x0004, "EMPTY_TABLE in step 0"),
        (0x0299, "code 153 in step 2"),
    ],
)
def test_run_that_ends_with_an_error_says_which(error, text):
    chip = ModelChip(SPEC)
    chip.error = error
    message = f"run must end without error, not with {text}"
    refusal(HardwareError, message, chip, lambda driver: driver.run())


def test_run_that_does_not_end_is_an_error():
    chip = ModelChip(SPEC)
    chip.polls_to_run = 100
    message = "run must end within 5 polls of STATUS, not later"
    refusal(HardwareError, message, chip, lambda driver: driver.run(timeout_polls=5))


def test_counters_and_argmax_are_read_from_their_registers():
    chip = ModelChip(SPEC)
    chip.words |= {0x28: 7, 0x2C: 11, 0x30: 22, 0x34: 33, 0x38: 44}
    assert drive(chip, lambda driver: driver.argmax()) == 7
    assert drive(chip, lambda driver: driver.counters()) == Counters(
        clipped=11, conversions=22, cycles=33, adc_busy=44
    )


def test_clearing_counters_starts_nothing():
    chip = ModelChip(SPEC)
    drive(chip, lambda driver: driver.clear_counters())
    assert (chip.clears, chip.starts) == (1, 0)


def twin_chip():
    chip = ModelChip(SPEC)
    chip.words[0x50] = 1 << 8 | 2 << 16
    chip.words |= {0x80000 + 4 * n: 0 for n in range(128)}
    return chip


def test_twin_gets_its_cells_and_another_array_does_not():
    levels = [[[0] * 6 for _ in range(4)] for _ in range(2)]
    levels[1][2][5], levels[0][3][0] = 9, 4

    async def load(driver):
        await driver.connect()
        await driver.load(TABLE, levels)

    chip = twin_chip()
    drive(chip, load)
    cells = {a - 0x80000: w for a, w in chip.words.items() if 0x80000 <= a < 0x90000 and w}
    # One converter serves all six lines: words go by tile, then select (8), then row (4).
    assert cells == {4 * (32 + 4 * 5 + 2): 9, 4 * 3: 4}
    drive(ModelChip(SPEC), load)


def test_features_that_are_not_known_are_refused():
    chip = ModelChip(SPEC)
    chip.words[0x50] = 9 << 8 | 1 << 16
    message = (
        "FEATURES of the chip must be known: behind must be one of pins, twin, converters, not 9"
    )
    refusal(HardwareError, message, chip, lambda driver: driver.connect())


def test_a_guard_is_counted_in_clock_cycles_of_the_chip():
    chip = ModelChip(SPEC)
    chip.words[0x5C] = 0
    drive(chip, lambda driver: driver.guard(0.25))
    assert chip.words[0x5C] == SPEC.clock / 4
    drive(chip, lambda driver: driver.guard(1e9))
    assert chip.words[0x5C] == 0xFFFFFFFF


def test_tables_that_are_loaded_are_recognised():
    chip = ModelChip(SPEC)
    assert not drive(chip, lambda driver: driver.holds(TABLE))
    drive(chip, lambda driver: driver.load(TABLE))
    assert drive(chip, lambda driver: driver.holds(TABLE))
    chip.words[0x60000] ^= 1
    assert not drive(chip, lambda driver: driver.holds(TABLE))
