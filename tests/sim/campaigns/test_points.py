import json
import subprocess
import sys

import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import load_spec
from ohmloom_sim.campaigns.description import CampaignSpec, LoadedCampaign, load_campaign
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.points import make_points, make_settings


def loaded(tmp_path, **data):
    spec = CampaignSpec.parse(
        {"name": "c", "measures": ["mvm_error"], "seeds": {"count": 2}, **data}, source="c.toml"
    )
    return LoadedCampaign(spec=spec, text="", source="c.toml", folder=tmp_path)


@pytest.fixture
def spec_of(tmp_path):
    """Return the chip of the only setting that fixed values give."""

    def find(chip="default", corrections=None, **fixed):
        campaign = loaded(tmp_path, chip=chip, fixed=fixed, corrections=corrections or {})
        settings = make_settings(campaign)
        assert len(settings) == 1
        return make_points(campaign.spec, settings)[0].spec()

    return find


def test_grid_is_every_combination_with_every_seed(tmp_path):
    campaign = loaded(
        tmp_path,
        seeds={"first": 7, "count": 2},
        factors={"spread": [0.0, 0.1], "adc_bits": [8, 10]},
    )
    points = Plan.of(campaign).points

    assert [(p.settings["spread"], p.settings["adc_bits"], p.seed) for p in points] == [
        (0.0, 8, 7),
        (0.0, 8, 8),
        (0.0, 10, 7),
        (0.0, 10, 8),
        (0.1, 8, 7),
        (0.1, 8, 8),
        (0.1, 10, 7),
        (0.1, 10, 8),
    ]
    assert [point.index for point in points] == list(range(8))
    assert len({point.id for point in points}) == 8


def test_campaign_without_factors_has_one_setting(tmp_path):
    points = Plan.of(loaded(tmp_path)).points

    assert [point.settings for point in points] == [{}, {}]
    assert points[0].spec() == load_spec("default")
    assert points[0].spec() is points[1].spec()


