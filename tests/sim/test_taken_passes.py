"""Passes that were taken of steps that were read more than once."""

import numpy as np
import pytest

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec, EccSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_sim.recording import Recording
from ohmloom_sim.taken_passes import taken_passes

SPEC = ChipSpec.parse(
    {
        "tile": [{"count": 2, "rows": 2, "columns": 1}],
        "input": {"bits": 5, "slice_bits": 2, "signed": True},
    }
)


def _recording(tiles):
    count = len(tiles)
    return Recording(
        tile=np.array(tiles),
        inputs=np.zeros((count, 2), dtype=np.int64),
        codes=np.zeros((count, 2), dtype=np.int64),
        clipped=np.zeros(count, dtype=np.int64),
        start_ps=np.arange(count),
        end_ps=np.arange(count),
    )


def _table(*tiles):
    steps = tuple(Step.of_sums(tile, rows=2, columns=1) for tile in tiles)
    return LayerTable(steps=steps, biases=(0,), inputs=2, outputs=1)


def test_of_steps_that_are_read_again_the_last_passes_are_taken():
    # Of three passes a step: the first step of sample 0 twice, the second of sample 1 three times.
    tiles = [0, 0, 0] * 2 + [1, 1, 1] + [0, 0, 0] + [1, 1, 1] * 3
    found = taken_passes(SPEC, _table(0, 1), _recording(tiles), [0, 9])
    assert found.start_ps.tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 11, 18, 19, 20]


def test_steps_that_are_read_once_are_all_taken():
    tiles = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    found = taken_passes(SPEC, _table(0, 0, 1), _recording(tiles), [0])
    assert found.start_ps.tolist() == list(range(9))


@pytest.mark.parametrize(
    ("steps", "tiles", "message"),
    [
        (
            (0, 0),
            [0] * 9,
            "a step read again must be told from the next, not both be of tile 0",
        ),
        ((0, 1), [0, 0, 0, 0, 0, 0], "passes of step 1 must be of tile 1, not of another"),
        (
            (0, 1),
            [0, 0, 0, 1, 1, 1, 1],
            "passes of a sample must end with its last step, not 1 later",
        ),
    ],
)
def test_passes_that_are_not_those_of_the_steps_are_refused(steps, tiles, message):
    with pytest.raises(HardwareError, match=f"^{message}$"):
        taken_passes(SPEC, _table(*steps), _recording(tiles), [0])


def test_halves_of_slices_become_whole_ones():
    spec = SPEC.model_copy(update={"ecc": EccSpec(reissue=True)})
    # Sample 0 clips in the first step, sample 1 in none; then six passes of halves.
    tiles = [0] * 3 + [0] * 6 + [1] * 3 + [0] * 3 + [1] * 3
    recording = _recording(tiles)
    recording.clipped[1] = 2
    recording.clipped[6] = 1
    recording.inputs[3:9] = [[1, 0], [0, 1], [1, 1], [1, 0], [0, 0], [1, 1]]
    recording.codes[3:9] = [[3, -1], [1, -1], [5, -1], [7, -1], [2, -1], [0, -1]]
    found = taken_passes(spec, _table(0, 1), recording, [0, 12])
    assert found.tile.tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert found.halved.tolist() == [True] * 3 + [False] * 9
    # A slice of two bits has halves of one each.
    assert found.inputs[:3].tolist() == [[1, 2], [3, 1], [2, 2]]
    assert found.codes[:3].tolist() == [[5, -1], [19, -1], [2, -1]]
    assert found.clipped[:3].tolist() == [0, 1, 0]
    assert found.start_ps.tolist()[:4] == [3, 5, 7, 9]
    assert found.end_ps.tolist()[:4] == [4, 6, 8, 9]


def test_after_halves_a_step_in_doubt_is_read_in_halves_again():
    ecc = EccSpec(reissue=True, checksums=True)
    spec = SPEC.model_copy(update={"ecc": ecc})
    recording = _recording([0] * 3 + [0] * 6 + [0] * 6 + [1] * 3)
    recording.clipped[0] = 1
    found = taken_passes(spec, _table(0, 1), recording, [0])
    assert found.start_ps.tolist() == [9, 11, 13, 15, 16, 17]
