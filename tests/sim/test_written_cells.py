import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_sim.report.tables import program_rows
from ohmloom_sim.written_cells import WrittenCells, program_figures

PULSE = {"drive": {"start": 1.0, "stop": 2.0, "step": 0.1}}
SPEC = ChipSpec.parse(
    {
        "weight_bits": 3,
        "tile": [
            {
                "count": 2,
                "rows": 2,
                "columns": 1,
                "cell": {"levels": 4, "device": "skywater", "access": "1t1r", "r_access": 5e3},
                "write": {"set": PULSE, "reset": PULSE},
            }
        ],
    }
)
LEVELS = np.array([[[0, 3, 0], [1, -1, 0]], [[-1, -1, -1], [-1, -1, -1]]])


def outcome(status, code, pulses, flips=0, relapsed=False):
    return Outcome(status=status, code=code, pulses=pulses, flips=flips, relapsed=relapsed)


@pytest.fixture
def cells():
    made = WrittenCells.wanted(SPEC, LEVELS)
    for place, found in {
        (0, 0, 0): outcome(WriteStatus.WRITTEN, 20, 0),
        (0, 0, 1): outcome(WriteStatus.WRITTEN, 818, 5, flips=1, relapsed=True),
        (0, 0, 2): outcome(WriteStatus.WRITTEN, 20, 2),
        (0, 1, 0): outcome(WriteStatus.TOO_MANY_PULSES, 20, 64, flips=2),
        (0, 1, 2): outcome(WriteStatus.WRITTEN, 20, 1),
        (0, 1, 1): outcome(WriteStatus.LOCKED, 0, 0),
    }.items():
        made.put(place, found)
    return made


def test_targets_are_the_codes_of_the_levels(cells):
    full = 1.25 * 40
    codes = [round((1 + 13 * level) / full * 1023) for level in range(4)]
    expected = [[codes[0], codes[3], codes[0]], [codes[1], -1, codes[0]]]
    assert cells.target[0].tolist() == expected
    assert (cells.target[1] == -1).all()


def test_figures_count_cells_with_a_target_only(cells):
    figures = program_figures(SPEC, cells, energy=2e-9, cycles=1000, seconds=1.5)
    assert (figures.cells, figures.written, figures.untouched) == (5, 4, 1)
    assert figures.pulses == 72
    assert figures.pulses_mean == 72 / 5
    assert figures.pulses_max == 64
    assert figures.pulses_p99 == pytest.approx(64 - 0.04 * 59)
    assert figures.flips_mean == 3 / 5
    assert figures.relapsed == 1
    (failed,) = figures.failures
    assert (failed.tile, failed.row, failed.line) == (0, 1, 0)
    assert (failed.status, failed.pulses) == ("too many pulses", 64)
    assert failed.levels_off == pytest.approx(-1.0, abs=1e-2)


def test_plain_data_has_the_failures_one_by_one(cells):
    plain = program_figures(SPEC, cells).to_json()
    assert plain["failed"] == 1
    assert plain["failures"][0]["line"] == 0
    assert plain["energy"] is None


def test_rows_tell_what_is_known(cells):
    rows = dict(program_rows(program_figures(SPEC, cells, energy=2e-9, cycles=12345, seconds=1.5)))
    assert rows["cells within tolerance"] == "4 of 5 (80.00 %)"
    assert rows["pulses a cell, mean, p99, max"] == "14.4, 61.6, 64"
    assert rows["energy of the pulses"] == "2 nJ, 400 pJ a cell"
    assert rows["clock cycles, link included"] == "12,345"
    assert rows["written in"] == "1.5 s"
    assert rows["tile 0, row 1, line 0"] == "too many pulses, -1.00 levels off after 64 pulses"
    assert "energy of the pulses" not in dict(program_rows(program_figures(SPEC, cells)))
    assert program_rows(None) == []


def test_long_lists_of_failures_are_cut_and_counted():
    many = ChipSpec.parse({**SPEC.model_dump(mode="json", exclude_none=True)})
    levels = np.zeros((2, 2, 3), dtype=np.int64)
    cells = WrittenCells.wanted(many, levels)
    for place in np.ndindex(2, 2, 3):
        cells.put(place, outcome(WriteStatus.TOO_MANY_FLIPS, 100, 3))
    assert "more cells that failed" not in dict(program_rows(program_figures(many, cells)))
    levels = np.zeros((7, 2, 3), dtype=np.int64)
    wide = ChipSpec.parse(
        {
            **many.model_dump(mode="json", exclude_none=True),
            "tile": [{**many.model_dump(mode="json", exclude_none=True)["tile"][0], "count": 7}],
        }
    )
    cells = WrittenCells.wanted(wide, levels)
    assert dict(program_rows(program_figures(wide, cells)))["more cells that failed"] == "30"


def test_arrays_come_back(cells):
    again = WrittenCells.of_arrays(cells.arrays())
    for name, values in cells.arrays().items():
        assert getattr(again, name).tolist() == values.tolist()
