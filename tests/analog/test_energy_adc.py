import pytest

from ohmloom_analog.energy_adc import conversion_energy, walden_figure


@pytest.mark.parametrize(
    ("low", "high", "best", "median", "pj"),
    [
        # Single SAR converters of the ADC survey: ENOB, fJ a step, median energy.
        (4.0, 6.0, 20, 54, 3.0),
        (6.0, 7.2, 17, 30, 3.2),
        (7.0, 8.5, 6.0, 23, 3.2),
        (8.5, 10.0, 0.35, 22, 10.6),
    ],
)
def test_envelope_is_the_surveys(low, high, best, median, pj):
    middle = (low + high) / 2
    assert walden_figure(middle) == pytest.approx(median * 1e-15)
    assert walden_figure(middle, "best") == pytest.approx(best * 1e-15)
    # The median energy is of a converter somewhere within the range.
    assert median * 1e-15 * 2**low < pj * 1e-12 < median * 1e-15 * 2**high


def test_a_conversion_is_steps_times_the_figure_of_merit():
    assert conversion_energy(8) == pytest.approx(256 * 23e-15)
    assert conversion_energy(10) == pytest.approx(1024 * 22e-15)
    assert conversion_energy(8, "best") == pytest.approx(256 * 6e-15)


def test_noise_limits_the_best_converters_of_many_bits():
    # An ideal converter has a signal-to-noise ratio of 1.5 * 4^N; 189 dB is 10^18.9.
    for bits in (12, 14, 16):
        limit = 1.5 * 4.0**bits / 10**18.9 / 2
        assert conversion_energy(bits, "best") == pytest.approx(limit, rel=0.01)


def test_the_median_rises_with_every_bit():
    found = [conversion_energy(bits) for bits in range(1, 17)]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("bits", "envelope", "message"),
    [
        (0, "median", r"^bits must be finite and above 0, not 0$"),
        (8, "mean", r"^envelope must be one of median, best, not 'mean'$"),
    ],
)
def test_what_is_no_converter_is_refused(bits, envelope, message):
    with pytest.raises(ValueError, match=message):
        conversion_energy(bits, envelope)
