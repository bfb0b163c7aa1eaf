import re
from dataclasses import dataclass, replace

import pytest

from ohmloom_analog.errors import BridgeError
from ohmloom_hw.converters.chips import ADC_CHIPS, DAC_CHIPS
from ohmloom_sim.converters.adc_bank import AdcBank
from ohmloom_sim.converters.dac_bank import DacBank

MICROSECOND = 1_000_000


@dataclass(frozen=True)
class Wave:
    """Edges of a frame [ps]; what isn't said is slow enough for every part."""

    lead: int = 1_000_000
    high: int = 1_000_000
    low: int = 1_000_000
    setup: int = 500_000
    hold: int = 500_000
    trail: int = 1_000_000
    gap: int = 2_000_000
    idle: int = 1_000_000


def send(bank, chip, words, now, wave, bits=None):
    """Send a frame to DACs; return the time at which the next may start."""
    port = chip.port
    bits = chip.frame_bits if bits is None else bits
    bank.set_clock(port.idle, now)
    bank.set_select(1, now)
    now += wave.gap
    bank.set_select(0, now)
    first, second = (wave.high, wave.low) if port.first else (wave.low, wave.high)
    edges = []
    start = now + wave.lead - (first if port.first == port.idle else 0)
    for bit in range(bits):
        level = sum(
            (word >> max(chip.frame_bits - 1 - bit, 0) & 1) << n for n, word in enumerate(words)
        )
        taken = start + first
        edges.append((taken - wave.setup, bank.set_data, level))
        edges.append((taken + wave.hold, bank.set_data, level ^ ((1 << len(words)) - 1)))
        if port.first != port.idle or bit:
            edges.append((start, bank.set_clock, port.first))
        edges.append((taken, bank.set_clock, 1 - port.first))
        start = taken + second
    for time, action, level in sorted(edges, key=lambda edge: edge[0]):
        action(level, time)
    if port.first == port.idle:
        bank.set_clock(port.idle, start)
    now = taken + wave.trail
    bank.set_select(1, max(now, start))
    return max(now, start)


def dac(name, chips=1):
    chip = DAC_CHIPS[name]
    bank = DacBank(chip, chips, chip.reference)
    if chip.latch:
        bank.set_latch(1, 0)
    now = 20 * MICROSECOND
    bank.set_data(0, 0)
    for frame in chip.setup_frames:
        now = send(bank, chip, [frame] * chips, now, Wave())
    return chip, bank, now


def test_ad5628_takes_the_frames_of_its_data_sheet():
    chip, bank, now = dac("AD5628", chips=2)
    # Channel 2 to 0xABC, at once; only the first chip is told to.
    now = send(bank, chip, [0x032A_BC00, 0x0322_0000], now, Wave())
    assert bank.codes.tolist() == [0, 0, 0xABC, *[0] * 7, 0x200, *[0] * 5]
    # Input registers wait for a command that updates all.
    now = send(bank, chip, [0x0001_2300, 0x0001_2300], now, Wave())
    assert bank.codes[0] == 0
    now = send(bank, chip, [0x0274_5600, 0x0274_5600], now, Wave())
    assert bank.codes[:8].tolist() == [0x123, 0, 0xABC, 0, 0, 0, 0, 0x456]
    assert bank.voltages[2] == pytest.approx(0xABC / 4096 * 2.5)


def test_ad5628_gives_nothing_before_its_reference_is_on():
    chip = DAC_CHIPS["AD5628"]
    bank = DacBank(chip, 1, 2.5)
    bank.set_data(0, 0)
    send(bank, chip, [0x032A_BC00], 20 * MICROSECOND, Wave())
    assert not bank.codes.any()


def test_mcp4822_updates_at_the_latch_pulse():
    chip, bank, now = dac("MCP4822")
    now = send(bank, chip, [0x3ABC], now, Wave())
    now = send(bank, chip, [0xB123], now, Wave())
    assert bank.codes.tolist() == [0, 0]
    bank.set_latch(0, now + MICROSECOND)
    assert bank.codes.tolist() == [0xABC, 0x123]


