import json

import pytest
from typer.testing import CliRunner

from ohmloom_analog.spec import load_spec
from ohmloom_sim.campaign import run_campaign
from ohmloom_sim.campaign_picture import draw_campaign
from ohmloom_sim.cli import app
from ohmloom_sim.injected import FaultKind
from ohmloom_sim.tasks import digits_task

SIZES = {
    FaultKind.COLUMNS: (0, 2),
    FaultKind.FLIPS: (1e-3,),
    FaultKind.SPIKES: (1e-2,),
    FaultKind.CELLS: (0.1,),
}


@pytest.fixture(scope="module")
def task():
    return digits_task(0)


@pytest.fixture(scope="module")
def campaign(task):
    return run_campaign(load_spec("protected"), task, images=100, draws=4, seed=3, sizes=SIZES)


def test_campaign_comes_again_by_its_seed_and_not_by_another(task, campaign):
    few = {FaultKind.COLUMNS: (0, 2), FaultKind.FLIPS: (1e-3,)}
    spec = load_spec("protected")
    again = run_campaign(spec, task, images=100, draws=4, seed=3, sizes=few)
    other = run_campaign(spec, task, images=100, draws=4, seed=4, sizes=few)
    assert again.points == campaign.points[:3]
    assert other.points != campaign.points[:3]


def test_defence_helps_against_every_kind(campaign):
    for point in campaign.points:
        if point.size:
            assert sum(point.defended) > sum(point.without), point.kind
    assert [point.size for point in campaign.of(FaultKind.COLUMNS)] == [0, 2]


def test_nothing_is_flagged_without_faults(campaign):
    clean = campaign.points[0].counts
    assert clean.judged > 0
    assert clean.faulty == clean.flagged == clean.rereads == 0


def test_progress_counts_every_draw(task):
    told = []
    run_campaign(
        load_spec("protected"),
        task,
        images=5,
        draws=2,
        seed=0,
        sizes={FaultKind.COLUMNS: (0, 1)},
        on_progress=told.append,
    )
    assert told == [1, 2, 3, 4]


def test_picture_is_the_same_each_time(campaign, tmp_path):
    for name in ("a.svg", "b.svg"):
        draw_campaign(campaign, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").read_text().count("<path") > 20


@pytest.mark.parametrize(
    ("chip", "draws", "message"),
    [
        ("protected", 1, r"^draws must be at least 2, not 1$"),
        (
            "default",
            2,
            r"^chip 'default' must average, vote or check, or correct its memories, not none$",
        ),
    ],
)
def test_campaign_that_tells_nothing_is_refused(task, chip, draws, message):
    with pytest.raises(ValueError, match=message):
        run_campaign(load_spec(chip), task, images=5, draws=draws, seed=0, sizes=SIZES)


def test_command_writes_figures_and_picture(tmp_path):
    plot, figures = tmp_path / "f.svg", tmp_path / "f.json"
    result = CliRunner().invoke(
        app,
        [
            *("faults", "--kind", "columns", "--images", "10", "--draws", "2"),
            *("--plot", str(plot), "--json", str(figures)),
        ],
    )
    assert result.exit_code == 0, result.output
    data = json.loads(figures.read_text())
    assert [point["size"] for point in data["points"]] == [0, 1, 2, 4, 8]
    assert plot.read_text().startswith("<?xml")


def test_command_refuses_a_picture_of_another_kind(tmp_path):
    result = CliRunner().invoke(app, ["faults", "--plot", "f.png"])
    assert result.exit_code == 2
    assert "plot must be a file ending in .svg, not 'f.png'" in result.stderr
