import json

import pytest
from typer.testing import CliRunner

from ohmloom_analog.spec import ChipSpec, EccSpec, load_spec
from ohmloom_hw.an_pass import AnPass
from ohmloom_sim.cli import app
from ohmloom_sim.defence import defence_layers, single_layers, thresholds


def test_a_chip_without_defence_has_no_layers():
    assert defence_layers(load_spec("default")) == ()
    assert thresholds(load_spec("default")) == ()
    assert list(single_layers(load_spec("default"))) == ["none"]


def test_every_key_of_the_description_is_explained():
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    for name, value in (
        ("secded", True),
        ("average", 4),
        ("vote", 3),
        ("reissue", True),
        ("row_scale", True),
        ("drift_factor", True),
        ("checksums", True),
    ):
        spec = ChipSpec.parse(plain | {"ecc": {name: value}})
        layers = defence_layers(spec)
        assert len(layers) == 1
        assert layers[0].name.startswith(name)
        assert layers[0].covers
        assert layers[0].leaves
    assert {"block", "rereads", "an", "residue", "reference_columns"} | {
        *("secded", "average", "vote", "reissue", "row_scale", "drift_factor", "checksums")
    } == set(EccSpec.model_fields)


def test_costs_of_the_preset():
    found = {
        layer.name.split(" ")[0].rstrip(","): layer
        for layer in defence_layers(load_spec("protected"))
    }
    # Three blocks of at most eight columns have five checks each, of 32 rows of 16 bits, in six
    # tiles; and six limits each of 31 bits.
    assert found["checksums"].memory_bits == 6 * (15 * 32 * 16 + 18 * 31)
    assert found["reference_columns"].cells == 6 * 32 * 2 * 2
    # Two slices of eight turns of thirteen cycles, three times more, and eight times more.
    assert found["average"].cycles == 3 * 208
    assert found["vote"].cycles == 8 * 208
    assert found["drift_factor"].cycles == 0
    # Words, and what each has beside its data: four codewords of 8 bits an input word, 16 steps of
    # four words of 32, sums of 19, offsets of 19, gains of 16, totals of 25, biases and results
    # of 25; and weights of 16, limits of 31 and sums of 23 bits for the checksums.
    assert found["secded"].memory_bits == (
        (128 * 4 * 5 + 16 * 4 * 7 + 32 * 6 + 128 * 6 + 128 * 6 + 32 * 6 + 2 * 128 * 6)
        + (4096 * 6 + 128 * 7 + 32 * 6)
    )


@pytest.mark.guarantee("G7", "limits")
def test_thresholds_follow_the_theorem():
    (limits,) = thresholds(load_spec("protected"))
    assert (limits.columns, limits.checks) == (8, 5)
    # Eight independent columns together, at most four of them in another check, and predictions
    # that are off by one at most.
    assert limits.flag == int((8 * limits.bound**2) ** 0.5) + 1
    assert limits.correct == limits.flag + 2 * (int((4 * limits.bound**2) ** 0.5) + 1)
    assert limits.always_flagged == 2 * limits.flag
    assert limits.always_corrected == limits.flag + limits.correct


def test_layers_are_taken_one_by_one():
    spec = load_spec("protected")
    chips = single_layers(spec)
    assert list(chips) == ["none", "secded", "average", "vote", "drift_factor", "checksums", "all"]
    assert chips["none"].ecc is None
    assert chips["all"] == spec
    assert chips["checksums"].ecc == EccSpec(checksums=True, block=8, rereads=1)
    assert {chip.columns for chip in chips.values()} == {spec.columns}


@pytest.mark.guarantee("G7", "limits")
def test_command_explains_and_writes_figures(tmp_path):
    out = tmp_path / "ecc.json"
    result = CliRunner().invoke(app, ["ecc", "protected", "--json", str(out)])
    assert result.exit_code == 0, result.output
    data = json.loads(out.read_text())
    assert [limit["columns"] for limit in data["thresholds"]] == [8]
    assert len(data["layers"]) == 6
    assert "logic" not in data


@pytest.mark.parametrize(
    ("chip", "message"),
    [
        (
            "default",
            "chip 'default' must have a section ecc to explain, as the preset protected has",
        ),
        ("nowhere.toml", "chip must be a TOML file or one of the presets"),
    ],
)
def test_command_refuses_what_it_can_not_explain(chip, message):
    result = CliRunner().invoke(app, ["ecc", chip])
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_arithmetic_code_costs_lines_and_cycles():
    spec = load_spec("exact")
    (layer,) = defence_layers(spec)
    # Weights of four bits times 111 take eleven cells in place of four, on both lines of a pair.
    assert layer.cells == 6 * 32 * 16 * 2 * (11 - 4)
    assert layer.cycles == AnPass.shortest(spec)


def test_residue_checks_cost_a_table_and_a_pass_over_the_sums():
    plain = load_spec("exact").model_dump(mode="json", exclude_none=True)
    spec = ChipSpec.parse({**plain, "ecc": {"residue": 15}})
    (layer,) = defence_layers(spec)
    assert layer.name == "residue = 15"
    assert layer.cells == 0
    assert layer.memory_bits == 6 * 16 * 32 * 4
    # 512 products and 3 cycles more, less six slices of eight turns of seven; then 16 sums.
    assert layer.cycles == 16 * 32 + 3 - 6 * 8 * (spec.conversion_cycles + 1) + 16 + 3
    assert list(single_layers(spec)) == ["none", "residue", "all"]
