import pytest
from model_chip import ModelChip

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.profile import load_profile
from ohmloom_hw.features import Features
from ohmloom_hw.registers import register_table
from ohmloom_sim.host.march import windows_kept
from ohmloom_sim.host.selftest import run_checks
from ohmloom_sim.host.session import open_session, settle

SPEC = ChipSpec.parse(
    {"tile": [{"rows": 6, "columns": 5, "count": 3, "cell": {"levels": 8}}], "name": "mine"}
)
FEATURES = Features(behind="twin", lanes=2, analyser_depth=16)
TABLE = register_table(SPEC, FEATURES)
PMOD = Features(behind="converters", converters=load_profile("pmod"))
PMOD_TABLE = register_table(SPEC, PMOD)


def model(table=TABLE):
    """Return a chip with registers and windows that keep what is written, and that never runs."""
    constants = {r.offset: r.reset for r in table.registers if r.access == "constant"}
    constants |= {r.offset: 0 for r in table.registers if r.access in ("ro", "clear")}
    # It is always at rest, its last run well ended.
    constants[table.register("STATUS").offset] = 2
    free = {
        r.offset: sum(field.insert((1 << field.width) - 1) for field in r.fields)
        for r in table.registers
        if r.access == "rw"
    }
    free |= {r.offset: 0 for r in table.registers if r.access == "strobe"}
    for window in table.windows:
        places = [window.base + 4 * n for n in range(window.words)]
        if window.access == "ro":
            constants |= dict.fromkeys(places, 0)
        else:
            free |= dict.fromkeys(places, 0xFFFFFFFF)
    chip = ModelChip(constants, free)
    signs = {"BIAS": (1, SPEC.total_bits), "CALIBRATION": (2, SPEC.accumulator_bits)}
    if table is PMOD_TABLE:
        signs["OFFSET"] = (1, 10)
        # The window has room for four tiles, and nothing is behind that of the fourth.
        window = table.window("OFFSET")
        for place in range(window.words):
            if place // (window.words // 8) % 4 == 3:
                del chip.words[window.base + 4 * place]
    else:
        for place in range(table.window("CONDUCTANCE").words):
            chip.kept[table.window("CONDUCTANCE").base + 4 * place] = 0x3F
    for place in range(1, table.window("CALIBRATION").words, 2):
        chip.kept[table.window("CALIBRATION").base + 4 * place] = 0xFFFF
    for name, (step, bits) in signs.items():
        window = table.window(name)
        for place in range(0, window.words, step):
            chip.broken[window.base + 4 * place] = lambda held, bits=bits: sign_extended(held, bits)
    return chip


def sign_extended(word, bits):
    word %= 1 << bits
    return word | (0xFFFFFFFF << bits & 0xFFFFFFFF) if word >> bits - 1 else word


def outcomes(chip, converters=None):
    with open_session("model", SPEC, transport=chip, converters=converters) as session:
        checks = settle(run_checks(session, None, tolerance=0.1))
    return {check.name: check for check in checks}


def address(name, place=0):
    windows = {window.name: window.base for window in TABLE.windows}
    return windows[name] + 4 * place if name in windows else TABLE.register(name).offset


# A model that never runs can't pass these.
COMPUTED = {"timing register", "error of a run", "golden MVMs"}


def test_all_that_needs_no_run_passes_on_a_sound_chip():
    found = outcomes(model())
    assert {name for name, check in found.items() if check.outcome == "failed"} == COMPUTED
    assert found["DAC to ADC loopback"].outcome == "not there"
    assert {f"{name} march" for name in windows_of_the_chip()} <= set(found)


def windows_of_the_chip():
    return {window.name for window in TABLE.windows if window.access == "rw"}


def test_every_window_that_can_be_written_is_marched_over():
    with open_session("model", SPEC, transport=model()) as session:
        assert set(windows_kept(SPEC, session.driver)) == windows_of_the_chip()


def test_what_was_in_the_buffers_is_put_back():
    chip = model()
    for number, where in enumerate(sorted(chip.words)):
        if where >= 0x10000 or where == address("SCRATCH"):
            chip.words[where] = (number * 0x1234567) & chip.kept[where]
    before = dict(chip.words)
    outcomes(chip)
    for name, span in windows().items():
        for place in range(span.words):
            where = address(name, place)
            assert chip.broken.get(where, int)(chip.words[where]) == chip.broken.get(where, int)(
                before[where]
            )
    assert chip.words[address("STEPS")] == before[address("STEPS")]


def windows():
    with open_session("model", SPEC, transport=model()) as session:
        return windows_kept(SPEC, session.driver)


@pytest.mark.parametrize(
    ("name", "place", "spoil"),
    [
        ("INPUT", 3, lambda word: word | 0x100),
        ("INPUT", 0, lambda word: word & ~0x80000000),
        ("STEP", 7, lambda word: word ^ 1),
        ("CALIBRATION", 1, lambda word: word & ~0x8000),
        ("BIAS", 2, lambda word: word | 1),
        ("CONDUCTANCE", 20, lambda word: word & ~0x20),
    ],
)
def test_a_stuck_bit_is_found_in_its_window(name, place, spoil):
    chip = model()
    chip.broken[address(name, place)] = spoil
    found = outcomes(chip)
    failed = {name for name, check in found.items() if check.outcome == "failed"} - COMPUTED
    assert failed == {f"{name} march"}
    assert found[f"{name} march"].detail.startswith(f"{name}[{place}] reads 0x")


