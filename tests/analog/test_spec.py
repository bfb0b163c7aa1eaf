import math
import re
import tomllib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.errors import OhmloomError, SpecError
from ohmloom_analog.spec import ChipSpec, load_spec, preset_names, write_spec

MINIMUM = {"tile": [{"rows": 8, "columns": 4}]}


def _chip(tile=None, **data):
    return ChipSpec.parse({"tile": [{"rows": 8, "columns": 4, **(tile or {})}], **data})


def _refused(message, data, source="chip"):
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        ChipSpec.parse(data, source=source)


def test_smallest_description_is_rows_and_columns():
    chip = ChipSpec.parse(MINIMUM)
    assert (chip.rows, chip.columns, chip.tiles) == (8, 4, 1)
    assert chip.encoding == "diff_pair"


def test_spec_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        ChipSpec.parse(MINIMUM).name = "other"


def test_refusal_is_a_value_error_of_ohmloom():
    assert issubclass(SpecError, ValueError)
    assert issubclass(SpecError, OhmloomError)


@pytest.mark.parametrize(
    ("tile", "parts", "message"),
    [
        (
            {"cell": {"g_min": 5e-5, "g_max": 4e-5}},
            {},
            "chip: tile[0].cell.g_min must be below g_max = 4e-05 S, not 5e-05 S",
        ),
        (
            {"cell": {"g_min": 4e-5, "g_max": 4e-5}},
            {},
            "chip: tile[0].cell.g_min must be below g_max = 4e-05 S, not 4e-05 S",
        ),
        ({"cell": {"levels": 12}}, {}, "chip: tile[0].cell.levels must be a power of two, not 12"),
        (
            {"rows": 0},
            {},
            "chip: tile[0].rows must be greater than or equal to 1, not 0",
        ),
        (
            {"wires": {"r_word": -1.0}},
            {},
            "chip: tile[0].wires.r_word must be greater than or equal to 0, not -1.0",
        ),
        (
            {"wires": {"r_bit": math.nan}},
            {},
            "chip: tile[0].wires.r_bit must be a finite number, not nan",
        ),
        (
            {"wires": {"r_sense": math.inf}},
            {},
            "chip: tile[0].wires.r_sense must be a finite number, not inf",
        ),
        ({}, {"input": {"bits": 0}}, None),
        (
            {},
            {"input": {"slice_bits": 1}, "ecc": {"reissue": True}},
            "chip: input.slice_bits must be at least 2 for ecc.reissue, not 1, which has no halves",
        ),
        (
            {},
            {"input": {"bits": 4, "slice_bits": 5}},
            "chip: input.slice_bits must be at most bits = 4, not 5",
        ),
        (
            {},
            {"adc": {"bits": 0}},
            "chip: adc.bits must be greater than or equal to 1, not 0",
        ),
        (
            {},
            {"encoding": "sign"},
            "chip: encoding must be 'diff_pair' or 'offset_column', not 'sign'",
        ),
        (
            {},
            {"clock": 9e6, "baud": 2_000_000},
            "chip: clock must be within 2 % of a whole multiple of baud, not 4.500 times 2000000",
        ),
        (
            {},
            {"baud": 4_000_000},
            "chip: baud must be at most a quarter of the clock (3e+06), not 4000000",
        ),
        (
            {"rows": 256},
            {"weight_bits": 16, "input": {"bits": 12}},
            None,
        ),
        ({"count": 65}, {}, "chip: tile[0].count must be less than or equal to 64, not 65"),
    ],
)
def test_what_cannot_be_built_is_refused(tile, parts, message):
    data = {"tile": [{"rows": 8, "columns": 4, **tile}], **parts}
    if message is None:
        with pytest.raises(SpecError, match=r"^chip: .* must .*, not \d+"):
            ChipSpec.parse(data)
    else:
        _refused(message, data)