def test_ad5541a_shows_its_word_when_select_rises():
    chip, bank, now = dac("AD5541A", chips=3)
    send(bank, chip, [0x8000, 0x0001, 0xFFFF], now, Wave())
    assert bank.codes.tolist() == [0x8000, 1, 0xFFFF]


DAC_FAULTS = [
    ("AD5628", {"high": 7_000}, "clock high must be at least 8 ns, not 7 ns"),
    ("AD5628", {"low": 7_000}, "clock low must be at least 8 ns, not 7 ns"),
    (
        "AD5628",
        {"high": 9_000, "low": 9_000, "setup": 5_000, "hold": 4_500},
        "clock must be at most 5e+07 Hz, not 5.55556e+07 Hz",
    ),
    ("AD5628", {"setup": 3_000}, "data setup must be at least 4 ns, not 3 ns"),
    ("AD5628", {"hold": 3_000}, "data hold must be at least 4 ns, not 3 ns"),
    ("AD5628", {"lead": -988_000}, "select to clock must be at least 13 ns, not 12 ns"),
    ("AD5628", {"gap": 14_000}, "select high must be at least 15 ns, not 14 ns"),
    ("AD5541A", {"high": 9_000}, "clock high must be at least 10 ns, not 9 ns"),
    (
        "AD5541A",
        {"low": 9_000, "setup": 10_000, "hold": 5_000, "lead": 500_000},
        "clock low must be at least 10 ns, not 9 ns",
    ),
    ("AD5541A", {"setup": 9_000}, "data setup must be at least 10 ns, not 9 ns"),
    ("AD5541A", {"hold": 4_000}, "data hold must be at least 5 ns, not 4 ns"),
    ("AD5541A", {"lead": 4_000}, "select to clock must be at least 5 ns, not 4 ns"),
    ("AD5541A", {"gap": 10_000}, "select high must be at least 15 ns, not 10 ns"),
    ("MCP4822", {"high": 14_000}, "clock high must be at least 15 ns, not 14 ns"),
    ("MCP4822", {"low": 14_000}, "clock low must be at least 15 ns, not 14 ns"),
    (
        "MCP4822",
        {"high": 20_000, "low": 20_000, "setup": 15_000, "hold": 10_000},
        "clock must be at most 2e+07 Hz, not 2.5e+07 Hz",
    ),
    ("MCP4822", {"setup": 14_000}, "data setup must be at least 15 ns, not 14 ns"),
    ("MCP4822", {"hold": 9_000}, "data hold must be at least 10 ns, not 9 ns"),
    ("MCP4822", {"lead": 39_000}, "select to clock must be at least 40 ns, not 39 ns"),
    ("MCP4822", {"gap": 39_000}, "clock idle before select must be at least 40 ns, not 39 ns"),
]


@pytest.mark.parametrize(("name", "changes", "message"), DAC_FAULTS)
def test_dac_refuses_a_frame_against_its_data_sheet(name, changes, message):
    chip, bank, now = dac(name)
    wave = replace(Wave(), **changes)
    with pytest.raises(BridgeError, match=f"^{name} at \\d+ ps: {re.escape(message)}$"):
        send(bank, chip, [0], send(bank, chip, [0], now, wave), wave)


@pytest.mark.parametrize("name", DAC_CHIPS)
@pytest.mark.parametrize("bits", [-1, 1])
def test_dac_refuses_a_frame_of_another_length(name, bits):
    chip, bank, now = dac(name)
    wrong = chip.frame_bits + bits
    message = f"^{name} at \\d+ ps: bits of a frame must be {chip.frame_bits}, not {wrong}$"
    with pytest.raises(BridgeError, match=message):
        send(bank, chip, [0], now, Wave(), bits=wrong)


