import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.technology import counted, published_data, unfit_for_technology


def _plain(**parts):
    plain = load_spec("isaac").model_dump(mode="json", exclude_none=True)
    for section, values in parts.items():
        plain[section] |= values
    return plain


@pytest.mark.parametrize(
    ("what", "count"),
    # Eight arrays of 128 x 128 cells, a driver a row and a converter an array.
    [("arrays", 8), ("cells", 131072), ("drivers", 1024), ("lines", 1024), ("ADCs", 8)],
)
@pytest.mark.parametrize("name", ["isaac", "puma"])
def test_units_of_isaac_and_puma_are_counted_as_published(name, what, count):
    assert counted(load_spec(name), what) == count


def test_a_core_of_neurram_has_65536_cells_and_a_converter_a_line():
    spec = load_spec("neurram")
    assert counted(spec, "cells") == spec.tiles * 256 * 256
    assert counted(spec, "ADCs") == counted(spec, "lines") == spec.tiles * 256


def test_what_is_not_counted_is_refused():
    message = r"^what is counted must be one of arrays, cells, drivers, lines, ADCs, not 'volts'$"
    with pytest.raises(ValueError, match=message):
        counted(load_spec("isaac"), "volts")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"adc": {"bits": 6, "range": 0.1}},
            r"^isaac: adc\.bits must be 8 for technology 'isaac', not 6$",
        ),
        (
            {"input": {"slice_bits": 2}},
            r"^isaac: input\.slice_bits must be 1 for technology 'isaac', not 2$",
        ),
    ],
)
def test_figures_of_other_converters_are_refused(parts, message):
    with pytest.raises(SpecError, match=message):
        ChipSpec.parse(_plain(**parts), source="isaac")


def test_an_unknown_technology_is_refused():
    with pytest.raises(
        SpecError, match=r"technology .*'lab', 'isaac', 'puma' or 'neurram'.* 'tpu'"
    ):
        ChipSpec.parse({**_plain(), "technology": "tpu"})


def test_every_technology_has_a_table_and_its_preset_fits():
    for name in ("isaac", "puma", "neurram"):
        assert published_data(name)["preset"] == name
        assert unfit_for_technology(load_spec(name)) is None
    assert unfit_for_technology(load_spec("default")) is None


def test_technology_is_in_the_hash_of_those_chips_alone():
    spec = load_spec("isaac")
    assert spec.model_copy(update={"technology": "lab"}).hash != spec.hash
    # As it was before there were technologies.
    assert "technology" not in load_spec("default").model_dump(exclude_defaults=True)
