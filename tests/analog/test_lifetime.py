import math

import numpy as np
import pytest

from ohmloom_analog.effects import with_effects
from ohmloom_analog.lifetime import Cuts, aged, cuts
from ohmloom_analog.programming import program_tile
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag

DAY = 86400.0
BOLTZMANN = 8.617333262e-5


def _spec(effects, *, rows=16, columns=8, **cell):
    cells = {"g_min": 0.0, "g_max": 25e-6, "levels": 2, **cell}
    tile = {"rows": rows, "columns": columns, "cell": cells, "effects": effects}
    return ChipSpec.parse({"tile": [tile], "weight_bits": 2})


def _aged(spec, age=DAY, temperature=300.0, *, level=1, seed=1):
    levels = np.full((spec.rows, spec.lines), level)
    programmed = with_effects(
        spec, 0, program_tile(spec, 0, levels, np.random.default_rng(0)), seed
    )
    return aged(spec, 0, programmed, seed, age=age, temperature=temperature), programmed


@pytest.mark.parametrize(
    ("age", "left"),
    [(25, 24.03), (3600, 19.38), (DAY, 16.59), (30 * DAY, 14.04), (365 * DAY, 12.42)],
)
def test_phase_change_cells_drift_as_published(age, left):
    lived, _ = _aged(_spec({"drift": {"model": "power", "exponent": 0.049}}), age)
    np.testing.assert_allclose(lived.conductance[:, :-1], left * 1e-6, rtol=5e-4)


def test_exponents_of_phase_change_cells_have_the_published_statistics():
    # u = 1: mean 0.049, standard deviation 0.008.
    spec = _spec({"drift": {"model": "pcm"}}, rows=256, columns=256)
    lived, _ = _aged(spec)
    nu = -np.log(lived.conductance[:, :-1] / 25e-6) / math.log(1 + DAY / 20)
    assert abs(nu.mean() - 0.049) < 3 * 0.008 / math.sqrt(nu.size)
    assert abs(nu.std() - 0.008) < 3 * 0.008 / math.sqrt(2 * nu.size)


def test_relaxed_filaments_are_spread_as_measured_after_a_day():
    # NeuRRAM at full scale: 1.103 uS after 1 s, 2.651 uS after a day.
    spec = _spec(
        {"programming_error": 1.0, "drift": {"model": "neurram"}},
        rows=256,
        columns=256,
        g_max=40e-6,
        programming="neurram-1s",
    )
    lived, programmed = _aged(spec)
    for cells, wanted in ((programmed, 1.103e-6), (lived, 2.651e-6)):
        sigma = (cells.conductance[:, :-1] - 40e-6).std()
        # Cells that were written too low count as lower targets, which spread more by then.
        assert sigma == pytest.approx(wanted, rel=0.03)


def test_age_is_one_step_from_programming():
    spec = _spec({"drift": {"model": "pcm"}, "retention": {"model": "arrhenius"}})
    first, again = (_aged(spec)[0].conductance for _ in range(2))
    assert np.array_equal(first, again)
    later = _aged(spec, 2 * DAY)[0].conductance
    assert (later[:, :-1] < first[:, :-1]).all()


def test_nothing_ages_in_no_time():
    spec = _spec({"drift": {"model": "pcm"}, "retention": {"model": "arrhenius"}})
    lived, programmed = _aged(spec, 0.0)
    assert np.array_equal(lived.conductance, programmed.conductance)
    assert lived.touched == {"drift": 0, "retention": 0}


def test_retention_loses_a_tenth_in_its_time_and_follows_arrhenius():
    spec = _spec(
        {"retention": {"model": "arrhenius", "time": 1e8, "activation": 1.2, "temperature": 358.0}},
        g_min=5e-6,
    )
    lived, _ = _aged(spec, 1e8, 358.0)
    np.testing.assert_allclose(lived.conductance[:, :-1], 5e-6 + 0.9 * 20e-6, rtol=1e-12)
    hotter = 1e8 * math.exp(1.2 / BOLTZMANN * (1 / 398 - 1 / 358))
    lived, _ = _aged(spec, hotter, 398.0)
    np.testing.assert_allclose(lived.conductance[:, :-1], 5e-6 + 0.9 * 20e-6, rtol=1e-9)
    # The cells at the lowest level have nothing to lose.
    np.testing.assert_allclose(lived.conductance[:, -1], 5e-6, rtol=1e-12)


def test_skywater_cells_lose_a_tenth_in_the_time_of_their_physics():
    # 4.8e6 s at 423 K, for the fully set cell.
    spec = _spec(
        {"retention": {"model": "device"}}, rows=1, columns=1, g_min=1e-6, g_max=100e-6,
        device="skywater",
    )  # fmt: skip
    lived, programmed = _aged(spec, 4.8e6, 423.0)
    left = lived.conductance[0, 0] / programmed.conductance[0, 0]
    assert left == pytest.approx(0.9, abs=0.01)


def test_stuck_cells_do_not_age():
    spec = _spec({"drift": {"model": "pcm"}, "p_stuck_lrs": 0.5})
    lived, programmed = _aged(spec)
    stuck = programmed.flags == CellFlag.STUCK_LRS
    assert 0 < stuck.sum() < stuck.size
    np.testing.assert_array_equal(lived.conductance[stuck], 25e-6)
    assert (lived.conductance[:, :-1][~stuck[:, :-1]] < 25e-6).all()


def test_reads_follow_the_temperature():
    spec = _spec({"temperature": {"lrs": 1.5e-3, "hrs": 0.1}}, g_min=1e-6)
    lived, _ = _aged(spec, 0.0, 350.0)
    np.testing.assert_allclose(lived.conductance[:, :-1], 25e-6 / 1.075, rtol=1e-12)
    hrs = 1e-6 * math.exp(-0.1 / BOLTZMANN * (1 / 350 - 1 / 300))
    np.testing.assert_allclose(lived.conductance[:, -1], hrs, rtol=1e-6)


def test_broken_lines_are_as_many_as_stated():
    spec = _spec({"broken_word": 0.2, "broken_bit": 0.3}, rows=256, columns=256)
    found = cuts(spec, 0, 5)
    for count, lines, share in ((len(found.word), 256, 0.2), (len(found.bit), 513, 0.3)):
        assert abs(count - share * lines) < 3 * math.sqrt(lines * share * (1 - share))
    assert cuts(spec, 0, 5) == found
    assert cuts(spec, 0, 6) != found


def test_cells_beyond_a_cut_are_lost():
    driver, sense = Cuts(word=((0, 2),), bit=((1, 0),)).lost((3, 4))
    assert driver.astype(int).tolist() == [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert sense.astype(int).tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