def test_dac_refuses_what_comes_before_its_power_is_up():
    chip = DAC_CHIPS["AD5628"]
    bank = DacBank(chip, 1, 2.5)
    message = "first frame must be at least 10 us after power-up, not 3 us"
    with pytest.raises(BridgeError, match=re.escape(message)):
        send(bank, chip, [0], MICROSECOND, Wave())


@pytest.mark.parametrize(
    ("setup", "width", "message"),
    [
        (39_000, 100_000, "select to latch must be at least 40 ns, not 39 ns"),
        (40_000, 99_000, "latch pulse must be at least 100 ns, not 99 ns"),
    ],
)
def test_mcp4822_refuses_a_latch_pulse_against_its_data_sheet(setup, width, message):
    _, bank, now = dac("MCP4822")
    pulse = ((0, now + setup), (1, now + setup + width))
    with pytest.raises(BridgeError, match=re.escape(message)):
        all(bank.set_latch(level, time) is None for level, time in pulse)


def test_ad5628_refuses_commands_that_its_driver_never_sends():
    chip, bank, now = dac("AD5628")
    with pytest.raises(BridgeError, match=re.escape("command must be 0, 2, 3 or 8, not 7")):
        send(bank, chip, [0x0700_0000], now, Wave())


def adc(name, volts, changed=0):
    chip = ADC_CHIPS[name]
    seen = []
    bank = AdcBank(
        chip,
        len(volts),
        chip.reference,
        inputs=lambda channel, now: [v + 0.1 * channel for v in volts],
        changed=lambda: changed,
        sampled=lambda channel, now, codes: seen.append((channel, list(codes))),
    )
    return chip, bank, seen


def read(bank, chip, now, *, high, low, lead=10**6, gap=2 * 10**6, header=0, early=0, bits=None):
    """Read a frame as the part's data sheet draws it; return the codes and the time after it."""
    port = chip.port
    drives, sent = [(0, 0)], []
    bits = chip.frame_bits if bits is None else bits
    bank.set_clock(port.idle, now)
    bank.set_select(1, now)
    now += gap
    drives += bank.set_select(0, now)
    now += lead
    rest = chip.frame_bits - chip.header_bits
    captured = [0] * chip.frame_bits
    for bit in range(bits):
        if chip.header_bits:
            data = (header << rest) >> (chip.frame_bits - 1 - bit) & 1
            bank.set_command(data, now)
            now += low
        captured[bit] = [level for time, level in drives if time <= now - early][-1]
        drives += bank.set_clock(1 if chip.header_bits else 0, now)
        now += high if chip.header_bits else low
        drives += bank.set_clock(0 if chip.header_bits else 1, now)
        if not chip.header_bits:
            now += high
        sent.append(now)
    bank.set_select(1, now + 1000)
    codes = []
    for lane in range(bank._chips):
        bits_of = [word >> lane & 1 for word in captured[-12:]]
        codes.append(int("".join(map(str, bits_of)), 2))
    return codes, now + 1000


SLOW = {"AD7476A": {"high": 50_000, "low": 50_000}, "MCP3208": {"high": 500_000, "low": 500_000}}
HEADERS = {"AD7476A": 0, "MCP3208": 0b11000}


@pytest.mark.parametrize("name", ADC_CHIPS)
def test_adc_gives_the_code_of_its_input(name):
    volts = [0.0, 1.0, 3.29, 5.0]
    chip, bank, seen = adc(name, volts)
    _, now = read(bank, chip, 10 * MICROSECOND, header=HEADERS[name], **SLOW[name])
    codes, now = read(bank, chip, now, header=HEADERS[name], **SLOW[name])
    # 3.3 V in 4096 steps: cut off by the AD7476A, rounded by the MCP3208.
    assert codes == {"AD7476A": [0, 1241, 4083, 4095], "MCP3208": [0, 1241, 4084, 4095]}[name]
    assert seen == [(0, codes)]


