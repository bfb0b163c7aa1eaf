import re

import numpy as np
import pytest
from behavioural_chip import simulate

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Answer, Job, read_progress, report_progress
from ohmloom_sim.matrix_job import prepare_matrix

PULSES = {
    "set": {"drive": {"start": 2.4, "stop": 2.4}, "gate": {"start": 0.8, "stop": 1.9, "step": 0.1}},
    "reset": {"drive": {"start": 1.4, "stop": 2.6, "step": 0.1}, "gate": {"start": 3, "stop": 3}},
}
SPEC = ChipSpec.parse(
    {
        "weight_bits": 3,
        "tile": [
            {
                "rows": 2,
                "columns": 2,
                "cell": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
                "write": {**PULSES, "pulses": 4},
            }
        ],
    }
)


def job(**options):
    made = prepare_matrix(SPEC, [[3, -1]], [[5, 6], [0, 7]])
    return Job.of(SPEC, made.mapping, made.inputs, **options)


def refused(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


def test_unknown_ways_to_program_are_refused():
    with refused("program must be one of ideal, write-verify, not 'fresh'"):
        job(program="fresh")


def test_arrays_that_are_there_already_arent_written():
    state = job().analog_chip("ideal").state()
    with refused("program must be ideal where a state is given, not write-verify"):
        job(program="write-verify", state=state)


def test_arrays_to_be_written_begin_fresh():
    made, fresh = (job(program=name).analog_chip("ideal") for name in ("ideal", "write-verify"))
    assert made.cells[0].conductance.max() > 30e-6
    assert fresh.cells[0].conductance.max() < 2e-6


def test_job_and_what_was_written_cross_a_folder(tmp_path):
    task = job(program="write-verify", seed=4)
    task.save(tmp_path)
    again = Job.load(tmp_path)
    assert again.program == "write-verify"
    answer = simulate(task, sim=None, folder=tmp_path)
    answer.save(tmp_path)
    read = Answer.load(tmp_path, SPEC)
    for name, values in answer.written.cells.arrays().items():
        assert getattr(read.written.cells, name).tolist() == values.tolist()
    assert read.written.reached.tolist() == answer.written.reached.tolist()
    assert read.written.energy == answer.written.energy > 0
    assert (read.written.cycles, read.written.seconds) == (1000, 0.5)
    held = read.written.state.tiles[0].conductance
    assert np.array_equal(held, answer.written.state.tiles[0].conductance)
    # A job in the same folder that writes nothing has nothing to show.
    plain = job()
    plain.save(tmp_path)
    simulate(plain, sim=None, folder=tmp_path).save(tmp_path)
    assert Answer.load(tmp_path, SPEC).written is None


def test_progress_tells_samples_from_cells(tmp_path):
    assert read_progress(tmp_path) == (0, False)
    report_progress(tmp_path, 7, writing=True)
    assert read_progress(tmp_path) == (7, True)
    report_progress(tmp_path, 2)
    assert read_progress(tmp_path) == (2, False)
    (tmp_path / "progress").write_text("")
    assert read_progress(tmp_path) == (0, False)
