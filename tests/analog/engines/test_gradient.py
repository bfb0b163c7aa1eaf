import numpy as np
import pytest

from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.engines.gradient import solved
from ohmloom_analog.engines.kernels import descend
from ohmloom_analog.engines.solution import AIM
from ohmloom_analog.engines.sweeps import Sweeps


def _crossbar(shape, **more):
    cells = 10 ** np.random.default_rng(0).uniform(-6, -3, shape)
    return Crossbar(cells, r_word=10.0, r_bit=20.0, r_source=5.0, r_sense=3.0, **more)


def _dense(crossbar, voltages, sources):
    # Nodal equations of the whole crossbar, written out.
    rows, lines = crossbar.conductance.shape
    word = np.arange(rows * lines).reshape(rows, lines)
    bit = word + rows * lines
    matrix, right = np.zeros((2 * rows * lines,) * 2), np.zeros(2 * rows * lines)

    def join(a, b, g):
        matrix[a, a] += g
        matrix[b, b] += g
        matrix[a, b] -= g
        matrix[b, a] -= g

    for i in range(rows):
        first = 1 / (crossbar.r_word + crossbar.r_source)
        matrix[word[i, 0], word[i, 0]] += first
        right[word[i, 0]] += first * voltages[i]
        for j in range(lines):
            join(word[i, j], bit[i, j], crossbar.conductance[i, j])
            if j:
                join(word[i, j - 1], word[i, j], 1 / crossbar.r_word)
            if i:
                join(bit[i - 1, j], bit[i, j], 1 / crossbar.r_bit)
    last = 1 / (crossbar.r_bit + crossbar.r_sense)
    matrix[bit[-1], bit[-1]] += last
    right[word] -= sources
    right[bit] += sources
    found = np.linalg.solve(matrix, right)
    return found[word], found[bit], last * found[bit[-1]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (7, 9)])
@pytest.mark.parametrize("driven", [True, False])
def test_solution_obeys_the_nodal_equations(shape, driven):
    crossbar, rng = _crossbar(shape), np.random.default_rng(1)
    voltages = rng.uniform(-1, 1, (2, shape[0])) * driven
    sources = rng.uniform(-1e-4, 1e-4, (2, *shape))
    found = solved(Sweeps(crossbar), voltages, sources)
    assert (found.error <= AIM).all()
    for k in range(2):
        word, bit, outputs = _dense(crossbar, voltages[k], sources[k])
        np.testing.assert_allclose(found.word[k], word, atol=1e-8)
        np.testing.assert_allclose(found.bit[k], bit, atol=1e-8)
        assert np.abs(found.currents[k] - outputs).max() <= 1e-9 * np.abs(outputs).max()


def test_compiled_iteration_gives_the_same():
    crossbar = _crossbar((8, 5))
    source = np.zeros((1, 8, 5))
    source[0, 3, 2] = 1.0
    plain, compiled = (
        solved(Sweeps(crossbar), np.zeros((1, 8)), source, way) for way in (None, descend)
    )
    assert (compiled.error <= AIM).all()
    np.testing.assert_allclose(compiled.currents, plain.currents, rtol=1e-9)
    np.testing.assert_allclose(compiled.word, plain.word, rtol=1e-9)


def test_nothing_in_gives_nothing_and_no_error():
    found = solved(Sweeps(_crossbar((4, 4))), np.zeros((1, 4)))
    assert not found.currents.any()
    assert found.error.tolist() == [0.0]
