import numpy as np
import pytest
from tests.oracle.writable import writable

from ohmloom_analog.level_program import target_code, verify_full_scale
from ohmloom_analog.verify_read import VerifyRead


def codes(spec, conductance, count=1, seed=0):
    rng = np.random.default_rng(seed)
    reader = VerifyRead(spec, 0)
    return [reader.code(conductance, conductance, rng) for _ in range(count)]


def test_code_is_the_target_of_the_conductance():
    spec = writable(parts={"adc": {"bits": 10, "offset": 4.0}, "tia": {"offset": 0.1}})
    for conductance in (0.0, 1e-6, 17.3e-6, 40e-6, 50e-6):
        assert codes(spec, conductance) == [(target_code(spec, 0, conductance), False)]


def test_conductance_beyond_the_range_is_clipped():
    spec = writable()
    assert codes(spec, 1.2 * verify_full_scale(spec, 0)) == [(1023, True)]
    assert codes(spec, 1.0) == [(1023, True)]


def test_gain_errors_count():
    spec = writable(parts={"adc": {"bits": 10, "gain_error": 0.02}, "tia": {"gain_error": 0.03}})
    assert codes(spec, 25e-6)[0][0] == round(1023 * 0.5 * 1.02 * 1.03)


def test_only_twelve_bits_are_read():
    spec = writable(parts={"adc": {"bits": 16}})
    assert codes(spec, 25e-6) == [(2048, False)]


@pytest.mark.parametrize(
    ("parts", "effects", "sigma"),
    [
        ({"adc": {"bits": 10, "noise": 2.0}}, {}, 2.0),
        # 64 steps of 16 bits are 4 of 12.
        ({"adc": {"bits": 16, "noise": 64.0}}, {}, 4.0),
        ({"tia": {"noise": 0.01}}, {}, 10.23),
        # 1 % of 512 codes.
        ({}, {"read_noise": 0.01}, 5.12),
        # Q sqrt(ln((1 us + 250 ns) / 500 ns)) of 512.
        ({}, {"flicker": {"q": 0.01}}, 5.12 * np.sqrt(np.log(2.5))),
    ],
)
def test_noise_is_that_of_converter_amplifier_and_cell(parts, effects, sigma):
    spec = writable(parts={"adc": {"bits": 10}} | parts, effects=effects)
    found = np.array([code for code, _ in codes(spec, 25e-6, count=4000)])
    # The rounding adds a twelfth of a code squared.
    assert np.hypot(sigma, 12**-0.5) == pytest.approx(found.std(), rel=0.05)