@pytest.mark.parametrize(
    ("data", "place", "nearest"),
    [
        ({"tile": [{"rows": 8, "columns": 4}], "adcs": {}}, "adcs", "adc"),
        ({"tile": [{"rows": 8, "colums": 4, "columns": 4}]}, "tile[0].colums", "columns"),
        (
            {"tile": [{"rows": 8, "columns": 4, "wires": {"rword": 1}}]},
            "tile[0].wires.rword",
            "r_word",
        ),
        ({"tile": [{"rows": 8, "columns": 4}], "adc": {"bit": 8}}, "adc.bit", "bits"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_known(data, place, nearest):
    _refused(
        f"file.toml: key '{place}' is unknown; the nearest known key is '{nearest}'",
        data,
        "file.toml",
    )


def test_missing_key_is_named():
    _refused("chip: key 'tile[0].columns' must be given", {"tile": [{"rows": 8}]})
    _refused("chip: key 'tile' must be given", {})


def test_every_fault_has_a_sentence():
    data = {"tile": [{"rows": 0, "columns": 4}], "adc": {"bits": 0}}
    _refused(
        "chip: tile[0].rows must be greater than or equal to 1, not 0\n"
        "chip: adc.bits must be greater than or equal to 1, not 0",
        data,
    )


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"rows": 9, "columns": 4}, "chip: rows must be equal in all tiles (8), not 9"),
        ({"rows": 8, "columns": 5}, "chip: columns must be equal in all tiles (4), not 5"),
        (
            {"rows": 8, "columns": 4, "cell": {"levels": 4}},
            "chip: cell.levels must be equal in all tiles (16), not 4",
        ),
    ],
)
def test_tiles_must_match(second, message):
    _refused(message, {"tile": [{"rows": 8, "columns": 4}, second]})


def test_tiles_are_counted_group_by_group():
    chip = ChipSpec.parse(
        {
            "tile": [
                {"rows": 8, "columns": 4, "count": 2},
                {"rows": 8, "columns": 4, "wires": {"r_word": 3.0}},
            ]
        }
    )
    assert [tile.wires.r_word for tile in chip.tile_specs] == [0.0, 0.0, 3.0]
    assert chip.tiles == 3


@given(
    rows=st.integers(1, 256),
    slice_bits=st.integers(1, 8),
    cell_bits=st.integers(1, 8),
    bits=st.integers(1, 12),
    share=st.floats(0.01, 1.0),
)
def test_adc_step_is_the_least_power_of_two_that_spans_the_range(
    rows, slice_bits, cell_bits, bits, share
):
    try:
        chip = ChipSpec.parse(
            {
                "tile": [{"rows": rows, "columns": 1, "cell": {"levels": 2**cell_bits}}],
                "input": {"bits": slice_bits, "slice_bits": slice_bits},
                "weight_bits": 2,
                "adc": {"bits": bits, "range": share},
            }
        )
    except SpecError:
        return
    wanted = Fraction(share) * rows * (2**slice_bits - 1) * (2**cell_bits - 1)
    step = 2**chip.adc_shift
    # One part in 10^12 counts as reached.
    assert step * (2**bits - 1) * (1 + Fraction(1, 10**11)) >= wanted
    assert step == 1 or Fraction(step, 2) * (2**bits - 1) < wanted


