import numpy as np
import pytest

from ohmloom_analog.engines.ladder import Ladder


def _reference(loads, segments, currents):
    # Nodal equations of one line, written out; node k hangs on k + 1, the last on the driven end.
    nodes = len(loads)
    matrix = np.diag(loads).astype(float)
    for node, resistance in enumerate(segments):
        g = 0.0 if np.isinf(resistance) else 1 / resistance
        matrix[node, node] += g
        if node + 1 < nodes:
            matrix[node + 1, node + 1] += g
            matrix[node, node + 1] -= g
            matrix[node + 1, node] -= g
    drive = np.zeros(nodes)
    drive[-1] = 0.0 if np.isinf(segments[-1]) else 1 / segments[-1]
    return np.linalg.solve(matrix, currents), np.linalg.solve(matrix, drive)


@pytest.mark.parametrize("cut", [None, 0, 2, 4])
def test_lines_obey_the_nodal_equations(cut):
    rng = np.random.default_rng(0)
    loads = rng.uniform(0.1, 1, (3, 5))
    segments = rng.uniform(0.1, 1, (3, 5))
    if cut is not None:
        segments[1, cut] = np.inf
    ladder = Ladder.of(loads, segments)
    currents = rng.uniform(-1, 1, (2, 3, 5))
    found = ladder.solve(currents.copy())
    for line in range(3):
        _, driven = _reference(loads[line], segments[line], currents[0, line])
        np.testing.assert_allclose(ladder.driven[line], driven, atol=1e-14)
        for k in range(2):
            wanted, _ = _reference(loads[line], segments[line], currents[k, line])
            np.testing.assert_allclose(found[k, line], wanted, rtol=1e-12)


def test_wires_of_none_hold_the_line_at_its_driven_end():
    ladder = Ladder.of(np.ones((2, 3)), np.zeros((2, 3)))
    assert ladder.solve(np.ones((1, 2, 3))).tolist() == np.zeros((1, 2, 3)).tolist()
    assert ladder.driven.tolist() == np.ones((2, 3)).tolist()


def test_piece_without_anything_stays_at_rest():
    ladder = Ladder.of(np.zeros((1, 3)), np.array([[1.0, np.inf, 1.0]]))
    assert ladder.solve(np.zeros((1, 1, 3))).tolist() == [[[0.0, 0.0, 0.0]]]
    assert ladder.driven.tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize("resistance", [1e-15, 1e-300, 0.0])
def test_tiny_wires_lose_nothing(resistance):
    ladder = Ladder.of(np.full((1, 4), 1e-5), np.full((1, 4), resistance))
    found = ladder.solve(np.full((1, 1, 4), 1e-5))
    # 1, 2, 3, 4 currents through the segments, summed up from the driven end.
    wanted = resistance * 1e-5 * np.array([10.0, 9.0, 7.0, 4.0])
    np.testing.assert_allclose(found[0, 0], wanted, rtol=1e-12)


def test_replaced_line_is_the_line_made_anew():
    rng = np.random.default_rng(1)
    loads, segments = rng.uniform(0.1, 1, (4, 6)), rng.uniform(0.1, 1, (4, 6))
    segments[2, 3] = np.inf
    ladder = Ladder.of(loads, segments)
    changed = loads.copy()
    changed[2] = rng.uniform(0.1, 1, 6)
    ladder.replace(2, changed[2], segments[2])
    currents = rng.uniform(-1, 1, (1, 4, 6))
    wanted = Ladder.of(changed, segments)
    np.testing.assert_allclose(
        ladder.solve(currents.copy()), wanted.solve(currents.copy()), rtol=1e-13
    )
    np.testing.assert_allclose(ladder.driven, wanted.driven, rtol=1e-13)
