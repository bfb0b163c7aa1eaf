import numpy as np
import pytest

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.array_figures import array_figures
from ohmloom_sim.job import Answer
from ohmloom_sim.recording import Recording


def _answer(spec):
    recording = Recording(
        tile=np.array([0, 1]),
        inputs=np.array([[15, 0], [3, 15]]),
        codes=np.zeros((2, spec.lines), dtype=np.int64),
        clipped=np.zeros(2, dtype=np.int64),
        start_ps=np.array([0, 10_000_000]),
        end_ps=np.array([3_000_000, 11_000_000]),
    )
    return Answer(
        results=np.zeros((2, 1), dtype=np.int64),
        winners=np.zeros(2, dtype=np.int64),
        buffer=np.zeros((2, 0), dtype=np.int64),
        cycles=np.zeros(2, dtype=np.int64),
        adc_busy=np.zeros(2, dtype=np.int64),
        clipped=0,
        conversions=40,
        seconds=1.0,
        recording=recording,
    )


@pytest.fixture
def figures():
    cell = {"g_min": 0.0, "g_max": 30e-6, "levels": 4}
    spec = ChipSpec.parse(
        {
            "tile": [
                {"rows": 2, "columns": 1, "cell": cell, "effects": {"p_stuck_lrs": 1.0}},
                {"rows": 2, "columns": 1, "cell": cell},
            ],
            "weight_bits": 2,
            "dac": {"v_read": 0.3, "settle_time": 1e-6},
            "adc": {"bits": 8},
        }
    )
    levels = [np.zeros((2, 2), dtype=int), np.array([[1, 0], [2, 3]])]
    chip = AnalogChip.build(spec, levels, engine="ideal", seed=0, age=5.0, temperature=310.0)
    return array_figures(chip, _answer(spec))


def test_energy_is_that_of_the_cells_over_the_passes(figures):
    # Tile 0: all three cells of row 0 at 30 uS and 0.3 V for 1 + 3 us. Tile 1: row 0 of 10 uS at
    # 0.06 V and row 1 of 20 + 30 uS at 0.3 V for 1 + 1 us.
    first = 0.3**2 * 90e-6 * 4e-6
    second = (0.06**2 * 10e-6 + 0.3**2 * 50e-6) * 2e-6
    assert figures.array_energy == pytest.approx((first + second) / 2, rel=1e-12)


def test_converters_take_their_energy_a_step(figures):
    # The survey's median at eight bits is 23 fJ a step.
    assert figures.converter_energy == pytest.approx(40 * 23e-15 * 256 / 2, rel=1e-12)


def test_effects_and_flags_are_counted(figures):
    assert figures.to_json() == {
        "age": 5.0,
        "temperature": 310.0,
        "cells": 12,
        "effects": {"p_stuck_lrs": 6},
        "flagged_cells": 6,
        "array_energy": figures.array_energy,
        "converter_energy": figures.converter_energy,
        "causes": figures.causes.to_json(),
    }