@pytest.mark.guarantee("G1", "no-overflow")
@given(
    rows=st.integers(1, 64),
    cell_bits=st.integers(1, 4),
    parts=st.fixed_dictionaries(
        {
            "encoding": st.sampled_from(["diff_pair", "offset_column"]),
            "weight_bits": st.integers(2, 8),
            "input": st.sampled_from([(1, 1), (4, 2), (7, 3), (8, 1), (8, 4), (8, 8)]).map(
                lambda bits: {"bits": bits[0], "slice_bits": bits[1]}
            ),
            "adc": st.fixed_dictionaries({"bits": st.integers(1, 10)}),
        }
    ),
)
def test_accumulator_holds_the_worst_sums(rows, cell_bits, parts):
    tile = {"rows": rows, "columns": 2, "cell": {"levels": 2**cell_bits}}
    try:
        chip = ChipSpec.parse({"tile": [tile], **parts})
    except SpecError:
        return
    # All codes of positive lines at their highest and of negative ones at zero, in every pass.
    top = 2**chip.adc.bits - 1
    most = sum(
        top * 2 ** (chip.adc_shift + cell_bits * piece + chip.input.slice_bits * part)
        for piece in range(chip.weight_slices)
        for part in range(chip.input.slices)
    )
    offset = 2 ** (chip.weight_bits - 1) * rows * (2**chip.input.bits - 1)
    if chip.encoding == "diff_pair":
        least, greatest = -most, most
    else:
        least, greatest = -offset, most
    assert -(2 ** (chip.accumulator_bits - 1)) <= least
    assert greatest < 2 ** (chip.accumulator_bits - 1)


def test_currents_follow_from_voltage_and_conductance_steps():
    chip = _chip(
        {"cell": {"g_min": 1e-6, "g_max": 31e-6, "levels": 16}},
        dac={"v_read": 0.3},
        input={"bits": 8, "slice_bits": 4},
        adc={"bits": 8},
    )
    # 20 mV across 2 uS; 8 * 15 * 15 = 1800 units over 255 steps are 8 units a step.
    assert chip.unit_current() == pytest.approx(40e-9, rel=1e-12)
    assert chip.adc_shift == 3
    assert chip.full_scale_current() == pytest.approx(40e-9 * 8 * 255, rel=1e-12)


@pytest.mark.parametrize(
    ("clock", "time", "cycles"), [(12e6, 1e-6, 12), (10e6, 1.01e-6, 11), (12e6, 1e-9, 1)]
)
def test_times_are_rounded_up_to_cycles(clock, time, cycles):
    chip = _chip(clock=clock, baud=115200, adc={"conversion_time": time}, dac={"settle_time": time})
    assert (chip.conversion_cycles, chip.settle_cycles) == (cycles, cycles)


@pytest.mark.parametrize("name", preset_names())
def test_presets_load(name):
    assert load_spec(name).rows >= 1


def test_written_spec_is_read_back_equal(tmp_path):
    chip = load_spec("default")
    path = tmp_path / "chip.toml"
    write_spec(chip, path)
    assert load_spec(path) == chip
    assert load_spec(path).hash == chip.hash
    assert chip.hash in path.read_text(encoding="utf-8").splitlines()[0]
    assert [file.name for file in tmp_path.iterdir()] == ["chip.toml"]


def test_hash_follows_every_value_and_not_the_spelling():
    assert _chip().hash == _chip().hash
    assert _chip({"wires": {"r_word": 1}}).hash == _chip({"wires": {"r_word": 1.0}}).hash
    hashes = {
        _chip(**parts).hash
        for parts in (
            {},
            {"name": "other"},
            {"weight_bits": 4},
            {"adc": {"noise": 0.1}},
            {"tile": {"wires": {"r_word": 1e-9}}},
            {"tile": {"cell": {"spread": 0.01}}},
        )
    }
    assert len(hashes) == 6
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in hashes)


def test_unknown_preset_is_refused_with_the_known():
    message = f"chip must be a TOML file or one of the presets {', '.join(preset_names())}"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}, not 'nowhere'$"):
        load_spec("nowhere")


def test_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "chip.toml"
    path.write_text("rows = = 3", encoding="utf-8")
    with pytest.raises(SpecError, match=f"^{re.escape(str(path))} must be a TOML file: "):
        load_spec(path)


def test_presets_are_plain_toml(tmp_path):
    write_spec(load_spec("default"), tmp_path / "x")
    data = tomllib.loads((tmp_path / "x").read_text(encoding="utf-8"))
    assert data["tile"][0]["rows"] == load_spec("default").rows
