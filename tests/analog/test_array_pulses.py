import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import root

from ohmloom_analog.array_pulses import ArrayPulses
from ohmloom_analog.cell_bank import CellBank, CellPulse
from ohmloom_analog.cells import Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines.newton import newton
from ohmloom_analog.errors import EngineError

SHAPE = (3, 3)
RNG = np.random.default_rng(0)


def bank(conductance, *, name="vteam-b", scheme="v/2", wires=None, **changes):
    made = device(name)
    g = np.asarray(conductance, dtype=float)
    cells = CellBank(
        device=made,
        state=made.state_for(g, 0.2),
        scale=np.ones(g.shape),
        fixed=np.zeros(g.shape, dtype=bool),
        wires=Crossbar(np.ones(g.shape), **(wires or {})),
        scheme=scheme,
    )
    return replace(cells, **changes)


def pulse(**changes):
    wanted = {"row": 1, "line": 2, "resets": False, "drive": 1.2, "gate": 0.0, "width": 84e-9}
    return CellPulse(**(wanted | changes))


@pytest.mark.parametrize(
    ("scheme", "resets", "word", "bit"),
    [
        ("v/2", False, [0.6, 1.2, 0.6], [0.6, 0.6, 0.0]),
        ("v/2", True, [0.6, 0.0, 0.6], [0.6, 0.6, 1.2]),
        ("v/3", False, [0.4, 1.2, 0.4], [0.8, 0.8, 0.0]),
        ("v/3", True, [0.8, 0.0, 0.8], [0.4, 0.4, 1.2]),
        ("1t1r", False, [0.0, 1.2, 0.0], [0.0, 0.0, 0.0]),
        ("1t1r", True, [0.0, 0.0, 0.0], [0.0, 0.0, 1.2]),
    ],
)
def test_lines_stand_at_the_shares_of_the_scheme(scheme, resets, word, bit):
    found = bank(np.full(SHAPE, 1e-5), scheme=scheme).levels(pulse(resets=resets))
    np.testing.assert_allclose(found[0], word)
    np.testing.assert_allclose(found[1], bit)


def test_lines_that_end_at_voltages_are_solved_as_by_kirchhoff():
    """One cell, its two wires, and a bit line that ends at 0.3 V."""
    made = device("skywater")
    state = made.state_for(np.array([[30e-6]]), 0.2)
    law = bank([[30e-6]], name="skywater").crossbar().law
    crossbar = Crossbar([[1.0]], r_source=2e3, r_sense=5e3, law=law)
    solution = newton(crossbar, np.array([1.5]), np.array([0.3]))
    u = float((solution.word - solution.bit)[0, 0, 0])
    i = float(made.current(u, state)[0, 0])
    assert u + 7e3 * i == pytest.approx(1.2, rel=1e-9)
    assert float(solution.bit[0, 0, 0]) == pytest.approx(0.3 + 5e3 * i, rel=1e-9)
    assert float(solution.currents[0, 0]) == pytest.approx(i, rel=1e-9)


def test_without_wires_each_cell_moves_as_its_device_does():
    cells = bank(np.full(SHAPE, 1e-5))
    made = cells.device
    moved = ArrayPulses().moved(cells, pulse(resets=True, drive=0.7), RNG)
    alone = made.pulse(cells.state, -0.7, 84e-9)["x"]
    half = made.pulse(cells.state, -0.35, 84e-9)["x"]
    wanted = np.array(cells.state["x"])
    wanted[1, :], wanted[:, 2] = half[1, :], half[:, 2]
    wanted[1, 2] = alone[1, 2]
    np.testing.assert_allclose(moved.state["x"], wanted, atol=1e-6)


def test_disturb_accumulates():
    cells = bank(np.full(SHAPE, 1e-5))
    before = float(cells.state["x"][1, 0])
    crept = []
    for _ in range(3):
        moved = ArrayPulses().moved(cells, pulse(resets=True, drive=0.7), RNG)
        cells = replace(cells, state=moved.state)
        crept.append(float(cells.state["x"][1, 0]) - before)
    assert crept[0] > 0
    np.testing.assert_allclose(crept, crept[0] * np.arange(1, 4), rtol=1e-6)


def test_fast_creep_is_followed_in_shorter_steps():
    cells = bank(np.full(SHAPE, 1e-5), name="skywater")
    one = ArrayPulses().moved(cells, pulse(resets=True, drive=2.8, width=1e-6), RNG)
    parts = cells
    for _ in range(8):
        moved = ArrayPulses().moved(parts, pulse(resets=True, drive=2.8, width=1.25e-7), RNG)
        parts = replace(parts, state=moved.state)
    disturbed = np.abs(one.state["filament"] - cells.state["filament"])[1, 0]
    assert disturbed > 0.01e-9
    np.testing.assert_allclose(one.state["filament"], parts.state["filament"], atol=2e-13)


def test_selector_keeps_half_the_voltage_from_the_memory():
    selector = Selected(i_s=1e-9, v_s=0.05)
    cells = bank(np.full(SHAPE, 1e-5), selector=selector)
    made = cells.device
    moved = ArrayPulses().moved(cells, pulse(resets=True, drive=1.0), RNG)
    x0 = float(cells.state["x"][1, 2])

    def miss(u):
        # At the start; x moves the voltage by less than a percent.
        i = u * 1e-5
        return u + 0.05 * np.arcsinh(i / 1e-9) - 1.0

    u = float(root(miss, 0.5).x[0])
    wanted = float(made.pulse({"x": np.array([x0])}, -u, 84e-9)["x"][0])
    assert float(moved.state["x"][1, 2]) - x0 == pytest.approx(wanted - x0, rel=0.1)
    np.testing.assert_array_equal(moved.state["x"][0], cells.state["x"][0])
    np.testing.assert_array_equal(moved.state["x"][1, 0], cells.state["x"][1, 0])


def test_wires_take_their_share():
    far = {"r_word": 300.0, "r_bit": 300.0}
    ideal = ArrayPulses().moved(bank(np.full(SHAPE, 5e-5)), pulse(drive=1.7), RNG)
    wired = ArrayPulses().moved(bank(np.full(SHAPE, 5e-5), wires=far), pulse(drive=1.7), RNG)
    assert wired.state["x"][1, 2] > ideal.state["x"][1, 2]


def test_cells_too_fast_to_follow_are_told():
    cells = bank(np.full(SHAPE, 1e-5))
    message = "the cells of an array must be followed in steps of 9.53674e-07 s or more"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        ArrayPulses().moved(cells, pulse(resets=True, drive=2.9, width=1.0), RNG)
