import pytest

from ohmloom_analog.energy_neurram import neurram_latency

TIMES = {"integration": 1.0, "conversion_step": 100.0, "phase": 10_000.0}


@pytest.mark.parametrize(
    ("outputs", "inputs", "phases", "seconds"),
    [
        # Integrations, converter steps and phases stand in different digits.
        (3, 1, 1, 10_301),
        (4, 2, 1, 10_401),
        (6, 4, 1, 10_607),
        # Five magnitude bits as 3 + 2: 7 + 3 integrations, 8 + 5 steps.
        (8, 6, 2, 21_310),
        # Seven as 4 + 3: 15 + 7 integrations, 10 + 6 steps.
        (10, 8, 2, 21_622),
    ],
)
def test_latency_counts_integrations_steps_and_phases(outputs, inputs, phases, seconds):
    found = neurram_latency(output_bits=outputs, input_bits=inputs, phases=phases, **TIMES)
    assert found == seconds


@pytest.mark.parametrize(
    ("bits", "phases", "message"),
    [
        ((8, 6), 3, r"^phases must be 1 or 2, not 3$"),
        ((8, 1), 2, r"^bits must be at least 2 in 2 phases, not 1$"),
    ],
)
def test_what_it_cannot_do_is_refused(bits, phases, message):
    with pytest.raises(ValueError, match=message):
        neurram_latency(output_bits=bits[0], input_bits=bits[1], phases=phases, **TIMES)
