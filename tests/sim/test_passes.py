import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_sim.passes import ideal_codes, passes_of_steps, step_passes
from ohmloom_sim.recording import Recording

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 2, "rows": 2, "columns": 1}],
        "input": {"bits": 5, "slice_bits": 2, "signed": True},
    }
)


def test_positive_parts_come_first_and_slices_ascend():
    found = list(step_passes(SPEC, Step.of_sums(0, rows=2, columns=1, signed=True)))
    assert found == [(0, 1), (2, 1), (4, 1), (0, -1), (2, -1), (4, -1)]
    assert list(step_passes(SPEC, Step.of_sums(0, rows=2, columns=1, signed=False))) == found[:3]


def test_passes_are_numbered_sample_by_sample():
    tiles = [1, 1, 1, 0, 0, 0, 0, 0, 0] * 2
    zeros = np.zeros(len(tiles), dtype=np.int64)
    recording = Recording(
        tile=np.array(tiles),
        inputs=np.zeros((len(tiles), 2), dtype=np.int64),
        codes=np.zeros((len(tiles), 2), dtype=np.int64),
        clipped=zeros,
        start_ps=zeros,
        end_ps=zeros,
    )
    steps = (
        Step.of_sums(1, rows=2, columns=1, signed=False),
        Step.of_sums(0, rows=2, columns=1, signed=True),
    )
    table = LayerTable(steps=steps, biases=(0,), inputs=2, outputs=1)
    first, second = passes_of_steps(SPEC, table, recording, 2)
    assert first.index.tolist() == [[0, 1, 2], [9, 10, 11]]
    assert second.index.tolist() == [[3, 4, 5, 6, 7, 8], [12, 13, 14, 15, 16, 17]]
    assert second.shifts.tolist() == [0, 2, 4, 0, 2, 4]
    assert second.signs.tolist() == [1, 1, 1, -1, -1, -1]


@pytest.mark.parametrize(
    ("offset", "sums", "codes"),
    [(0.0, [0, 1, 2, 3, 90], [0, 1, 1, 2, 31]), (-1.0, [0, 1, 2, 3, 90], [0, 0, 0, 1, 31])],
)
def test_ideal_codes_round_ties_up_and_clip(offset, sums, codes):
    # 2 rows of 3 on cells of 15 are up to 90; 31 steps of 4 are needed.
    spec = SPEC.model_copy(update={"adc": SPEC.adc.model_copy(update={"bits": 5})})
    assert spec.adc_shift == 2
    spec = spec.model_copy(update={"adc": spec.adc.model_copy(update={"offset": offset})})
    assert ideal_codes(spec, np.array([2 * s for s in sums])).tolist() == codes
