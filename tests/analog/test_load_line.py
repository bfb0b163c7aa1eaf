import numpy as np
import pytest
from tests.oracle.series_cell import SeriesCell

from ohmloom_analog.cells import Selected
from ohmloom_analog.devices import device
from ohmloom_analog.load_line import LoadLine
from ohmloom_analog.transistor import Transistor

FET = Transistor(gain=2.9e-4, threshold=0.5)
DEVICE = device("skywater")
STATES = np.linspace(DEVICE.lowest, DEVICE.highest, 9)


def carried(voltage):
    return DEVICE.current_of(voltage, STATES)


@pytest.mark.parametrize("resets", [False, True])
@pytest.mark.parametrize(("voltage", "gate"), [(2.4, 1.0), (2.4, 2.5), (1.5, 3.0), (0.05, 3.0)])
def test_voltage_is_where_both_curves_cross(resets, voltage, gate):
    line = LoadLine(
        voltage=voltage, resets=resets, r_word=60.0, r_bit=40.0, transistor=FET, gate=gate
    )
    found, current = line.across(carried, np.full(9, voltage / 3))
    cell = SeriesCell(
        device=DEVICE,
        gain=FET.gain,
        threshold=0.5,
        voltage=voltage,
        gate=gate,
        resets=resets,
        r_word=60.0,
        r_bit=40.0,
    )
    np.testing.assert_allclose(found, [cell.across(x) for x in STATES], rtol=1e-9, atol=1e-12)
    sign = -1 if resets else 1
    drawn = [sign * cell.drawn(abs(u), x) for u, x in zip(found, STATES, strict=True)]
    np.testing.assert_allclose(current, drawn, rtol=1e-7)


def test_transistor_that_is_off_leaves_nothing_to_the_memory():
    line = LoadLine(voltage=2.0, transistor=FET, gate=0.3)
    found, current = line.across(carried, np.full(9, 2.0))
    np.testing.assert_allclose(found, 0.0, atol=1e-9)
    np.testing.assert_allclose(current, 0.0, atol=1e-12)


def test_gate_limits_the_current_of_a_set():
    line = LoadLine(voltage=2.4, transistor=FET, gate=1.0)
    _, current = line.across(carried, np.full(9, 0.1))
    # k/2 (1.0 - 0.5)^2 at most, and nearly that where the memory would take much more.
    assert current.max() == pytest.approx(2.9e-4 / 2 * 0.25, rel=1e-9)


def test_without_a_transistor_a_divider_is_left():
    line = LoadLine(voltage=1.0, r_word=3e3, r_bit=1e3)
    found, current = line.across(lambda u: (u / 4e3, np.full(u.shape, 1 / 4e3)), np.zeros(2))
    np.testing.assert_allclose(found, 0.5, rtol=1e-12)
    np.testing.assert_allclose(current, 0.5 / 4e3, rtol=1e-12)


def test_selector_takes_its_logarithm():
    selector = Selected(i_s=1e-9, v_s=0.05)
    line = LoadLine(voltage=1.0, r_word=1e3, resets=True, selector=selector)
    found, current = line.across(lambda u: (u / 4e3, np.full(u.shape, 1 / 4e3)), np.zeros(1))
    i = -float(current[0])
    assert 5e3 * i + 0.05 * np.arcsinh(i / 1e-9) == pytest.approx(1.0, rel=1e-12)
    assert float(found[0]) == pytest.approx(-4e3 * i, rel=1e-12)