def test_mcp3208_gives_the_channel_that_it_is_asked_for():
    chip, bank, seen = adc("MCP3208", [1.0])
    now = 10 * MICROSECOND
    for channel in range(8):
        codes, now = read(bank, chip, now, header=0b11000 | channel, **SLOW["MCP3208"])
        if channel:
            assert codes == [round((1.0 + 0.1 * channel) / 3.3 * 4096)]
    assert [channel for channel, _ in seen] == list(range(1, 8))


def test_bits_read_before_the_access_time_are_wrong():
    chip, bank, _ = adc("AD7476A", [1.0])
    _, now = read(bank, chip, 10 * MICROSECOND, **SLOW["AD7476A"])
    # A period of 100 ns less 61 ns is under the 40 ns that the part may take.
    late, now = read(bank, chip, now, early=61_000, **SLOW["AD7476A"])
    right, _ = read(bank, chip, now, early=59_000, **SLOW["AD7476A"])
    assert late != right == [1241]


ADC_FAULTS = [
    ("AD7476A", {"high": 20_000, "low": 20_000}, "clock must be at most 2e+07 Hz, not 2.5e+07 Hz"),
    (
        "AD7476A",
        {"high": 30_000, "low": 60_000},
        "each level of the clock must be at least 0.4 of a period, not 0.333",
    ),
    ("AD7476A", {"high": 19_000, "low": 40_000}, "clock high must be at least 20 ns, not 19 ns"),
    ("AD7476A", {"lead": 9_000}, "select to clock must be at least 10 ns, not 9 ns"),
    (
        "AD7476A",
        {"high": 30_000, "low": 30_000, "gap": 20_000},
        "quiet time must be at least 50 ns, not 45 ns",
    ),
    (
        "AD7476A",
        {"high": 30_000, "low": 30_000, "gap": 38_000},
        "acquisition time must be at least 250 ns, not 249 ns",
    ),
    ("AD7476A", {"high": 26e6, "low": 26e6}, "clock must be at least 20000 Hz, not 19230.8 Hz"),
    ("AD7476A", {"bits": 15}, "bits of a frame must be 16, not 15"),
    (
        "MCP3208",
        {"high": 249_000, "low": 900_000},
        "clock high must be at least 250 ns, not 249 ns",
    ),
    ("MCP3208", {"high": 900_000, "low": 249_000}, "clock low must be at least 250 ns, not 249 ns"),
    (
        "MCP3208",
        {"high": 450_000, "low": 500_000},
        "clock must be at most 1e+06 Hz, not 1.05263e+06 Hz",
    ),
    ("MCP3208", {"gap": 498_000}, "select high must be at least 500 ns, not 498 ns"),
    ("MCP3208", {"header": 0b10000}, "command must be one of 0b11000 to 0b11111, not 0b10000"),
    ("MCP3208", {"bits": 18}, "bits of a frame must be 19, not 18"),
]


@pytest.mark.parametrize(("name", "changes", "message"), ADC_FAULTS)
def test_adc_refuses_a_frame_against_its_data_sheet(name, changes, message):
    chip, bank, _ = adc(name, [1.0])
    frame = {"header": HEADERS[name], **SLOW[name], **changes}
    frame = {key: int(value) for key, value in frame.items()}
    with pytest.raises(BridgeError, match=f"^{name} at \\d+ ps: {re.escape(message)}$"):
        read(bank, chip, read(bank, chip, 10 * MICROSECOND, **frame)[1], **frame)


def test_adc_refuses_an_input_that_has_just_changed():
    chip, bank, _ = adc("AD7476A", [1.0], changed=12_000_000 - 249_000)
    message = "input before it is sampled must be still for at least 250 ns, not 249 ns"
    with pytest.raises(BridgeError, match=re.escape(message)):
        read(bank, chip, 10 * MICROSECOND, **SLOW["AD7476A"])


def test_adc_refuses_what_comes_before_its_power_is_up():
    chip, bank, _ = adc("AD7476A", [1.0])
    message = "first conversion must be at least 1 us after power-up, not 0.5 us"
    with pytest.raises(BridgeError, match=re.escape(message)):
        read(bank, chip, 0, gap=500_000, **SLOW["AD7476A"])
