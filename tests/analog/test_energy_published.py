import tomllib

import pytest

from ohmloom_analog import energy_published
from ohmloom_analog.energy_published import load_published, published_names
from ohmloom_analog.errors import SpecError

# As published: mW of an IMA and of twelve, mW and mm2 of a tile, W and mm2 of 168 tiles and of the
# chip, percent of a tile that is ADCs; and from its parts, the ADC's percent of a crossbar's cycle
# of 280 pJ, and pJ of a MAC of 16 bits.
ISAAC = [24.08, 289, 330, 0.372, 55.4, 62.5, 65.8, 85.4, 58, 71, 2.2]
# Output and input bits, TOPS, TOPS/W.
NEURRAM = {
    (3, 1): (2.122, 43.08),
    (4, 2): (1.793, None),
    (5, 3): (1.165, None),
    (6, 4): (0.744, None),
    (8, 6): (0.418, 8.257),
    (10, 8): (0.264, None),
}


def test_isaac_closes_to_the_last_digit():
    chip = load_published("isaac")
    assert [figure.published for figure in chip.figures] == ISAAC
    for figure in chip.figures:
        digits = len(f"{figure.published:g}".partition(".")[2])
        assert round(figure.ours, digits) == figure.published, figure.name


def test_isaac_by_hand():
    table = load_published("isaac").table
    tile = 12 * 24.08e-3 + 40.85e-3
    assert table.power("tile") == pytest.approx(tile)
    assert table.power_named("tile", "ADCs") / tile == pytest.approx(192 / 329.81)
    assert table.power("chip") == pytest.approx(168 * tile + 10.4)


def test_puma_has_the_power_density_of_its_two_efficiencies():
    # 577 GOPS/s/mm2 over 837 GOPS/s/W.
    figure = load_published("puma").figures[0]
    assert figure.published == pytest.approx(577 / 837, rel=1e-4)
    assert figure.ours == pytest.approx(577 / 837, rel=0.02)


def test_pumas_efficiencies_are_missed_by_what_is_said():
    ours = load_published("puma").open[0].ours
    assert 0.84 < ours["GOPS/s/mm2"] / 577 < 0.87
    assert 0.84 < ours["GOPS/s/W"] / 837 < 0.87


def test_neurram_comes_out_within_the_stated_error():
    found = {figure.name: figure for figure in load_published("neurram").figures}
    for (outputs, inputs), (tops, efficiency) in NEURRAM.items():
        figure = found.pop(f"throughput at {outputs}/{inputs} bits")
        assert figure.published == tops
        assert figure.ours == pytest.approx(tops, rel=0.06)
        if efficiency is not None:
            figure = found.pop(f"efficiency at {outputs}/{inputs} bits")
            assert figure.published == efficiency
            assert figure.ours == pytest.approx(efficiency, rel=0.12)
    assert not found


def test_every_figure_closes_or_is_listed_with_why():
    for name in published_names():
        chip = load_published(name)
        assert all(figure.closes for figure in chip.figures)
        assert all(left.why for left in chip.open)
        assert chip.figures or chip.open


def test_a_wrong_part_is_seen():
    folder = energy_published.importlib.resources.files("ohmloom_analog") / "published"
    data = tomllib.loads((folder / "isaac.toml").read_text(encoding="utf-8"))
    data["group"]["ima"]["parts"][0]["power_mw"] += 0.2
    chip = energy_published._parsed(data)
    missed = {figure.name for figure in chip.figures if not figure.closes}
    assert missed >= {"power of an IMA", "power of a tile", "power of the chip"}


def test_an_unknown_chip_is_refused():
    message = r"^published chip must be one of devices, isaac, neurram, others, puma, not 'tpu'$"
    with pytest.raises(SpecError, match=message):
        load_published("tpu")
