"""Codes at a port, counted anew in plain Python."""

from collections import Counter

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Direction
from ohmloom_sim.coverage.counts import CoverCounts
from ohmloom_sim.coverage.plan import cover_plan
from ohmloom_sim.coverage.port_sampler import SampledArray

PULSE = {"drive": {"start": 1.0, "stop": 1.0}}


def chip(**changes):
    return ChipSpec.parse(
        {
            "tile": [
                {
                    "count": 2,
                    "rows": 4,
                    "columns": 3,
                    "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
                    "write": {"set": PULSE, "reset": PULSE},
                }
            ],
            "encoding": "offset_column",
            "weight_bits": 4,
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"bits": 6, "columns_per_adc": 2},
            **changes,
        }
    )


class Array:
    def __init__(self, codes, clipped):
        self.codes, self.clipped, self.done = codes, clipped, []

    def apply(self, codes):
        self.done.append(("apply", codes.tolist()))

    def convert(self, lines):
        return self.codes[lines], self.clipped[lines]

    def verify(self, row, line):
        return 7, line == 1

    def pulse(self, op, row, line, *, drive, gate, width):
        self.done.append((op, row, line, drive, gate, width))


def hits(counts, group, name):
    point = next(p for p in counts.points if (p.group, p.name) == (group, name))
    return {bin_: n for bin_, n in counts.hits(point).items() if n}


def test_codes_are_counted_as_they_pass_and_handed_on_unchanged():
    spec, rng = chip(), np.random.default_rng(3)
    counts = CoverCounts(cover_plan(spec))
    codes = rng.integers(0, 63, spec.lines, endpoint=True)
    codes[:3] = 0, 63, 63
    clipped = np.zeros(spec.lines, dtype=bool)
    clipped[:3] = True
    array = Array(codes, clipped)
    sampled = SampledArray(array, spec, counts)
    inputs = [rng.integers(0, 3, 4, endpoint=True) for _ in range(5)]
    given = []
    for levels in inputs:
        sampled.apply(levels)
        for first in range(2):
            found, over = sampled.convert(np.arange(first, spec.lines, 2))
            given += found.tolist()
            assert over.tolist() == clipped[first::2].tolist()
    assert array.done == [("apply", levels.tolist()) for levels in inputs]
    # 64 codes in 16 bins of 4 each.
    wanted = Counter(f"{code // 4 * 4} to {code // 4 * 4 + 3}" for code in given)
    assert hits(counts, "codes", "ADC code") == dict(wanted)
    wanted = Counter(str(code) for levels in inputs for code in levels.tolist())
    assert hits(counts, "codes", "input code") == dict(wanted)
    # Line 0 is clipped at code 0, two lines at the highest, once in each of five passes.
    over_range = {"none": 5 * (spec.lines - 3), "low": 5, "high": 10}
    assert hits(counts, "codes", "over-range") == over_range
    assert hits(counts, "encodings", "encoding and over-range") == {
        f"offset_column, {name}": times for name, times in over_range.items()
    }
    assert hits(counts, "encodings", "encoding") == {"offset_column": 5}


def test_pulses_and_verify_reads_are_counted():
    spec = chip()
    counts = CoverCounts(cover_plan(spec))
    array = Array(np.zeros(3), np.zeros(3))
    sampled = SampledArray(array, spec, counts)
    for op in (Direction.SET, Direction.SET, Direction.RESET, "form"):
        sampled.pulse(op, 1, 2, drive=3, gate=4, width=5e-9)
    assert array.done[0] == (Direction.SET, 1, 2, 3, 4, 5e-9)
    assert [sampled.verify(0, line) for line in (0, 1, 2)] == [(7, False), (7, True), (7, False)]
    assert hits(counts, "programming", "pulse") == {"set": 2, "reset": 1, "form": 1}
    assert hits(counts, "programming", "verify read") == {"in range": 2, "out of range": 1}


def test_pulse_on_a_chip_that_is_not_described_to_be_written_is_refused():
    spec = chip(tile=[{"rows": 4, "columns": 3, "cell": {"levels": 4}}])
    sampled = SampledArray(Array([], []), spec, CoverCounts(cover_plan(spec)))
    message = (
        r"^bin 'set' of programming: pulse must not be hit on this chip: "
        r"its tiles aren't described to be written$"
    )
    with pytest.raises(ValueError, match=message):
        sampled.pulse(Direction.SET, 0, 0, drive=0, gate=0, width=1e-9)
