import re

import numpy as np
import pytest
from scipy.linalg import expm

from ohmloom_analog.cells import DeviceCells, Selected
from ohmloom_analog.crossbar import Crossbar
from ohmloom_analog.devices import device
from ohmloom_analog.engines import ENGINE_NAMES, ReadTiming, make_engine, stepping
from ohmloom_analog.engines.ngspice import NgspiceEngine
from ohmloom_analog.engines.nodal import NodalEngine
from ohmloom_analog.engines.transient import TransientEngine
from ohmloom_analog.errors import EngineError
from ohmloom_analog.memory_law import MemoryCells

WIRES = {"r_word": 20.0, "r_bit": 30.0, "r_source": 50.0, "r_sense": 10.0}
TAU = 1 / (2 * np.pi * 20e6)


def crossbar(shape=(3, 4), seed=0, **wires):
    rng = np.random.default_rng(seed)
    return Crossbar(10 ** rng.uniform(-6, -4, shape), **(WIRES | wires))


def engine(subject, *, reduce=True, **times):
    made = TransientEngine(ReadTiming(**times), reduce=reduce)
    made.load(subject)
    return made


def largest(found, wanted):
    return np.abs(found - wanted).max() / np.abs(wanted).max()


def exact_currents(subject, vectors, settle, edge):
    """Sampled currents of the RC network, by matrix exponentials of its state equations.

    States are the voltages of all line nodes and the outputs of the amplifiers.
    """
    rows, lines = subject.conductance.shape
    cells, states = rows * lines, 2 * rows * lines + lines
    word = np.arange(cells).reshape(rows, lines)
    bit = word + cells
    matrix, drive = np.zeros((states, states)), np.zeros((states, rows))

    def join(a, b, conductance, farad):
        for one, other in ((a, b), (b, a)):
            matrix[one, one] -= conductance / farad[one]
            matrix[one, other] += conductance / farad[one]

    farad = np.repeat([subject.c_word, subject.c_bit], cells)
    for r in range(rows):
        first = 1 / (subject.r_source + subject.r_word)
        matrix[word[r, 0], word[r, 0]] -= first / subject.c_word
        drive[word[r, 0], r] += first / subject.c_word
        for c in range(lines):
            join(word[r, c], bit[r, c], subject.conductance[r, c], farad)
            if c:
                join(word[r, c - 1], word[r, c], 1 / subject.r_word, farad)
            if r:
                join(bit[r - 1, c], bit[r, c], 1 / subject.r_bit, farad)
    for c in range(lines):
        last = 1 / (subject.r_sense + subject.r_bit)
        matrix[bit[-1, c], bit[-1, c]] -= last / subject.c_bit
        output = 2 * cells + c
        matrix[output, bit[-1, c]] += last / TAU
        matrix[output, output] -= 1 / TAU
    state, before, sampled = np.zeros(states), np.zeros(rows), []
    for vector in vectors:
        # The drivers as further states: level, and its slope.
        whole = np.zeros((states + 2 * rows,) * 2)
        whole[:states, :states] = matrix
        whole[:states, states : states + rows] = drive
        whole[states : states + rows, states + rows :] = np.eye(rows)
        for level, slope, time in (
            (before, (vector - before) / edge, edge),
            (vector, np.zeros(rows), settle - edge),
        ):
            state = (expm(whole * time) @ np.concatenate([state, level, slope]))[:states]
        before = vector
        sampled.append(state[-lines:])
    return np.array(sampled)


def test_settling_of_lines_with_capacitance_is_that_of_the_rc_network():
    subject = crossbar(c_word=20e-12, c_bit=30e-12)
    vectors = np.random.default_rng(1).uniform(-0.2, 0.2, (4, 3))
    found = engine(subject, settle_time=30e-9, edge_time=2e-9, longest_step=0.2e-9)
    currents = found.currents(vectors)
    wanted = exact_currents(subject, vectors, 30e-9, 2e-9)
    settled = NodalEngine()
    settled.load(subject)
    # Far from settled: the amplifiers alone are e^-3.8 off.
    assert largest(wanted, settled.currents(vectors)) > 0.03
    assert largest(currents, wanted) < 1e-3
    error = wanted - settled.currents(vectors)
    np.testing.assert_allclose(found.settling_error, error, rtol=0, atol=1e-3 * abs(wanted).max())


@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize("settle", [10e-9, 25e-9, 60e-9])
def test_error_at_the_sample_is_that_of_one_pole(reduce, settle):
    subject, vector, edge = crossbar(), np.array([0.2, -0.1, 0.15]), 3e-9
    found = engine(subject, reduce=reduce, settle_time=settle, edge_time=edge, longest_step=0.1e-9)
    currents = found.currents(vector)
    # A pole behind a ramp that ended settle - edge ago.
    remains = TAU / edge * (np.exp(edge / TAU) - 1) * np.exp(-settle / TAU)
    final = NodalEngine()
    final.load(subject)
    wanted = -remains * final.currents(vector)
    np.testing.assert_allclose(found.settling_error, wanted, rtol=5e-3)
    assert found.settling_error.shape == currents.shape == (4,)


