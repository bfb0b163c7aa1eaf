from dataclasses import replace

import numpy as np
import pytest

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_analog.table import LayerTable
from ohmloom_sim.campaigns.description import TaskSettings
from ohmloom_sim.campaigns.point_jobs import prepare_job
from ohmloom_sim.campaigns.run_times import pass_cycles, run_cycles, untimed, with_times
from ohmloom_sim.recording import Recording


def chip(adc=None, **changes):
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    plain["adc"] |= adc or {}
    for name, value in changes.items():
        plain[name] = plain.get(name, {}) | value if isinstance(value, dict) else value
    return ChipSpec.parse(plain)


# What the emitted Verilog took on Icarus, in cycles: of a run, and of a pass to its last code.
AVERAGED = {"adc": {"columns_per_adc": 4}, "ecc": {"average": 2, "vote": 3}}
FAST = {
    "adc": {"columns_per_adc": 2, "conversion_time": 1e-7},
    "dac": {"settle_time": 1e-7},
    "input": {"slice_bits": 2, "signed": True},
    "activation": "none",
}


@pytest.mark.parametrize(
    ("changes", "cycles", "length"), [(AVERAGED, 741, 314.5), (FAST, 395, 5.5)]
)
def test_run_of_a_tile_takes_what_the_verilog_takes(changes, cycles, length):
    job = prepare_job(chip(**changes), TaskSettings())
    table = job.mapping.table
    assert run_cycles(job.spec, table) == cycles
    none = np.zeros(3, dtype=np.int64)
    recording = Recording(
        tile=none, inputs=none, codes=none, clipped=none, start_ps=none + 7, end_ps=none
    )
    timed = with_times(job.spec, table, recording)
    period = 1e12 / job.spec.clock
    assert (timed.end_ps - timed.start_ps) / period == pytest.approx([length] * 3, abs=1e-3)


def test_network_on_the_default_chip_takes_what_the_verilog_takes():
    job = prepare_job(chip(), TaskSettings())
    (step,) = job.mapping.table.steps
    last = replace(step, columns=10)
    table = LayerTable(steps=(step, step, step, step, last), biases=(), inputs=64, outputs=10)
    assert run_cycles(job.spec, table) == 1535


def test_converters_that_wait_move_their_codes_later():
    job = prepare_job(chip(**FAST), TaskSettings())
    (step,) = job.mapping.table.steps
    # The second round is converted while sixteen codes of the first are handed out.
    assert pass_cycles(job.spec, step) == (6, 19)


@pytest.mark.parametrize(("preset", "there"), [("default", False), ("protected", True)])
def test_chips_whose_steps_are_read_again_have_no_time(preset, there):
    assert (untimed(load_spec(preset)) is not None) is there
