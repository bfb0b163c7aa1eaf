import re

import numpy as np
import pytest

from ohmloom_analog.errors import StateError
from ohmloom_analog.spec import load_spec
from ohmloom_analog.state import CellFlag, ChipState, TileState, load_state, save_state

LEVELS = np.array([[0, 3, 0], [15, 7, 0]])
CONDUCTANCE = 1e-6 + 2.6e-6 * LEVELS


def tile(**changes):
    fields = {
        "levels": LEVELS,
        "conductance": CONDUCTANCE,
        "device": {"gap": CONDUCTANCE * 1e-3, "temperature": np.full((2, 3), 301.0)},
        "pulses": LEVELS * 1000,
        "flags": np.array([[0, 1, 0], [0, 0, 24]], dtype=np.uint8),
        "age": 86400.0,
        "temperature": 358.0,
        "touched": {"drift": 6, "p_stuck_hrs": 1},
    }
    return TileState(**(fields | changes))


def chip():
    return ChipState(
        spec_hash="ab" * 32,
        seed=2**32 - 1,
        tiles=(tile(), TileState(levels=LEVELS, conductance=CONDUCTANCE)),
    )


def test_saved_state_comes_back_to_the_last_bit(tmp_path):
    path = tmp_path / "state.npz"
    save_state(chip(), path)
    again = load_state(path)
    assert (again.spec_hash, again.seed, len(again.tiles)) == ("ab" * 32, 2**32 - 1, 2)
    found = again.tiles[0]
    for name, wanted in {
        "levels": LEVELS,
        "conductance": CONDUCTANCE,
        "pulses": LEVELS * 1000,
        "flags": [[0, 1, 0], [0, 0, 24]],
    }.items():
        np.testing.assert_array_equal(getattr(found, name), wanted)
    assert set(found.device) == {"gap", "temperature"}
    np.testing.assert_array_equal(found.device["gap"], CONDUCTANCE * 1e-3)
    assert (found.age, found.temperature) == (86400.0, 358.0)
    assert dict(found.touched) == {"drift": 6, "p_stuck_hrs": 1}
    assert list(found.touched) == ["drift", "p_stuck_hrs"]
    assert again.tiles[1].touched == {}
    assert again.tiles[1].device == {}
    assert not again.tiles[1].pulses.any()
    assert list(tmp_path.iterdir()) == [path]


def test_state_does_not_follow_the_arrays_it_was_made_from():
    given = CONDUCTANCE.copy()
    made = tile(conductance=given)
    given[0, 0] = 1.0
    assert made.conductance[0, 0] == 1e-6
    with pytest.raises(ValueError, match="^assignment destination is read-only$"):
        made.conductance[0, 0] = 1.0


def test_flags_are_told_apart():
    made = tile()
    assert made.flagged(CellFlag.FAILED).tolist() == [[False] * 3, [False, False, True]]
    assert made.flagged(CellFlag.STUCK_HRS).sum() == 1
    assert made.flagged(CellFlag.STUCK_LRS).sum() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"conductance": [[1.0, np.nan, 0.0]] * 2},
            "conductance[0, 1] must be finite, not nan",
        ),
        (
            {"conductance": [[1.0, 0.0, -1.0]] * 2},
            "conductance[0, 2] must be at least 0, not -1.0",
        ),
        (
            {"conductance": [1.0, 2.0]},
            "conductance must be a matrix of rows x lines, not of the shape (2,)",
        ),
        (
            {"levels": LEVELS.T},
            "levels must have the shape of conductance, (2, 3), not (3, 2)",
        ),
        ({"levels": LEVELS / 2}, "levels must be integers, not float64"),
        ({"pulses": -LEVELS}, "pulses[0, 1] must be at least 0, not -3"),
        ({"flags": LEVELS * 100}, "flags[0, 1] must be at most 255, not 300"),
        (
            {"device": {"gap": np.zeros(3)}},
            "device[gap] must have the shape of conductance, (2, 3), not (3,)",
        ),
        ({"age": -1}, "age must be finite and at least 0 s, not -1.0"),
        ({"age": np.inf}, "age must be finite and at least 0 s, not inf"),
        (
            {"touched": {"drift": 7}},
            "touched[drift] must be from 0 to 6 cells, not 7",
        ),
        ({"temperature": 0}, "temperature must be finite and above 0 K, not 0.0"),
    ],
)
def test_impossible_state_is_refused(changes, message):
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        tile(**changes)


def test_state_of_another_chip_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    save_state(chip(), path)
    spec = load_spec("default")
    message = f"state must be of the chip with the hash {spec.hash[:16]}, not of abababababababab"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        load_state(path, spec)


def test_state_with_too_few_tiles_or_cells_is_refused():
    spec = load_spec("default")
    one = ChipState(spec_hash=spec.hash, seed=0, tiles=(tile(),))
    message = f"state must have {spec.tiles} tiles, not 1"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        one.check(spec)
    many = ChipState(spec_hash=spec.hash, seed=0, tiles=(tile(),) * spec.tiles)
    shape = (spec.rows, spec.lines + 1)
    message = f"conductance of tile 0 must have the shape {shape}, not (2, 3)"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        many.check(spec)


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "nothing.npz"
    message = f"state must be an existing .npz file, not '{path}'"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        load_state(path)


def test_file_of_something_else_is_refused_by_what_it_lacks(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, weights_0=np.zeros((2, 2)))
    message = f"state '{path}' must hold the array format"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        load_state(path)


def test_file_of_a_later_format_is_refused(tmp_path):
    path = tmp_path / "later.npz"
    np.savez(path, format=np.array(2))
    message = f"state '{path}' is damaged: its format must be 1, not 2"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        load_state(path)


def test_every_cut_and_most_changed_bytes_are_refused_in_one_line(tmp_path):
    """A byte may be one that zip doesn't use; then what is read is what was written."""
    path = tmp_path / "state.npz"
    save_state(chip(), path)
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    damaged = [whole[:length] for length in rng.integers(0, len(whole), 60)]
    for place, change in zip(
        rng.integers(0, len(whole), 300), rng.integers(1, 256, 300), strict=True
    ):
        damaged.append(whole[:place] + bytes([whole[place] ^ int(change)]) + whole[place + 1 :])
    refusals = []
    for index, content in enumerate(damaged):
        path.write_bytes(content)
        try:
            again = load_state(path)
        except StateError as error:
            refusals.append(str(error))
        else:
            assert index >= 60
            np.testing.assert_array_equal(again.tiles[0].conductance, CONDUCTANCE)
            np.testing.assert_array_equal(again.tiles[1].levels, LEVELS)
    assert len(refusals) >= 200
    assert all("\n" not in text and str(path) in text for text in refusals)


def test_folder_that_cannot_be_written_to_is_refused(tmp_path):
    path = tmp_path / "missing" / "state.npz"
    message = f"state '{path}' can't be written: No such file or directory"
    with pytest.raises(StateError, match=f"^{re.escape(message)}$"):
        save_state(chip(), path)