@pytest.mark.parametrize("reduce", [False, True])
def test_settled_currents_are_those_of_the_operating_point(reduce):
    subject = crossbar((8, 9))
    vectors = np.random.default_rng(2).uniform(-0.2, 0.2, (5, 8))
    spice = NgspiceEngine()
    spice.load(subject)
    found = engine(subject, reduce=reduce)
    assert largest(found.currents(vectors), spice.currents(vectors)) < 1e-9
    assert np.abs(found.settling_error).max() < 1e-9 * np.abs(spice.currents(vectors)).max()


def test_vector_leaves_its_rest_in_the_next():
    subject = Crossbar([[1e-5]])
    found = engine(subject, settle_time=2 * TAU, edge_time=TAU / 100, longest_step=TAU / 100)
    first, second = (found.currents([v])[0] for v in (1.0, 0.0))
    assert second == pytest.approx(first * np.exp(-2), rel=0.01)


def test_time_goes_on_by_one_settle_time_a_vector():
    found = engine(crossbar(), settle_time=1e-7)
    begun = found.time
    found.currents(np.zeros((3, 3)))
    assert found.time - begun == pytest.approx(3e-7, abs=1e-15)


@pytest.mark.parametrize("capacitance", [0.0, 5e-12])
def test_forgetting_the_past_changes_no_current(monkeypatch, capacitance):
    subject = crossbar(c_word=capacitance, c_bit=capacitance)
    vectors = np.random.default_rng(3).uniform(-0.2, 0.2, (6, 3))
    times = {"settle_time": 20e-9, "longest_step": 0.5e-9}
    kept = engine(subject, **times).currents(vectors)
    monkeypatch.setattr(stepping, "_MOST_VALUES", 100)
    forgot = engine(subject, **times)
    assert largest(forgot.currents(vectors), kept) < 2e-3
    assert forgot._circuit()[1].points < 200


def test_engines_that_take_turns_keep_their_state():
    subjects = [crossbar(seed=seed) for seed in range(3)]
    times = {"settle_time": 15e-9, "longest_step": 0.5e-9}
    vectors = np.random.default_rng(4).uniform(-0.2, 0.2, (4, 3))
    alone = [engine(subject, **times).currents(vectors) for subject in subjects]
    together = [engine(subject, **times) for subject in subjects]
    spice = NgspiceEngine()
    spice.load(subjects[0])
    for step, vector in enumerate(vectors):
        for index, one in enumerate(together):
            assert largest(one.currents(vector), alone[index][step]) < 2e-3
            spice.currents(vector)


@pytest.mark.parametrize("size", [(6, 5)])
def test_selectors_settle_to_newtons_currents(size):
    subject = Crossbar(
        crossbar(size).conductance, **WIRES, law=Selected(i_s=1e-9, v_s=0.05), c_bit=1e-15
    )
    vectors = np.random.default_rng(5).uniform(0.5, 1.0, (2, 6))
    exact = NodalEngine()
    exact.load(subject)
    assert largest(engine(subject).currents(vectors), exact.currents(vectors)) < 1e-6


@pytest.mark.parametrize("name", ["skywater", "stanford", "vteam-b"])
def test_frozen_devices_settle_to_newtons_currents(name):
    made = device(name)
    x = np.random.default_rng(6).uniform(0.1, 0.9, (3, 4))
    law = DeviceCells(device=made, state=made.from_normalised(x))
    subject = Crossbar(np.ones((3, 4)), **WIRES, law=law)
    vector = np.array([0.2, -0.15, 0.1])
    exact, spice = NodalEngine(), NgspiceEngine()
    exact.load(subject)
    spice.load(subject)
    assert largest(spice.currents(vector), exact.currents(vector)) < 1e-6
    assert largest(engine(subject).currents(vector), exact.currents(vector)) < 1e-6


def test_node_voltages_are_those_of_the_operating_point():
    for subject in (crossbar(c_word=1e-14, c_bit=1e-14), crossbar(), crossbar(r_word=0, r_sense=0)):
        vector = np.array([0.2, -0.1, 0.15])
        exact = NodalEngine()
        exact.load(subject)
        found, wanted = engine(subject).node_voltages(vector), exact.node_voltages(vector)
        np.testing.assert_allclose(found.word, wanted.word, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.bit, wanted.bit, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_capacitance_changes_no_settled_current(name):
    vector = np.array([0.2, -0.1, 0.15])
    found = []
    for subject in (crossbar(), crossbar(c_word=1e-14, c_bit=1e-14)):
        made = make_engine(name)
        made.load(subject)
        found.append(made.currents(vector))
    assert largest(found[1], found[0]) < 1e-9


def test_error_is_refused_before_a_read():
    message = "transient: currents must be read before their error is known"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        _ = engine(crossbar()).settling_error


@pytest.mark.parametrize("engine_kind", [NgspiceEngine, TransientEngine])
def test_scaled_devices_behind_transistors_settle_to_newtons_currents(engine_kind):
    made = device("skywater")
    rng = np.random.default_rng(7)
    x = rng.uniform(0.1, 0.9, (3, 4))
    law = MemoryCells(
        device=made,
        state=made.from_normalised(x),
        scale=rng.uniform(0.5, 2.0, (3, 4)),
        r_access=5e3,
    )
    subject = Crossbar(np.ones((3, 4)), **WIRES, law=law)
    vector = np.array([0.2, -0.15, 0.1])
    exact, spice = NodalEngine(), engine_kind()
    exact.load(subject)
    spice.load(subject)
    assert largest(spice.currents(vector), exact.currents(vector)) < 1e-6
