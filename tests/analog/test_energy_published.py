import copy

import pytest

from ohmloom_analog import energy_published
from ohmloom_analog.energy_published import load_published
from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import load_spec
from ohmloom_analog.technology import published_data, published_names

# As published: mW of an IMA and of twelve, mW and mm2 of a tile, W and mm2 of 168 tiles and of the
# chip, percent of a tile that is ADCs; and from its parts, the ADC's percent of a crossbar's cycle
# of 280 pJ, and pJ of a MAC of 16 bits.
ISAAC = [24.08, 289, 330, 0.372, 55.4, 62.5, 65.8, 85.4, 58, 71, 2.2]
# Output and input bits, TOPS, TOPS/W.
NEURRAM = {
    (3, 1): (2.122, 43.08),
    (4, 2): (1.793, 40.33),
    (5, 3): (1.165, 23.09),
    (6, 4): (0.744, 15.95),
    (8, 6): (0.418, 8.257),
    (10, 8): (0.264, 6.437),
}


def ours(name):
    return {figure.name: figure for figure in load_published(name).figures}


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
    figure = ours("puma")["power over area, from the two efficiencies"]
    assert figure.published == pytest.approx(577 / 837, rel=1e-4)
    assert figure.ours == pytest.approx(577 / 837, rel=0.005)


def test_pumas_unit_by_hand():
    found = ours("puma")
    # mW of converters, arrays, drivers, sample and hold, adder, and both registers.
    unit = 8 * 2.0 + 8 * 0.3 + 128 * (3.50625e-3 + 0.390625e-3) + 128 * 9.7e-6 + 0.05
    unit += (0.16 + 1.7 / 128 + 0.04) + (0.16 + 0.04)
    power, area = found["power of an MVM unit"], found["area of an MVM unit"]
    assert power.ours == pytest.approx(unit, rel=1e-4)
    assert (power.published, area.published) == (19.09, 0.012)
    assert power.ours == pytest.approx(19.09, rel=0.015)
    assert area.ours == pytest.approx(0.012, rel=0.05)


def test_pumas_efficiencies_are_missed_by_what_is_said():
    left = load_published("puma").open[0].ours
    assert round(100 * (left["GOPS/s/mm2"] / 577 - 1)) == -14
    assert round(100 * (left["GOPS/s/W"] / 837 - 1)) == -14


def test_neurram_comes_out_within_the_stated_error():
    found = ours("neurram")
    for (outputs, inputs), (tops, efficiency) in NEURRAM.items():
        figure = found.pop(f"throughput at {outputs}/{inputs} bits")
        assert figure.published == tops
        assert figure.ours == pytest.approx(tops, rel=0.06)
        figure = found.pop(f"efficiency at {outputs}/{inputs} bits")
        assert figure.published == efficiency
        assert figure.ours == pytest.approx(efficiency, rel=0.09)
    # fJ an operation at 8/6 bits.
    for part, energy in (("word lines", 37.2), ("neurons", 52.5), ("inputs", 19.2)):
        figure = found.pop(f"energy of {part} at 8/6 bits")
        assert figure.published == energy
        assert figure.ours == pytest.approx(energy, rel=0.21)
    assert not found


def test_neurrams_parts_by_hand():
    found = ours("neurram")
    # Five bits, once each; neurons for 7 + 3 integrations of 0.27 us, 8 + 5 steps and two phases of
    # 0.3 us, over 0.27 + 3 * 0.3 + 0.3 us.
    assert found["energy of word lines at 8/6 bits"].ours == pytest.approx(5 * 8.99)
    assert found["energy of inputs at 8/6 bits"].ours == pytest.approx(5 * 3.45)
    assert found["energy of neurons at 8/6 bits"].ours == pytest.approx(10.62 * 7.2 / 1.47)


@pytest.mark.parametrize("name", ["isaac", "puma", "neurram"])
def test_figures_of_a_chip_come_out_of_its_preset(name):
    chip = load_published(name)
    assert chip.spec == load_spec(name)
    assert chip.spec.technology == name
    assert {figure.spec for figure in chip.figures} == {name}


def test_another_description_counts_otherwise():
    # Two converters an array, half as many lines each: 16 mW more an IMA of 24.08.
    spec = load_spec("isaac")
    adc = spec.adc.model_copy(update={"columns_per_adc": 64})
    table = load_published("isaac", spec.model_copy(update={"adc": adc})).table
    assert table.count_named("ima", "ADCs") == 16
    assert table.power("ima") == pytest.approx(40.08e-3)
    # Half of the rows: half of the drivers and of the cells, 2 and 1.2 mW.
    tile = spec.tile[0].model_copy(update={"rows": 64})
    table = load_published("isaac", spec.model_copy(update={"tile": (tile,)})).table
    assert table.power("ima") == pytest.approx(20.88e-3)


def test_every_figure_closes_or_is_listed_with_why():
    for name in published_names():
        chip = load_published(name)
        assert all(figure.closes for figure in chip.figures)
        assert all(left.why for left in chip.open)
        assert chip.figures or chip.open


def test_a_wrong_part_is_seen():
    data = copy.deepcopy(published_data("isaac"))
    data["group"]["ima"]["parts"][0]["power_mw"] += 0.2
    chip = energy_published._parsed(data)
    missed = {figure.name for figure in chip.figures if not figure.closes}
    assert missed >= {"power of an IMA", "power of a tile", "power of the chip"}


def test_an_unknown_chip_is_refused():
    message = r"^published chip must be one of devices, isaac, neurram, others, puma, not 'tpu'$"
    with pytest.raises(SpecError, match=message):
        load_published("tpu")
