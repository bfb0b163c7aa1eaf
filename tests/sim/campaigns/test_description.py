import re

import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_sim.campaigns.description import (
    CampaignSpec,
    TaskSettings,
    example_names,
    load_campaign,
)
from ohmloom_sim.campaigns.plan import Plan

SOUND = {"name": "c", "measures": ["mvm_error"], "seeds": {"count": 2}}


def refused(data, message):
    with pytest.raises(SpecError, match=f"^{message}$"):
        CampaignSpec.parse({**SOUND, **data}, source="c.toml")


def test_smallest_description_is_taken():
    spec = CampaignSpec.parse(SOUND, source="c.toml")

    assert spec.seeds.first == 0
    assert spec.task == TaskSettings()
    assert spec.heading == "c"


def test_description_is_frozen():
    spec = CampaignSpec.parse(SOUND, source="c.toml")
    with pytest.raises(ValueError, match="Instance is frozen"):
        spec.name = "d"


@pytest.mark.parametrize("name", ["../c", "", "a b", ".c"])
def test_name_that_is_no_file_is_refused(name):
    refused(
        {"name": name},
        r"c\.toml: name must be 1 to 64 letters, digits, dots, dashes and underscores that begin "
        rf"with a letter or digit, not '{re.escape(name)}'",
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"seeds": {}}, r"c\.toml: key 'seeds\.count' must be given"),
        (
            {"seeds": {"count": 0}},
            r"c\.toml: seeds\.count must be greater than or equal to 1, not 0",
        ),
        (
            {"seeds": {"count": 2, "first": -1}},
            r"c\.toml: seeds\.first must be greater than or equal to 0, not -1",
        ),
        (
            {"seeds": {"count": "2"}},
            r"c\.toml: seeds\.count must be a valid integer, not '2'",
        ),
        (
            {"factor": {"spread": [0.1]}},
            r"c\.toml: key 'factor' is unknown; the nearest known key is 'factors'",
        ),
        (
            {"task": {"vector": 3}},
            r"c\.toml: key 'task\.vector' is unknown; the nearest known key is 'vectors'",
        ),
        (
            {"task": {"kind": "digit"}},
            (
                r"c\.toml: task\.kind must be one of tile, digits, japanese-vowels, basic-motions, "
                r"pickup-gesture, not 'digit'"
            ),
        ),
        (
            {"task": {"engine": "spice"}},
            r"c\.toml: task\.engine must be 'ideal', 'nodal' or 'ngspice', not 'spice'",
        ),
        (
            {"factors": {"spread": []}},
            r"c\.toml: factors\.spread must have at least one value, not \[\]",
        ),
        (
            {"factors": {"spread": [0.1, 0.1]}},
            r"c\.toml: factors\.spread must have each value once, not \[0\.1, 0\.1\]",
        ),
        (
            {"factors": {"spread": [float("nan")]}},
            r"c\.toml: factors\.spread must be finite numbers, texts or truth values, not nan",
        ),
        (
            {"fixed": {"spread": {"lrs": 1.0}}},
            (
                r"c\.toml: fixed\.spread must be finite numbers, texts or truth values, "
                r"not \{'lrs': 1\.0\}"
            ),
        ),
        (
            {"measures": []},
            r"c\.toml: measures must be at least one name, each once, not \[\]",
        ),
        (
            {"measures": ["mvm_error", "mvm_error"]},
            (
                r"c\.toml: measures must be at least one name, each once, "
                r"not \['mvm_error', 'mvm_error'\]"
            ),
        ),
        (
            {"chunk": 0},
            r"c\.toml: chunk must be greater than or equal to 1, not 0",
        ),
    ],
)
def test_faulty_description_is_refused(data, message):
    refused(data, message)


def test_each_fault_has_a_sentence():
    refused(
        {"chunk": 0, "seeds": {"count": 0}},
        r"c\.toml: seeds\.count must be greater than or equal to 1, not 0\n"
        r"c\.toml: chunk must be greater than or equal to 1, not 0",
    )


def test_missing_file_is_refused_with_the_examples(tmp_path):
    names = ", ".join(example_names())
    with pytest.raises(
        SpecError,
        match=f"^campaign must be a TOML file or one of the examples {names}, not 'nowhere'$",
    ):
        load_campaign("nowhere")


def test_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("name =")
    with pytest.raises(SpecError, match=r"^.*c\.toml must be a TOML file: Invalid value"):
        load_campaign(path)
    path.write_bytes(b"\xff")
    with pytest.raises(SpecError, match=r"^.*c\.toml must be a TOML file: 'utf-8' codec"):
        load_campaign(path)


def test_examples_can_be_run():
    assert len(example_names()) >= 3
    for name in example_names():
        campaign = load_campaign(name)
        assert campaign.spec.name == name
        assert Plan.of(campaign).points