@pytest.mark.parametrize("name", ["INPUT", "STEP", "BIAS", "CONDUCTANCE"])
def test_addresses_that_fall_together_are_found(name):
    chip = model()
    words = windows()[name].words
    for place in range(words):
        chip.moved[address(name, place)] = address(name, place & ~4)
        chip.broken[address(name, place)] = lambda _, place=place: chip.words[
            address(name, place & ~4)
        ]
    assert outcomes(chip)[f"{name} march"].outcome == "failed"


@pytest.mark.parametrize("pair", [(0, 1), (3, 17), (30, 31)])
def test_shorted_bits_of_the_scratch_register_are_found(pair):
    chip = model()
    low, high = pair

    def wired_or(word):
        both = (word >> low | word >> high) & 1
        return word | both << low | both << high

    chip.broken[address("SCRATCH")] = wired_or
    assert outcomes(chip)["scratch march"].outcome == "failed"


def test_a_frame_with_a_wrong_checksum_that_is_taken_is_found():
    chip = model()
    chip.check = False
    assert outcomes(chip)["bad frame ignored"].outcome == "failed"


def test_link_counters_that_stand_still_are_found():
    chip = model()
    chip.count_errors = False
    found = outcomes(chip)
    assert found["bad frame ignored"].detail == (
        "CRC_ERRORS must rise from 0 to 1 by a frame with a wrong checksum, not 0"
    )
    assert found["repeated frame done once"].outcome == "failed"


def test_an_address_that_should_be_refused_is_found():
    chip = model()
    chip.words[0xFFFC] = 0
    chip.kept[0xFFFC] = 0
    assert outcomes(chip)["unmapped and read-only addresses"].detail == (
        "read of nothing must be refused, not done"
    )


def test_a_wrong_constant_is_found():
    chip = model()
    chip.constants[address("CAP0")] ^= 1
    reset = TABLE.register("CAP0").reset
    assert outcomes(chip)["constant registers"].detail == (
        f"CAP0 must read {reset:#010x}, not {reset ^ 1:#010x}"
    )


def test_offsets_of_converters_are_marched_over_with_the_word_lines_at_code_0_and_put_back():
    chip = model(PMOD_TABLE)
    limit = PMOD_TABLE.register("LIMIT_READ").offset
    base = PMOD_TABLE.window("OFFSET").base
    chip.words[limit] = 4032
    offsets = {where: where % 1021 for where in chip.words if base <= where}
    # Three tiles of 32 places in each half.
    assert len(offsets) == 2 * 3 * 32
    chip.words |= offsets
    found = outcomes(chip, PMOD.converters)
    assert {name: found[f"OFFSET of {name} march"].outcome for name in ("DACs", "ADCs")} == (
        {"DACs": "passed", "ADCs": "passed"}
    )
    held = {where: sign_extended(word, 10) for where, word in offsets.items()}
    assert {where: sign_extended(chip.words[where], 10) for where in offsets} == held
    assert chip.words[limit] == 4032
    written = [n for n, (where, _) in enumerate(chip.writes) if where in offsets]
    limits = [(n, word) for n, (where, word) in enumerate(chip.writes) if where == limit]
    assert [word for _, word in limits] == [0, 4032, 0, 4032]
    (down, _), (up, _), (down_again, _), (up_again, _) = limits
    marched = [n for n in written if down < n < up or down_again < n < up_again]
    # Written by the tests of products, offsets are put back as they were found.
    assert all(
        sign_extended(chip.writes[n][1], 10) == held[chip.writes[n][0]]
        for n in set(written) - set(marched)
    )


@pytest.mark.parametrize(
    ("half", "tile", "name", "place"),
    [(0, 0, "DACs", 5), (0, 2, "DACs", 69), (1, 1, "ADCs", 165), (1, 2, "ADCs", 223)],
)
def test_a_stuck_offset_is_found_in_its_half(half, tile, name, place):
    chip = model(PMOD_TABLE)
    assert place // 32 == 4 * half + tile
    where = PMOD_TABLE.window("OFFSET").base + 4 * place
    chip.broken[where] = lambda held: sign_extended(held & ~0x100, 10)
    found = outcomes(chip, PMOD.converters)
    failed = {name for name, check in found.items() if check.outcome == "failed"} - COMPUTED
    assert failed == {f"OFFSET of {name} march"}
    assert found[f"OFFSET of {name} march"].detail.startswith(f"OFFSET[{place}] reads 0x")


def test_converters_that_are_not_named_are_passed_over():
    found = outcomes(model(PMOD_TABLE))
    assert not {name for name in found if name.startswith("OFFSET")}