def test_ids_are_the_same_in_another_process(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(
        'name = "c"\nmeasures = ["mvm_error"]\nseeds = { count = 3 }\n'
        '[factors]\ndevice = ["default", "pcm"]\n'
    )
    code = (
        "import json, sys\n"
        "from ohmloom_sim.campaigns.description import load_campaign\n"
        "from ohmloom_sim.campaigns.plan import Plan\n"
        "plan = Plan.of(load_campaign(sys.argv[1]))\n"
        "print(json.dumps([plan.hash, [p.id for p in plan.points], [p.seed for p in plan.points]]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True, timeout=120
    )
    plan = Plan.of(load_campaign(path))

    ids, seeds = [p.id for p in plan.points], [0, 1, 2, 0, 1, 2]
    assert json.loads(run.stdout) == [plan.hash, ids, seeds]


def test_ids_follow_what_decides_on_the_result(tmp_path):
    first = Plan.of(loaded(tmp_path))
    for other in (
        {"task": {"vectors": 9}},
        {"task": {"age": 1.0}},
        {"measures": ["mvm_error", "clipped"]},
        {"fixed": {"spread": 0.2}},
        {"seeds": {"first": 2, "count": 2}},
    ):
        changed = Plan.of(loaded(tmp_path, **other))
        assert changed.hash != first.hash
        assert not {p.id for p in changed.points} & {p.id for p in first.points}


def test_name_and_title_leave_the_hash_alone(tmp_path):
    first = Plan.of(loaded(tmp_path))

    assert Plan.of(loaded(tmp_path, name="d", title="Another")).hash == first.hash


def test_chunks_hold_points_of_one_setting_each(tmp_path):
    campaign = loaded(tmp_path, seeds={"count": 5}, chunk=2, factors={"spread": [0.0, 0.1]})
    plan = Plan.of(campaign)

    indices = [[point.index for point in chunk] for chunk in plan.chunks()]
    assert indices == [[0, 1], [2, 3], [4], [5, 6], [7, 8], [9]]
    left = [[point.index for point in chunk] for chunk in plan.chunks(frozenset({0, 1, 4, 5, 9}))]
    assert left == [[2, 3], [6], [7, 8]]


def test_converters_of_other_bits_stand_behind_the_same_analog_side(spec_of):
    base, coarse = load_spec("default"), spec_of(adc_bits=6)

    assert coarse.adc.bits == 6
    for name in ("offset", "noise"):
        ampere = [
            getattr(one.adc, name) * one.unit_current() * 2**one.adc_shift for one in (base, coarse)
        ]
        assert ampere[0] == pytest.approx(ampere[1], rel=1e-12)


def test_device_brings_its_cells_to_the_arrays_of_the_chip(spec_of):
    found, base, pcm = spec_of(device="pcm"), load_spec("default"), load_spec("pcm")

    assert found.tile[0].cell == pcm.tile[0].cell
    assert found.tile[0].effects == pcm.tile[0].effects
    assert found.tile[0].write == pcm.tile[0].write
    assert found.tile[0].wires == base.tile[0].wires
    assert (found.rows, found.weight_bits, found.adc) == (base.rows, base.weight_bits, base.adc)


def test_stuck_cells_are_split_as_published(spec_of):
    effects = spec_of(stuck=0.1).tile[0].effects

    assert effects.p_stuck_hrs == pytest.approx(0.1 * 9.04 / 10.79, rel=1e-12)
    assert effects.p_stuck_lrs == pytest.approx(0.1 * 1.75 / 10.79, rel=1e-12)


def test_factors_reach_every_group_of_tiles(spec_of):
    found = spec_of("hybrid", spread=0.07, wires=3.0, **{"tile.effects.read_noise": 0.02})

    for group in found.tile:
        assert group.cell.spread == 0.07
        assert (group.wires.r_word, group.wires.r_bit) == (3.0, 3.0)
        assert group.effects.read_noise == 0.02


def test_corrections_are_the_section_of_their_name(spec_of):
    named = {"averaging": {"average": 4}}

    assert spec_of("protected", correction="none").ecc is None
    assert spec_of("protected", correction="chip").ecc == load_spec("protected").ecc
    found = spec_of("protected", corrections=named, correction="averaging").ecc
    assert (found.average, found.vote, found.checksums) == (4, 1, False)


def test_encoding_and_other_chips_are_taken(spec_of, tmp_path):
    assert spec_of(encoding="offset_column").encoding == "offset_column"
    assert spec_of(**{"adc.noise": 0.0}).adc.noise == 0.0
    assert spec_of(weight_bits=4).weight_bits == 4
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ntile = [{ rows = 8, columns = 4 }]\n')
    assert spec_of("mine.toml").name == "mine"
    assert spec_of("mine.toml", spread=0.1).tile[0].cell.spread == 0.1


def test_task_follows_its_factors(tmp_path):
    campaign = loaded(tmp_path, factors={"age": [0.0, 60], "temperature": [300.0, 350.0]})
    tasks = [setting.task for setting in make_settings(campaign)]

    assert [(task.age, task.temperature) for task in tasks] == [
        (0.0, 300.0),
        (0.0, 350.0),
        (60.0, 300.0),
        (60.0, 350.0),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"factors": {"spread": [0.0, 5]}},
            (
                r"c\.toml, spread = 5: tile\[0\]\.cell\.spread must be a fraction from 0 to 1, "
                r"as 0\.05 is 5 %, not 5"
            ),
        ),
        (
            {"factors": {"spreads": [0.1]}},
            (
                r"c\.toml: a name in factors must be chip, device, spread, stuck, wires, encoding, "
                r"correction, adc_bits, temperature, age, engine, program, or a key of the "
                r"chip, not 'spreads'"
            ),
        ),
        (
            {"fixed": {"adc.bit": 3}},
            r"c\.toml: key 'adc\.bit' is unknown; the nearest known key is 'bits'",
        ),
        (
            {"fixed": {"adcs.bits": 3}},
            (
                r"c\.toml: a name in fixed must be chip, device, spread, stuck, wires, encoding, "
                r"correction, adc_bits, temperature, age, engine, program, or a key of the "
                r"chip, not 'adcs\.bits'"
            ),
        ),
        (
            {"fixed": {"adc.bits.noise": 3}},
            r"c\.toml: 'bits' must be a section of the chip to hold 'noise', not 10",
        ),
        (
            {"fixed": {"spread": 0.1}, "factors": {"spread": [0.1]}},
            r"c\.toml: 'spread' must be fixed or a factor, not both",
        ),
        (
            {"factors": {"adc_bits": [8.5]}},
            r"c\.toml, adc_bits = 8\.5: adc_bits must be a whole number, not 8\.5",
        ),
        (
            {"factors": {"adc_bits": [0]}},
            (
                r"c\.toml, adc_bits = 0: default with 0 bits: adc\.bits must be greater than or "
                r"equal to 1, not 0"
            ),
        ),
        (
            {"factors": {"stuck": [1.5]}},
            (
                r"c\.toml, stuck = 1\.5: stuck must be a fraction from 0 to 1, as 0\.05 is 5 %, "
                r"not 1\.5"
            ),
        ),
        (
            {"factors": {"correction": ["some"]}},
            r"c\.toml, correction = 'some': correction must be one of none, chip, not 'some'",
        ),
        (
            {"factors": {"age": [-1.0]}},
            r"c\.toml, age = -1\.0: age must be greater than or equal to 0, not -1\.0",
        ),
        (
            {"task": {"kind": "digits"}, "fixed": {"encoding": "twos"}},
            r"c\.toml: encoding must be 'diff_pair' or 'offset_column', not 'twos'",
        ),
    ],
)
def test_combination_that_is_no_chip_is_refused_by_name(tmp_path, data, message):
    with pytest.raises(SpecError, match=f"^{message}$"):
        make_settings(loaded(tmp_path, **data))


def test_unknown_chip_is_refused(tmp_path):
    with pytest.raises(
        SpecError, match=r"^c\.toml: chip must be a TOML file or one of the presets"
    ):
        make_settings(loaded(tmp_path, chip="nothing"))


def test_measure_that_a_point_lacks_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(SpecError, match=r"^c\.toml: measure 'accuracy' must be left out"):
        Plan.of(loaded(tmp_path, measures=["accuracy"]))


def test_too_many_points_are_refused(tmp_path):
    campaign = loaded(tmp_path, seeds={"count": 600_000}, factors={"spread": [0.0, 0.1]})
    with pytest.raises(
        SpecError, match=r"^campaign 'c' must have at most 1,000,000 points, not 1,200,000$"
    ):
        make_points(campaign.spec, make_settings(campaign))
