import re

import decks
import numpy as np
import pytest

from ohmloom_analog.cells import DeviceCells, Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines import ReadTiming
from ohmloom_analog.engines.deck import deck
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.engines.transient import TransientEngine

WIRES = {"r_word": 2.0, "r_bit": 3.0, "r_source": 50.0, "r_sense": 10.0}
VOLTAGES = np.array([0.2, 0.0, -0.1])


def crossbar(**changes):
    conductance = 10 ** np.random.default_rng(0).uniform(-6, -4, (3, 4))
    return Crossbar(conductance, **(WIRES | changes))


def device_crossbar():
    made = device("skywater")
    x = np.random.default_rng(1).uniform(0.1, 0.9, (3, 4))
    return crossbar(law=DeviceCells(device=made, state=made.from_normalised(x)))


def written(folder, subject, **options):
    path = folder / "x.cir"
    path.write_text(deck(subject, VOLTAGES, title="an array", **options))
    return path


def check(path, wanted):
    for found in (decks.by_library(path), decks.by_program(path)):
        if found is not None:
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize(
    "subject",
    [
        crossbar(),
        crossbar(r_word=0, r_bit=0, r_source=0, r_sense=0),
        crossbar(cut_word=((0, 2),), cut_bit=((1, 1),)),
        crossbar(law=Selected(i_s=1e-9, v_s=0.05)),
        device_crossbar(),
    ],
    ids=["wires", "no wires", "cuts", "selectors", "devices"],
)
def test_operating_point_prints_the_currents_of_the_exact_solution(subject, tmp_path):
    exact = NodalEngine()
    exact.load(subject)
    check(written(tmp_path, subject), exact.currents(VOLTAGES))


@pytest.mark.parametrize("capacitance", [0.0, 20e-12])
def test_transient_prints_what_the_engine_samples(capacitance, tmp_path):
    subject = crossbar(c_word=capacitance, c_bit=capacitance)
    timing = ReadTiming(settle_time=20e-9, longest_step=0.5e-9)
    engine = TransientEngine(timing, reduce=False)
    engine.load(subject)
    wanted = engine.currents(VOLTAGES)
    assert np.abs(engine.settling_error).max() > 0.05 * np.abs(wanted).max()
    path = written(tmp_path, subject, timing=timing)
    for found in (decks.by_library(path), decks.by_program(path)):
        if found is not None:
            np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-3 * np.abs(wanted).max())


def test_notes_are_comments(tmp_path):
    path = written(tmp_path, crossbar(), notes=["vd0 d0 0 17", "chip 7"])
    assert path.read_text().splitlines()[:3] == ["an array", "* vd0 d0 0 17", "* chip 7"]
    assert len(decks.by_library(path)) == 4


@pytest.mark.parametrize("given", [{"title": "a\nb"}, {"title": "a", "notes": ["a\nb"]}])
def test_comment_of_two_lines_is_refused(given):
    message = "a comment must be one line, not 'a\\nb'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        deck(crossbar(), VOLTAGES, **given)
